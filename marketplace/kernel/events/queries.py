"""Read the event log: as audit trail, as feed, and check its chain."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import Now

from marketplace.kernel.actors import AUDITOR, GOVERNANCE, OPERATOR, PRIVACY, Actor
from marketplace.kernel.events.log import chained
from marketplace.kernel.events.models import Chain, Delivery, Event

# Read by the trail and by feeds: what a platform's or a secret's failure says stays out of both.
SEES_ALL = (GOVERNANCE, PRIVACY, AUDITOR, OPERATOR)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the chain found."""

    ok: bool
    rows: int
    first_broken: int | None


def visible_events(actor: Actor) -> QuerySet[Event]:
    """Events the actor may read: all for oversight roles, else of own teams or own doing."""
    if actor.holds(*SEES_ALL):
        return Event.objects.all()
    if not actor.signed_in:
        return Event.objects.none()
    return Event.objects.filter(
        Q(teams__overlap=[*sorted(actor.teams), f"user:{actor.subject}"]) | Q(actor=actor.subject)
    )


def events_about(subject: str) -> QuerySet[Event]:
    """The story of one thing, oldest first."""
    return Event.objects.filter(subject=subject)


def verify_chain() -> Verified:
    """Recompute every hash from the first row; name the first row that does not fit."""
    head, seq, rows = "", 0, 0
    for row in Event.objects.order_by("seq").iterator(chunk_size=2000):
        rows += 1
        seq += 1
        if row.seq != seq or row.hash != chained(head, row):
            return Verified(ok=False, rows=rows, first_broken=row.seq)
        head = row.hash
    last = Chain.objects.filter(pk=1).first()
    if last is not None and (last.seq, last.hash) != (seq, head):
        return Verified(ok=False, rows=rows, first_broken=seq + 1)
    return Verified(ok=True, rows=rows, first_broken=None)


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the workers keep up with events: what is due, since when, and what was done last."""

    due: int
    oldest_due: datetime | None
    failing: int
    dead: int
    last_done: datetime | None


def pulse() -> Pulse:
    """Count deliveries that are due, tried in vain, and given up: one statement."""
    waits = Q(next_at__lte=Now())
    return Pulse(
        **Delivery.objects.aggregate(
            due=Count("pk", filter=waits),
            oldest_due=Min("next_at", filter=waits),
            failing=Count("pk", filter=Q(next_at__isnull=False) & ~Q(error="")),
            dead=Count("pk", filter=Q(dead=True)),
            last_done=Max("done_at"),
        )
    )


def deliveries_failing() -> QuerySet[Delivery]:
    """Deliveries that failed and are tried again, the oldest event first."""
    rows = Delivery.objects.filter(next_at__isnull=False).exclude(error="")
    return rows.select_related("event").order_by("event_id", "pk")


def deliveries_waiting() -> int:
    """How many deliveries are not done."""
    return Delivery.objects.filter(next_at__isnull=False).count()


def deliveries_dead() -> QuerySet[Delivery]:
    """Deliveries that were given up, for a person to look at."""
    return Delivery.objects.filter(dead=True).select_related("event")


def events_numbered(numbers: Collection[int]) -> QuerySet[Event]:
    """Events by their numbers: for whoever was already found to be allowed to have them."""
    return Event.objects.filter(seq__in=list(numbers))
