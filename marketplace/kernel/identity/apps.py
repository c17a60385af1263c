"""The identity app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Register identity."""

    name = "marketplace.kernel.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import events, so that they are registered."""
        from marketplace.kernel.identity import events  # noqa: F401
