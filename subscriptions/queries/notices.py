"""What people were told, what they owe an answer to, and their webhooks."""

from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now

from marketplace.kernel.actors import Actor
from marketplace.kernel.prepared import fetch_one
from subscriptions.models import (
    Acknowledgement,
    Notice,
    NoticeRecipient,
    WebhookDelivery,
    WebhookEndpoint,
)
from subscriptions.queries.sides import own_side
from subscriptions.states import LIVE_AGREEMENT, AckState

_UNREAD = (
    "SELECT count(*) FROM subscriptions_noticerecipient WHERE user_id = %s AND read_at IS NULL"
    " AND (snoozed_until IS NULL OR snoozed_until <= clock_timestamp())"
)


def inbox(actor: Actor) -> QuerySet[NoticeRecipient]:
    """The actor's notices, newest first."""
    return (
        NoticeRecipient.objects.filter(user_id=actor.user_id)
        .select_related("notice__product", "notice__change", "notice__agreement")
        .order_by("-notice_id")
    )


def awake(rows: QuerySet[NoticeRecipient]) -> QuerySet[NoticeRecipient]:
    """Leave out what was put off until later."""
    return rows.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=Now()))


def came_back(actor: Actor) -> QuerySet[NoticeRecipient]:
    """Notices that were put off, are due, and were not read since."""
    return inbox(actor).filter(snoozed_until__lte=Now(), read_at__isnull=True)


def visible_notices(actor: Actor) -> QuerySet[Notice]:
    """Notices that went to the actor."""
    return (
        Notice.objects.filter(recipients__user_id=actor.user_id)
        .select_related("product", "agreement", "change")
        .annotate(read_at=F("recipients__read_at"), snoozed_until=F("recipients__snoozed_until"))
    )


def unread(actor: Actor) -> int:
    """How many notices the actor has not read; what was put off counts when it is back."""
    row = fetch_one(_UNREAD, [actor.user_id])
    return row[0] if row else 0


def my_acknowledgements(actor: Actor, notice: Notice) -> QuerySet[Acknowledgement]:
    """What the actor's consumers have to answer to a notice."""
    return notice.acknowledgements.select_related("agreement__port__product").filter(
        own_side(actor, "agreement__")
    )


def answers_to(change_id: Any) -> dict[str, int]:
    """How consumers have answered to a change: state to number."""
    rows = Acknowledgement.objects.filter(notice__change_id=change_id)
    return dict(
        rows.values_list("state").annotate(number=Count("pk")).values_list("state", "number")
    )


def holding_up(change_id: Any) -> QuerySet[Acknowledgement]:
    """What a breaking release still has to wait for: answers inside their notice period."""
    return Acknowledgement.objects.filter(
        notice__change_id=change_id,
        agreement__state__in=list(LIVE_AGREEMENT),
        notice__ack_deadline__gt=Now(),
    ).exclude(state__in=[AckState.ACKNOWLEDGED, AckState.WAIVED])


def not_ready(change_id: Any) -> list[str]:
    """Consumers that a breaking release still has to wait for."""
    return sorted(holding_up(change_id).values_list("agreement__consumer_key", flat=True))


def my_webhooks(actor: Actor) -> QuerySet[WebhookEndpoint]:
    """The actor's own webhooks."""
    return WebhookEndpoint.objects.filter(owner_id=actor.user_id)


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """What was sent to a webhook, newest first."""
    return endpoint.deliveries.order_by("-created_at", "pk")
