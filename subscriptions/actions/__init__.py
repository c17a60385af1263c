"""Everything that changes subscriptions."""
