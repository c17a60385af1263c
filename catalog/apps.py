"""The catalog app."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Register the catalog and its event handlers."""

    name = "catalog"

    def ready(self) -> None:
        """Import events and handlers, so that they are registered."""
        from catalog import events, handlers  # noqa: F401
