"""What follows from events. Each handler is safe to repeat."""

from subscriptions.handlers import (
    agreements,
    changes,
    demo,
    grants,
    leavers,
    passkeys,
    products,
    requests,
    use,
    webhooks,
)

__all__ = [
    "agreements",
    "changes",
    "demo",
    "grants",
    "leavers",
    "passkeys",
    "products",
    "requests",
    "use",
    "webhooks",
]
