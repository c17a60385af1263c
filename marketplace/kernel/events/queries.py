"""Read the event log: as audit trail, as feed, and check its chain."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Case, Count, Max, Min, Q, QuerySet, When
from django.db.models.functions import Now

from marketplace.kernel.actors import AUDITOR, GOVERNANCE, OPERATOR, PRIVACY, Actor
from marketplace.kernel.events.log import chained, facts_of
from marketplace.kernel.events.models import Delivery, Event, WorkerBeat

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


def events_about(*subjects: str) -> QuerySet[Event]:
    """The story of one thing, or of some that belong together, oldest first."""
    return Event.objects.filter(subject__in=subjects).order_by("seq")


def verify_chain() -> Verified:
    """Recompute every hash from the first row; name the first row that does not fit.

    Head and last row are read in one statement, so that events which are recorded meanwhile do
    not look like a break; they are checked the next time.
    """
    end, tip, last = _ends()
    head, seq = "", 0
    for row in Event.objects.filter(seq__lte=end).order_by("seq").iterator(chunk_size=2000):
        seq += 1
        if row.seq != seq or row.hash != chained(head, facts_of(row)):
            return Verified(ok=False, rows=seq, first_broken=row.seq)
        head = row.hash
    if (seq, head) != (end, tip) or last != end:
        return Verified(ok=False, rows=seq, first_broken=seq + 1)
    return Verified(ok=True, rows=seq, first_broken=None)


def _ends() -> tuple[int, str, int]:
    """The head's number and hash, and the number of the last row, at one moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(c.seq), 0), coalesce(max(c.hash), ''), "
            "(SELECT coalesce(max(seq), 0) FROM events_event) FROM events_chain c"
        )
        found = cursor.fetchone()
    return found[0], found[1], found[2]


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


ALIVE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker: whether it beat and, where it sweeps, swept within half a minute."""

    name: str
    alive: bool
    leads: bool
    started_at: datetime
    beat_at: datetime
    swept_at: datetime | None


def workers() -> list[Worker]:
    """Give the workers of the last day, those that live first. One statement."""
    rows = WorkerBeat.objects.annotate(
        alive=Case(When(beat_at__gt=Now() - ALIVE, then=True), default=False)
    ).order_by("-alive", "-leads", "name")
    names = ("name", "alive", "leads", "started_at", "beat_at", "swept_at")
    return [Worker(*(getattr(row, name) for name in names)) for row in rows[:200]]


def swept(name: str) -> None:
    """Note that a worker completed a sweep: what a worker that hangs does not do."""
    WorkerBeat.objects.filter(pk=name).update(swept_at=Now())


def last_delivery(name: str) -> Delivery | None:
    """Give the newest delivery of the events of that name, with its event; None when none was."""
    rows = Delivery.objects.filter(event__name=name).select_related("event")
    return rows.order_by("-pk").first()
