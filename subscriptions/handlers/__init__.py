"""What follows from events. Each handler is safe to repeat."""

from subscriptions.handlers import (
    agreements,
    changes,
    grants,
    leavers,
    products,
    requests,
    use,
    webhooks,
)

__all__ = ["agreements", "changes", "grants", "leavers", "products", "requests", "use", "webhooks"]
