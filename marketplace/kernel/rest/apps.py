"""The REST app: only its table of idempotency keys."""

from django.apps import AppConfig


class RestConfig(AppConfig):
    """Register the shared parts of the REST face."""

    name = "marketplace.kernel.rest"
    label = "rest"
    default_auto_field = "django.db.models.BigAutoField"
