"""Commands of subscriptions."""
