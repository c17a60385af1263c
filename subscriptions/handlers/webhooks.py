"""Every event goes out to who asked for it."""

from marketplace.kernel.events.log import Envelope, on_every
from subscriptions.actions.webhooks import fan_out, has_webhooks


@on_every(wanted=has_webhooks)
def to_webhooks(envelope: Envelope) -> None:
    """Every event goes to the webhooks whose owners may read it."""
    fan_out(envelope)
