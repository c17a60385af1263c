"""Reads that join apps for the consumer's pages. They change nothing; callers say who asks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, Q, Sum
from django.db.models.functions import Now, TruncDate

from catalog.models import (
    DataProduct,
    Domain,
    ServiceLevelWindow,
)
from catalog.queries import visible_products
from catalog.queries.products import rights_of
from catalog.queries.remembered import Remembered
from catalog.states import Status
from governance.scoring.base import GRADES
from marketplace.kernel.actors import Actor
from marketplace.portal.verdicts import own_verdicts
from subscriptions.models import AccessAgreement, AccessRequest, UsageDay
from subscriptions.queries import Wait, live, own_side
from subscriptions.states import LIVE_AGREEMENT, OPEN_REQUEST, RequestState

DAYS: Final = 30
_OFFERED: Final = Q(status__in=[Status.ACTIVE, Status.DEPRECATED])


@dataclass(frozen=True, slots=True)
class Standing:
    """How a reader stands towards a product or port: a live agreement, or an open request.

    ``state`` is granted, pending (being granted, or waiting for an answer) or none.
    """

    state: str = "none"
    agreement_id: Any = None
    request_id: Any = None
    request_state: str = ""


@dataclass(slots=True)
class RowFacts:
    """What a list row says beyond the product's card."""

    days: list[str] = field(default_factory=list)
    trend: list[int] = field(default_factory=list)
    standing: Standing = field(default_factory=Standing)
    wait: Wait | None = None
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a reader may find in all: products and domains."""

    products: int
    domains: int


_offers: Remembered[Offer] = Remembered()


def offer(actor: Actor) -> Offer:
    """Count what is offered to a reader: two statements, one while nothing has happened since."""
    return _offers.of(rights_of(actor), lambda: _counted_offer(actor))


def _counted_offer(actor: Actor) -> Offer:
    rows = visible_products(actor).filter(_OFFERED)
    return Offer(**rows.aggregate(products=Count("pk"), domains=Count("domain", distinct=True)))


def domains() -> dict[str, tuple[str, int]]:
    """Give each domain's name and colour by its slug."""
    return {
        slug: (name, hue) for slug, name, hue in Domain.objects.values_list("slug", "name", "hue")
    }


def grade_of(score: int | None) -> str:
    """Give the letter of a score; a question mark when there is none."""
    if score is None:
        return "?"
    return next(letter for least, letter in GRADES if score >= least)


def row_facts(actor: Actor, keys: Sequence[str]) -> dict[str, RowFacts]:
    """Give what rows say beyond their cards, by product key: six statements for any number."""
    found = {key: RowFacts() for key in keys}
    if not keys:
        return found
    for key, days in windows(keys).items():
        found[key].days = days
    for key, trend in trends(keys).items():
        found[key].trend = trend
    if actor.signed_in:
        for key, standing in standings(actor, keys).items():
            found[key].standing = standing
        for key, wait in waits(keys).items():
            found[key].wait = wait
        for key, verdict in own_verdicts(actor, keys).items():
            found[key].verdict = verdict
    return found


def windows(keys: Sequence[str]) -> dict[str, list[str]]:
    """Give the service level of each of the last 30 days, oldest first, by product key.

    A day that nobody measured is unknown; a product that was never measured is left out.
    """
    rows = ServiceLevelWindow.objects.filter(
        product__key__in=list(keys), day__gte=TruncDate(Now()) - timedelta(days=DAYS)
    ).values_list("product__key", "day", "state")
    states: dict[str, dict[Any, str]] = defaultdict(dict)
    for key, day, state in rows:
        states[key][day] = state
    return {key: _filled(days) for key, days in states.items()}


def _filled(days: dict[Any, str]) -> list[str]:
    """Put the days on a line of 30 that ends with the last measured one."""
    last = max(days)
    line = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return [days.get(day, "unknown") for day in line]


def trends(keys: Sequence[str]) -> dict[str, list[int]]:
    """Give queries per day of the last 30 days, oldest first, by product key."""
    rows = (
        UsageDay.objects.filter(
            product__key__in=list(keys), day__gte=TruncDate(Now()) - timedelta(days=DAYS)
        )
        .values("product__key", "day")
        .annotate(number=Sum("queries"))
        .order_by("product__key", "day")
    )
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row["product__key"]].append(row["number"])
    return dict(found)


def standings(actor: Actor, keys: Sequence[str]) -> dict[str, Standing]:
    """Give how the reader stands towards products, by key: two statements."""
    found: dict[str, Standing] = {}
    for row in _open_requests(actor, keys):
        found[row["port__product__key"]] = Standing("pending", None, row["pk"], row["state"])
    held = AccessAgreement.objects.filter(
        own_side(actor), port__product__key__in=list(keys), state__in=list(LIVE_AGREEMENT)
    ).values("pk", "state", "request_id", "port__product__key")
    for row in held:
        key = row["port__product__key"]
        if row["state"] == "active":
            found[key] = Standing("granted", row["pk"], row["request_id"])
        else:
            found.setdefault(key, Standing("pending", row["pk"], row["request_id"]))
    return found


def port_standings(actor: Actor, product: DataProduct) -> dict[int, Standing]:
    """Give how the reader stands towards each port of a product, by port id: two statements."""
    if not actor.signed_in:
        return {}
    found: dict[int, Standing] = {}
    for row in _open_requests(actor, [product.key]):
        found[row["port_id"]] = Standing("pending", None, row["pk"], row["state"])
    for agreement in live(my_side(actor)).filter(port__product=product):
        state = "granted" if agreement.state == "active" else "pending"
        if found.get(agreement.port_id, Standing()).state != "granted":
            found[agreement.port_id] = Standing(state, agreement.pk, agreement.request_id)
    return found


def my_side(actor: Actor) -> Any:
    """Agreements of consumers that the reader speaks for, bare."""
    return AccessAgreement.objects.filter(own_side(actor)).order_by("-id")


def _open_requests(actor: Actor, keys: Iterable[str]) -> Any:
    return AccessRequest.objects.filter(
        own_side(actor), port__product__key__in=list(keys), state__in=list(OPEN_REQUEST)
    ).values("pk", "state", "port_id", "port__product__key")


def waits(keys: Sequence[str]) -> dict[str, Wait]:
    """Give how long people took to decide, by product key, over the last 180 days."""
    rows = AccessRequest.objects.filter(
        port__product__key__in=list(keys),
        state__in=[RequestState.APPROVED, RequestState.REJECTED],  # taking back is no answer
        decided_by_kind="human",
        decided_at__gt=Now() - timedelta(days=180),
    ).values_list("port__product__key", "decided_at", "created_at")
    seconds: dict[str, list[float]] = defaultdict(list)
    for key, decided, asked in rows:
        if decided is not None:
            seconds[key].append((decided - asked).total_seconds())
    return {key: _wait(spans) for key, spans in seconds.items()}


def _wait(spans: list[float]) -> Wait:
    count = len(spans)
    decisions = "1 decision" if count == 1 else f"{count} decisions"
    return Wait(sorted(spans)[count // 2], f"{decisions} on this product in 180 days")


def last_purpose(actor: Actor) -> str:
    """Give the purpose of the reader's last request, or an empty string."""
    rows = AccessRequest.objects.filter(requester=actor.subject).order_by("-id")
    return rows.values_list("purpose", flat=True).first() or ""
