"""The subscriptions app."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """Register subscriptions and its event handlers."""

    name = "subscriptions"

    def ready(self) -> None:
        """Import events and handlers, so that they are registered."""
        from subscriptions import ask_handlers, breach_handlers, events, handlers  # noqa: F401
