"""What pages read of the funnel. Every figure comes with its basis: over how many, over what time.

Reads that take products are scoped by the caller: give the ids of what the actor may see or owns.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from django.db.models import Max, QuerySet, Sum
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now, TruncDate

from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from subscriptions.models import AccessRequest, FunnelDay, FunnelMark, Journey, SearchDay
from subscriptions.models.funnel import FunnelStep

_PRIVATE = re.compile(r"@|\d{4}")  # an address, a number that names somebody or something


@dataclass(frozen=True, slots=True)
class Basis:
    """On how many cases of the last ``days`` days a figure stands."""

    n: int
    days: int


@dataclass(frozen=True, slots=True)
class Promise:
    """The median time from the first search (or look) of a sitting to the first rows, seconds."""

    median_seconds: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel: ``count`` times in the window, the sum of each day's people."""

    step: str
    label: str
    count: int
    people_days: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """All steps in their order, with the days that they are of."""

    steps: tuple[Step, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Term:
    """Words that people searched for: how often, how many products they gave the last time."""

    text: str
    count: int
    found: int
    last: date


def promise(days: int = 90, *, instant: bool = False) -> Promise | None:
    """Give how long it took from searching to first rows; ``instant``: approved by a policy only.

    None when no journey of the window has both ends.
    """
    rows = Journey.objects.filter(first_rows_at__gt=_since(days))
    if instant:
        rows = rows.filter(by_policy=True)
    found = rows.values_list(Coalesce("searched_at", "viewed_at"), "first_rows_at")
    seconds = _lasted(found)
    return Promise(median(seconds), Basis(len(seconds), days)) if seconds else None


def request_to_rows(days: int = 90, products: Iterable[int] | None = None) -> Promise | None:
    """Give the median from asking to first rows; None when there was none."""
    rows = Journey.objects.filter(first_rows_at__gt=_since(days))
    if products is not None:
        rows = rows.filter(product_id__in=list(products))
    seconds = _lasted(rows.values_list("asked_at", "first_rows_at"))
    return Promise(median(seconds), Basis(len(seconds), days)) if seconds else None


def funnel(days: int = 30, products: Iterable[int] | None = None) -> Funnel:
    """Give how often each step was taken, for some products or (None) for the whole instance.

    Searches have no product: for some products they are those after which one was opened.
    """
    rows = _days(days, products)
    found = {
        step: (count, people)
        for step, count, people in rows.values_list("step").annotate(
            total=Sum("count"), heads=Sum("people")
        )
    }
    if products is not None:
        led = _led(days, products)
        sums = led.aggregate(total=Sum("count"), heads=Sum("people"))
        found["search"] = (sums["total"] or 0, sums["heads"] or 0)
    steps = (Step(s.value, str(s.label), *found.get(s.value, (0, 0))) for s in FunnelStep)
    return Funnel(tuple(steps), days)


def per_day(
    step: FunnelStep, days: int = 30, products: Iterable[int] | None = None
) -> list[tuple[date, int]]:
    """Give each day's count of a step, oldest first; days without any are 0."""
    rows = _days(days, products).filter(step=step)
    counts = dict(rows.values_list("day").annotate(total=Sum("count")))
    today = now().astimezone(UTC).date()
    each = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    return [(day, counts.get(day, 0)) for day in each]


def terms_that_led(products: Iterable[int], days: int = 30, limit: int = 20) -> list[Term]:
    """Give the searches after which one of these products was opened, the most frequent first."""
    rows = _led(days, products)
    return _terms(rows, limit)


def _led(days: int, products: Iterable[int]) -> QuerySet[SearchDay]:
    """What was opened next after a search that showed nothing was not found by it."""
    rows = SearchDay.objects.filter(day__gt=_first(days), product_id__in=list(products))
    return rows.exclude(found=0)


def terms_without_result(days: int = 30, limit: int = 20) -> list[Term]:
    """Give the searches that found nothing the last time, the most frequent first."""
    rows = SearchDay.objects.filter(day__gt=_first(days), product__isnull=True, found=0)
    return _terms(rows, limit)


def unmet(days: int = 30, limit: int = 20) -> list[Term]:
    """Give searches without a result, but none that may name a person or a record."""
    found = terms_without_result(days, limit * 2)
    return [term for term in found if not _PRIVATE.search(term.text)][:limit]


def terms(days: int = 30, limit: int = 20) -> list[Term]:
    """Give what people search for, the most frequent first."""
    return _terms(SearchDay.objects.filter(day__gt=_first(days), product__isnull=True), limit)


def journeys_of(actor: Actor, limit: int = 1) -> Sequence[Journey]:
    """Give the ways that the actor went, the latest first."""
    rows = Journey.objects.filter(actor=actor.subject).select_related("product")
    return list(rows.order_by("-asked_at")[:limit])


@dataclass(frozen=True, slots=True)
class Way:
    """How far somebody came on their latest way to rows; what has not happened is None."""

    searched_at: datetime | None = None
    asked_at: datetime | None = None
    proven_at: datetime | None = None
    first_rows_at: datetime | None = None
    product: str = ""


def way_of(actor: Actor) -> Way:
    """Give the actor's latest way: a journey, a request that waits, or only a search of today."""
    asked = (
        AccessRequest.objects.filter(requester=actor.subject, kind="new")
        .select_related("port__product", "agreement__journey")
        .order_by("-created_at")
        .first()
    )
    marks = FunnelMark.objects.filter(actor=actor.subject, at__gt=_since(1))
    if asked is None:
        begun = marks.order_by("at").values_list("at", flat=True).first()
        return Way(searched_at=begun)
    agreement = getattr(asked, "agreement", None)
    journey = getattr(agreement, "journey", None)
    if journey is not None:
        return Way(
            journey.searched_at or journey.viewed_at,
            journey.asked_at,
            journey.proven_at,
            journey.first_rows_at,
            asked.port.product.name,
        )
    proven = agreement.activated_at if agreement else None
    return Way(None, asked.created_at, proven, None, asked.port.product.name)


def _terms(rows: QuerySet[SearchDay], limit: int) -> list[Term]:
    found = (
        rows.values("text")
        .annotate(total=Sum("count"), most=Max("found"), latest=Max("day"))
        .order_by("-total", "text")[:limit]
    )
    return [Term(row["text"], row["total"], row["most"], row["latest"]) for row in found]


def _days(days: int, products: Iterable[int] | None) -> QuerySet[FunnelDay]:
    rows = FunnelDay.objects.filter(day__gt=_first(days)).order_by()
    if products is None:
        return rows.filter(product__isnull=True)
    return rows.filter(product_id__in=list(products))


def _lasted(rows: Iterable[tuple[datetime | None, datetime | None]]) -> list[float]:
    return [(end - start).total_seconds() for start, end in rows if start and end]


def _first(days: int) -> CombinedExpression:
    """The day before the window's first: today and the days - 1 before it are in."""
    return TruncDate(Now()) - timedelta(days=days)


def _since(days: int) -> CombinedExpression:
    return Now() - timedelta(days=days)
