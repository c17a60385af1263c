"""Webhooks: who is told, with which secret, and what was sent."""

import base64
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from marketplace.http import Allowed, ForbiddenTarget, check_url
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound, Stale
from marketplace.kernel.events.log import TYPES, Envelope, record
from marketplace.kernel.events.queries import SEES_ALL, visible_events
from marketplace.kernel.prepared import fetch_one
from marketplace.kernel.sealing import seal
from marketplace.kernel.wake import MESSAGES, wake
from subscriptions.events import WebhookChanged
from subscriptions.models import WebhookDelivery, WebhookEndpoint
from subscriptions.permissions import may_have_webhooks
from subscriptions.queries import my_webhooks
from subscriptions.states import MessageState

ROTATION = timedelta(hours=24)
_MOST = 50
_OWN = ("notice.read",)  # reading one's inbox is nobody's business

# One statement, whatever the number of endpoints: those whose owner may read the event.
_FAN_OUT = """
    INSERT INTO subscriptions_webhookdelivery
        (id, endpoint_id, event_seq, event_name, replay, state, next_at, lease_owner, lease_until,
         fence, attempts, error)
    SELECT gen_random_uuid(), e.id, %(seq)s, %(name)s::text, 0, 'queued', now(), '', 'epoch', 0, 0,
           ''
    FROM subscriptions_webhookendpoint e
    JOIN identity_user u ON u.id = e.owner_id AND u.is_active
    WHERE e.active
      AND (e.product = '' OR e.product = %(product)s::text)
      AND (e.types = '{}' OR %(name)s::text = ANY (e.types) OR EXISTS (
            SELECT 1 FROM unnest(e.types) t WHERE t LIKE '%%.' AND starts_with(%(name)s::text, t)))
      AND (u.roles && %(oversight)s::varchar[] OR u.username = %(actor)s::text
           OR ('user:' || u.username) = ANY (%(teams)s::varchar[]) OR EXISTS (
            SELECT 1 FROM identity_membership m JOIN identity_team tm ON tm.id = m.team_id
            WHERE m.user_id = u.id AND tm.slug = ANY (%(teams)s::varchar[])))
    ON CONFLICT (endpoint_id, event_seq, replay) DO NOTHING
"""


def has_webhooks() -> bool:
    """Tell whether anybody is to be told of events at all."""
    row = fetch_one("SELECT EXISTS (SELECT FROM subscriptions_webhookendpoint WHERE active)", [])
    return bool(row and row[0])


def fan_out(envelope: Envelope) -> int:
    """Queue one delivery per webhook that may have this event; give how many."""
    if envelope.name in _OWN:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _FAN_OUT,
            {
                "seq": envelope.seq,
                "name": envelope.name,
                "product": envelope.product,
                "oversight": list(SEES_ALL),
                "actor": envelope.actor,
                "teams": list(envelope.teams),
            },
        )
        queued: int = cursor.rowcount
    if queued:
        wake(MESSAGES)
    return queued


@action
def create(
    actor: Actor,
    *,
    url: str,
    description: str = "",
    types: list[str] | None = None,
    product: str = "",
) -> tuple[WebhookEndpoint, str]:
    """Register a webhook; give it and its secret, which is shown once."""
    require(actor, may_have_webhooks)
    if my_webhooks(actor).count() >= _MOST:
        raise Invalid(FieldProblem("", "too-many", f"At most {_MOST} webhooks per account."))
    _check(url, types or [])
    endpoint = WebhookEndpoint(
        owner_id=actor.user_id,
        url=url,
        description=description,
        types=types or [],
        product=product,
    )
    secret = _new_secret()
    endpoint.secret = seal(secret, place=f"webhook/{endpoint.pk}/secret")
    endpoint.save(force_insert=True)
    record(_changed(actor, endpoint, "created"))
    return endpoint, secret


@action
def change(
    actor: Actor, *, endpoint_id: Any, wanted: dict[str, Any], version: int | None = None
) -> WebhookEndpoint:
    """Change url, description, types, product or active; what is not named stays."""
    endpoint = _own(actor, endpoint_id, version)
    _check(wanted.get("url", endpoint.url), wanted.get("types", endpoint.types))
    for name in ("url", "description", "types", "product", "active"):
        if name in wanted:
            setattr(endpoint, name, wanted[name])
    if wanted.get("active"):
        endpoint.failing_since, endpoint.disabled_reason = None, ""
    endpoint.version += 1
    endpoint.save()
    record(_changed(actor, endpoint, "changed"))
    return endpoint


@action
def rotate(actor: Actor, *, endpoint_id: Any) -> tuple[WebhookEndpoint, str]:
    """Give a new secret; the old one signs beside it for 24 hours."""
    endpoint = _own(actor, endpoint_id, None)
    secret = _new_secret()
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, now() + ROTATION
    endpoint.secret = seal(secret, place=f"webhook/{endpoint.pk}/secret")
    endpoint.version += 1
    endpoint.save()
    record(_changed(actor, endpoint, "rotated"))
    return endpoint, secret


@action
def remove(actor: Actor, *, endpoint_id: Any) -> None:
    """Remove a webhook with its delivery log."""
    endpoint = _own(actor, endpoint_id, None)
    record(_changed(actor, endpoint, "removed"))
    endpoint.delete()


@action
def test(actor: Actor, *, endpoint_id: Any) -> WebhookEndpoint:
    """Send a test event through the whole way: log, queue, signature."""
    endpoint = _own(actor, endpoint_id, None)
    record(_changed(actor, endpoint, "tested"))
    return endpoint


@action
def replay(actor: Actor, *, endpoint_id: Any, delivery_id: Any) -> WebhookDelivery:
    """Send one delivery again, as a new chain of attempts."""
    endpoint = _own(actor, endpoint_id, None)
    old = endpoint.deliveries.filter(pk=delivery_id).first()
    if old is None or not visible_events(actor).filter(seq=old.event_seq).exists():
        raise NotFound
    last = endpoint.deliveries.filter(event_seq=old.event_seq).order_by("-replay").first()
    assert last is not None
    again = WebhookDelivery.objects.create(
        endpoint=endpoint,
        event_seq=old.event_seq,
        event_name=old.event_name,
        replay=last.replay + 1,
        next_at=Now(),
    )
    WebhookDelivery.objects.filter(pk=old.pk, state=MessageState.DEAD).update(
        state=MessageState.REPLAYED
    )
    record(_changed(actor, endpoint, "replayed"))
    wake(MESSAGES)
    return again


def _own(actor: Actor, endpoint_id: Any, version: int | None) -> WebhookEndpoint:
    endpoint = my_webhooks(actor).select_for_update(no_key=True).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound
    require(actor, may_have_webhooks, endpoint)
    if version is not None and version != endpoint.version:
        raise Stale(version=endpoint.version)
    return endpoint


def _check(url: str, types: list[str]) -> None:
    try:
        check_url(url, Allowed.of(*settings.ALLOW_TARGETS))
    except ForbiddenTarget as refused:
        raise Invalid(FieldProblem("/url", "target-refused", str(refused))) from None
    unknown = sorted(
        t
        for t in types
        if t not in TYPES and not any(n.startswith(t) for n in TYPES if t[-1:] == ".")
    )
    if unknown:
        raise Invalid(
            FieldProblem("/types", "unknown-type", f"There is no event {', '.join(unknown)}.")
        )


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _changed(actor: Actor, endpoint: WebhookEndpoint, how: str) -> WebhookChanged:
    return WebhookChanged(
        subject=f"webhook/{endpoint.pk}",
        teams=(f"user:{actor.subject}",),
        webhook_id=str(endpoint.pk),
        how=how,
    )
