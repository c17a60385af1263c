"""Send what is due: mail and webhooks. A row is tried until it is delivered or given up.

Bookkeeping of attempts is single statements guarded by the fence (docs/adr/0005); what a person
would look for, such as a webhook that was paused, is an action.
"""

import json
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from marketplace.channels.base import ChannelError, Message
from marketplace.channels.email import EmailChannel, SmtpConfig
from marketplace.channels.pump import Pump
from marketplace.channels.schedule import next_delay
from marketplace.channels.webhook import Outcome, Post
from marketplace.http import Allowed
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.events.cloudevents import cloud_event
from marketplace.kernel.events.log import record
from marketplace.kernel.events.queries import events_numbered
from marketplace.kernel.leases import EPOCH, backoff, claim, held
from marketplace.kernel.sealing import unseal
from subscriptions.events import WebhookChanged
from subscriptions.models import Mail, WebhookDelivery, WebhookEndpoint
from subscriptions.permissions import may_provision
from subscriptions.states import MessageState

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
MAIL_ATTEMPTS = 10
PAUSE_AFTER = timedelta(hours=120)
_BATCH, _UNDER_WAY = 200, 400
_POLL_SECONDS = 0.05


def send_due() -> int:
    """Send mails and webhooks that are due; give how many were delivered."""
    return send_mails() + send_webhooks()


def send_mails() -> int:
    """Send mails that are due; without SMTP they are kept and shown at /dev/outbox."""
    claimed = claim(Mail, limit=_BATCH, lease=LEASE)
    with held(Mail, claimed):
        return sum(_send_mail(key, fence) for key, fence in claimed)


def _send_mail(key: Any, fence: int) -> bool:
    mail = Mail.objects.select_related("user").get(pk=key)
    mine = Mail.objects.filter(pk=key, fence=fence)
    # Those before it may have taken long: who lost the lease meanwhile would send it twice.
    if not mine.filter(lease_until__gt=Now()).update(lease_until=Now() + LEASE):
        return False
    try:
        if settings.SMTP_HOST:
            EmailChannel(_server()).send(_message(mail))
    except ChannelError as failed:
        _mail_failed(mail, mine, failed)
        return False
    mine.update(
        state=MessageState.DELIVERED, sent_at=now(), next_at=None, lease_until=EPOCH, error=""
    )
    return True


def send_webhooks() -> int:
    """Send webhook deliveries that are due, and those that become due meanwhile."""
    claimed = claim(WebhookDelivery, limit=_BATCH, lease=LEASE)
    if not claimed:
        return 0
    delivered = 0
    fences: dict[str, int] = {}
    with held(WebhookDelivery, fences.items()), Pump(Allowed.of(*settings.ALLOW_TARGETS)) as pump:
        while claimed or pump.under_way:
            fences |= {str(key): fence for key, fence in claimed}
            pump.put(_posts(key for key, _ in claimed))
            # A receiver that hangs must not hold up those that do not: look for more meanwhile.
            delivered += _write(pump.take(_POLL_SECONDS), fences)
            room = pump.under_way < _UNDER_WAY
            claimed = claim(WebhookDelivery, limit=_BATCH, lease=LEASE) if room else []
    return delivered


def _posts(keys: Iterable[Any]) -> list[Post]:
    rows = list(
        WebhookDelivery.objects.filter(pk__in=list(keys)).select_related(
            "endpoint", "endpoint__owner"
        )
    )
    bodies = {
        row.seq: (str(row.uid), json.dumps(cloud_event(row), separators=(",", ":")).encode())
        for row in events_numbered({row.event_seq for row in rows})
    }
    moment = now()
    secrets: dict[Any, tuple[str, ...]] = {}
    posts = []
    for row in rows:
        endpoint = row.endpoint
        if endpoint.pk not in secrets:
            secrets[endpoint.pk] = _secrets(endpoint, moment)
        uid, body = bodies[row.event_seq]
        posts.append(Post(str(row.pk), endpoint.url, uid, body, secrets[endpoint.pk]))
    return posts


def _secrets(endpoint: WebhookEndpoint, moment: datetime) -> tuple[str, ...]:
    place = f"webhook/{endpoint.pk}/secret"
    live = [unseal(endpoint.secret, place=place)]
    if endpoint.old_secret and endpoint.old_secret_until > moment:
        live.append(unseal(endpoint.old_secret, place=place))
    return tuple(live)


def _write(outcomes: list[Outcome], fences: dict[str, int]) -> int:
    """Write outcomes, those delivered in one statement."""
    good = [one for one in outcomes if one.ok]
    if good:
        rows = WebhookDelivery.objects.filter(pk__in=[one.id for one in good])
        rows.update(
            state=MessageState.DELIVERED,
            done_at=Now(),
            next_at=None,
            lease_until=EPOCH,
            response_status=200,
            error="",
        )
        WebhookEndpoint.objects.filter(deliveries__in=rows, failing_since__isnull=False).update(
            failing_since=None
        )
    for one in outcomes:
        if one.ok:
            continue
        _webhook_failed(one, fences[one.id])
    return len(good)


def _webhook_failed(one: Outcome, fence: int) -> None:
    row = WebhookDelivery.objects.select_related("endpoint").get(pk=one.id)
    mine = WebhookDelivery.objects.filter(pk=one.id, fence=fence)
    chance = random.random()  # noqa: S311 - jitter
    wait = None if one.gone else next_delay(row.attempts, chance, one.retry_after)
    mine.update(
        state=MessageState.DEAD if wait is None else MessageState.RETRYING,
        next_at=None if wait is None else Now() + wait,
        lease_until=EPOCH,
        response_status=one.status,
        elapsed_ms=one.elapsed_ms,
        error=one.detail[:500],
    )
    endpoint = row.endpoint
    if endpoint.failing_since is None:
        WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since__isnull=True).update(
            failing_since=Now()
        )
    long = endpoint.failing_since is not None and now() - endpoint.failing_since > PAUSE_AFTER
    if endpoint.active and (one.gone or long):
        why = "It answered 410: gone." if one.gone else "It failed for five days."
        pause(SYSTEM, endpoint_id=endpoint.pk, why=why)


@action
def pause(actor: Actor, *, endpoint_id: Any, why: str) -> None:
    """Stop sending to a webhook that is gone or failed for days; its owner turns it on again."""
    require(actor, may_provision)
    endpoint = (
        WebhookEndpoint.objects.select_for_update(of=["self"], no_key=True)
        .select_related("owner")
        .get(pk=endpoint_id)
    )
    endpoint.active, endpoint.disabled_reason = False, why
    endpoint.version += 1
    endpoint.save()
    record(
        WebhookChanged(
            subject=f"webhook/{endpoint.pk}",
            teams=(f"user:{endpoint.owner.username}",),
            webhook_id=str(endpoint.pk),
            how="paused",
        )
    )


def _message(mail: Mail) -> Message:
    return Message(
        id=f"notice-{mail.notice_id}",
        to=mail.to,
        subject=mail.subject,
        text=mail.text,
        at=mail.created_at,
    )


def _server() -> SmtpConfig:
    return SmtpConfig(
        host=settings.SMTP_HOST,
        port=settings.SMTP_PORT,
        sender=settings.MAIL_FROM,
        security="starttls" if settings.SMTP_STARTTLS else "none",
        user=settings.SMTP_USER,
        password=settings.SMTP_PASSWORD,
    )


def _mail_failed(mail: Mail, mine: QuerySet[Mail], failed: ChannelError) -> None:
    over = failed.permanent or mail.attempts >= MAIL_ATTEMPTS
    log.warning("mail failed", mail=mail.pk, error=str(failed), over=over)
    mine.update(
        state=MessageState.DEAD if over else MessageState.RETRYING,
        next_at=None if over else Now() + backoff(mail.attempts, base=5, cap=3600),
        lease_until=EPOCH,
        error=str(failed)[:500],
    )
