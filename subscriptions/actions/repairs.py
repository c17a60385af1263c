"""Set going again what was given up."""

from typing import Any

from django.db.models.functions import Now

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.actions import may_repair
from marketplace.kernel.events.log import record
from marketplace.kernel.leases import EPOCH
from marketplace.kernel.wake import MESSAGES, wake
from subscriptions.events import MailRetried, WebhookRetried
from subscriptions.models import Mail, WebhookDelivery
from subscriptions.states import MessageState


@action
def retry_mail(actor: Actor, *, mail_id: Any) -> Mail:
    """Have a mail tried again that had been given up."""
    require(actor, may_repair)
    row = (
        Mail.objects.select_for_update(no_key=True)
        .filter(pk=mail_id, state=MessageState.DEAD)
        .first()
    )
    if row is None:
        raise NotFound
    row.state, row.attempts, row.lease_until = MessageState.QUEUED, 0, EPOCH
    row.save(update_fields=["state", "attempts", "lease_until"])
    Mail.objects.filter(pk=row.pk).update(next_at=Now())
    record(MailRetried(subject=f"notice/{row.notice_id}", mail_id=str(row.pk)))
    wake(MESSAGES)
    return row


@action
def retry_webhook(actor: Actor, *, delivery_id: Any) -> WebhookDelivery:
    """Have a webhook delivery sent again, as its owner could: one given up, or one that arrived.

    One that had been given up is tried on; one that arrived begins a new chain of attempts.
    """
    require(actor, may_repair)
    row = (
        WebhookDelivery.objects.select_for_update(of=["self"], no_key=True)
        .select_related("endpoint")
        .filter(pk=delivery_id, state__in=(MessageState.DEAD, MessageState.DELIVERED))
        .first()
    )
    if row is None:
        raise NotFound
    if row.state == MessageState.DELIVERED:
        row = _begun_again(row)
    else:
        row.state, row.attempts, row.lease_until = MessageState.QUEUED, 0, EPOCH
        row.save(update_fields=["state", "attempts", "lease_until"])
        WebhookDelivery.objects.filter(pk=row.pk).update(next_at=Now())
    record(WebhookRetried(subject=f"webhook/{row.endpoint_id}", delivery_id=str(row.pk)))
    wake(MESSAGES)
    return row


def _begun_again(old: WebhookDelivery) -> WebhookDelivery:
    same = WebhookDelivery.objects.filter(endpoint=old.endpoint, event_seq=old.event_seq)
    last = same.order_by("-replay").first() or old
    return WebhookDelivery.objects.create(
        endpoint=old.endpoint,
        event_seq=old.event_seq,
        event_name=old.event_name,
        replay=last.replay + 1,
        next_at=Now(),
    )
