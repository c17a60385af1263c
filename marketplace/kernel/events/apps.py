"""The event log app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Register the event log."""

    name = "marketplace.kernel.events"
    label = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the log, so that actions can write to it, and the events about the log itself."""
        from django.db.backends.signals import connection_created

        from marketplace.kernel.events import actions, log  # noqa: F401
        from marketplace.kernel.prepared import keep_more

        connection_created.connect(keep_more)
