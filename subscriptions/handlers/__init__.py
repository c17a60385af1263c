"""What follows from events. Each handler is safe to repeat."""

from subscriptions.handlers import agreements, changes, grants, products, requests, use, webhooks

__all__ = ["agreements", "changes", "grants", "products", "requests", "use", "webhooks"]
