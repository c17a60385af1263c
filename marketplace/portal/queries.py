"""Reads that join apps for the consumer's pages. They change nothing; callers say who asks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q

from catalog.models import DataProduct, Domain
from catalog.queries import visible_products
from catalog.queries.products import rights_of
from catalog.queries.remembered import Remembered
from catalog.states import Status
from governance.scoring.base import GRADES
from marketplace.kernel.actors import Actor
from marketplace.kernel.prepared import fetch_one
from marketplace.portal.verdicts import own_verdicts
from subscriptions.models import AccessAgreement, AccessRequest
from subscriptions.queries import Wait, live, own_side
from subscriptions.queries.sides import own_side_sql
from subscriptions.states import LIVE_AGREEMENT, OPEN_REQUEST

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


_domains: Remembered[dict[str, tuple[str, int]]] = Remembered(1)


def domains() -> dict[str, tuple[str, int]]:
    """Give each domain's name and colour by its slug; kept while nothing has happened since."""
    return _domains.of("all", _read_domains)


def _read_domains() -> dict[str, tuple[str, int]]:
    rows = Domain.objects.values_list("slug", "name", "hue")
    return {slug: (name, hue) for slug, name, hue in rows}


def grade_of(score: int | None) -> str:
    """Give the letter of a score; a question mark when there is none."""
    if score is None:
        return "?"
    return next(letter for least, letter in GRADES if score >= least)


def row_facts(actor: Actor, keys: Sequence[str]) -> dict[str, RowFacts]:
    """Give what rows say beyond their cards, by product key: four statements for any number."""
    found = {key: RowFacts() for key in keys}
    if not keys:
        return found
    for key, pulse in pulses(keys).items():
        found[key].days, found[key].trend = pulse.days, pulse.trend
        found[key].wait = pulse.wait if actor.signed_in else None
    if actor.signed_in:
        for key, standing in standings(actor, keys).items():
            found[key].standing = standing
        for key, verdict in own_verdicts(actor, keys).items():
            found[key].verdict = verdict
    return found


# For any number of products: states of 30 days, queries of 30 days, and how long people took to
# decide in 180 days (taking back is no answer). One statement, because the market shows fifty.
_PULSES = """
    SELECT json_object_agg(p.key, json_build_array(
        (SELECT json_object_agg(w.day, w.state) FROM catalog_servicelevelwindow w
         WHERE w.product_id = p.id AND w.day >= current_date - %s),
        (SELECT json_agg(u.number ORDER BY u.day) FROM (
            SELECT day, sum(queries) AS number FROM subscriptions_usageday
            WHERE product_id = p.id AND day >= current_date - %s GROUP BY day) u),
        (SELECT json_agg(extract(epoch FROM r.decided_at - r.created_at)) FROM (
            SELECT r.decided_at, r.created_at FROM subscriptions_accessrequest r
            JOIN catalog_outputport o ON o.id = r.port_id AND o.product_id = p.id
            WHERE r.state IN ('approved', 'rejected') AND r.decided_by_kind = 'human'
              AND r.decided_at > now() - interval '180 days'
            ORDER BY r.decided_at DESC LIMIT 200) r)))::text
    FROM catalog_dataproduct p WHERE p.key = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a product does: ``days`` of its service level and ``trend`` of queries, oldest first.

    A day that nobody measured is unknown; without any measured day ``days`` is empty. ``wait`` is
    how long people took to decide, over the last 200 decisions of 180 days.
    """

    days: list[str]
    trend: list[int]
    wait: Wait | None


def pulses(keys: Sequence[str]) -> dict[str, Pulse]:
    """Give how products do, by key: one statement for any number."""
    row = fetch_one(_PULSES, [DAYS, DAYS, list(keys)])
    found = json.loads(row[0]) if row and row[0] else {}
    return {
        key: Pulse(_filled(days or {}), trend or [], _wait(spans or []))
        for key, (days, trend, spans) in found.items()
    }


def _filled(given: dict[str, str]) -> list[str]:
    """Put the days on a line of 30 that ends with the last measured one."""
    if not given:
        return []
    last = date.fromisoformat(max(given))
    line = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return [given.get(day.isoformat(), "unknown") for day in line]


_STANDINGS = """
    SELECT json_build_array(
        (SELECT json_agg(json_build_array(p.key, r.id, r.state) ORDER BY r.id)
         FROM catalog_dataproduct p JOIN catalog_outputport o ON o.product_id = p.id
         JOIN subscriptions_accessrequest r ON r.port_id = o.id
         WHERE p.key = ANY(%s) AND r.state = ANY(%s) AND {asked}),
        (SELECT json_agg(json_build_array(p.key, a.id, a.request_id, a.state) ORDER BY a.id)
         FROM catalog_dataproduct p JOIN catalog_outputport o ON o.product_id = p.id
         JOIN subscriptions_accessagreement a ON a.port_id = o.id
         WHERE p.key = ANY(%s) AND a.state = ANY(%s) AND {held}))::text
"""


def standings(actor: Actor, keys: Sequence[str]) -> dict[str, Standing]:
    """Give how the reader stands towards products, by key: one statement."""
    asked, mine = own_side_sql(actor, "r")
    held, ours = own_side_sql(actor, "a")
    wanted = list(keys)
    values = [wanted, list(OPEN_REQUEST), *mine, wanted, list(LIVE_AGREEMENT), *ours]
    row = fetch_one(_STANDINGS.format(asked=asked, held=held), values)
    requests, agreements = json.loads(row[0]) if row else (None, None)
    found: dict[str, Standing] = {}
    for key, request, state in requests or []:
        found[key] = Standing("pending", None, UUID(request), state)
    for key, agreement, request, state in agreements or []:
        about = UUID(agreement), UUID(request) if request else None
        if state == "active":
            found[key] = Standing("granted", *about)
        else:
            found.setdefault(key, Standing("pending", *about))
    return found


def port_standings(actor: Actor, product: DataProduct) -> dict[int, Standing]:
    """Give how the reader stands towards each port of a product, by port id: two statements."""
    if not actor.signed_in:
        return {}
    found: dict[int, Standing] = {}
    open_requests = AccessRequest.objects.filter(
        own_side(actor), port__product=product, state__in=list(OPEN_REQUEST)
    ).values("pk", "state", "port_id")
    for row in open_requests:
        found[row["port_id"]] = Standing("pending", None, row["pk"], row["state"])
    for agreement in live(my_side(actor)).filter(port__product=product):
        state = "granted" if agreement.state == "active" else "pending"
        if found.get(agreement.port_id, Standing()).state != "granted":
            found[agreement.port_id] = Standing(state, agreement.pk, agreement.request_id)
    return found


def my_side(actor: Actor) -> Any:
    """Agreements of consumers that the reader speaks for, bare."""
    return AccessAgreement.objects.filter(own_side(actor)).order_by("-id")


def _wait(spans: list[float]) -> Wait | None:
    if not spans:
        return None
    count = len(spans)
    decisions = "1 decision" if count == 1 else f"{count} decisions"
    return Wait(sorted(spans)[count // 2], f"{decisions} on this product in 180 days")


def last_purpose(actor: Actor) -> str:
    """Give the purpose of the reader's last request, or an empty string."""
    rows = AccessRequest.objects.filter(requester=actor.subject).order_by("-id")
    return rows.values_list("purpose", flat=True).first() or ""
