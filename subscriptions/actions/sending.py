"""Send what is due: mail and webhooks. A row is tried until it is delivered or given up.

Bookkeeping of attempts is single statements guarded by the fence (docs/adr/0005); what a person
would look for, such as a webhook that was paused, is an action.
"""

from datetime import timedelta

from django.conf import settings

from marketplace.kernel.clock import now
from marketplace.kernel.leases import EPOCH, backoff, claim
from subscriptions.models import Mail
from subscriptions.states import MessageState

LEASE = timedelta(seconds=60)
GIVE_UP_AFTER = 12
_BATCH = 50


def send_due() -> int:
    """Send mails and webhooks that are due; give how many were delivered."""
    return send_mails()


def send_mails() -> int:
    """Send mails that are due."""
    sent = 0
    for key, fence in claim(Mail, limit=_BATCH, lease=LEASE):
        mail = Mail.objects.get(pk=key)
        mine = Mail.objects.filter(pk=key, fence=fence)
        if not settings.SMTP_HOST:
            # Kept here and shown at /dev/outbox: an instance without SMTP still loses nothing.
            mine.update(
                state=MessageState.DELIVERED, sent_at=now(), next_at=None, lease_until=EPOCH
            )
            sent += 1
            continue
        sent += _send(mail, mine)
    return sent


def _send(mail: Mail, mine: object) -> int:
    raise NotImplementedError
