"""What an owner gets back: figures from what is stored, each with its basis, or none at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from django.db.models import Count, Min, Q

from catalog.models import LineageEdge
from catalog.queries import visible_products
from catalog.states import Status
from marketplace.kernel.actors import Actor
from marketplace.kernel.web import words
from marketplace.portal.owner_queries import WINDOW_DAYS, Use
from subscriptions.models import AccessAgreement, AccessRequest
from subscriptions.states import AgreementState, RequestState

DECISION_DAYS: Final = 180
LEAST_DECISIONS: Final = 3  # below it a median says nothing
_ANSWERED: Final = (RequestState.APPROVED, RequestState.REJECTED)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. An empty ``value`` is shown as not known yet; ``basis`` says what it is of."""

    label: str
    value: str
    basis: str
    series: tuple[int, ...] = ()


def value_of(actor: Actor, products: Sequence[int], use: Use, now: datetime) -> list[Figure]:
    """Give five figures on some products: five statements."""
    return [
        _consumers(products, now),
        Figure("Queries", words.number(use.total) if use.total else "", use.basis, use.by_day),
        saved(products, now),
        _built_on(actor, products),
        _to_market(products),
    ]


def _consumers(products: Sequence[int], now: datetime) -> Figure:
    recent = Q(activated_at__gt=now - timedelta(days=WINDOW_DAYS))
    rows = AccessAgreement.objects.filter(
        port__product_id__in=products, state=AgreementState.ACTIVE
    )
    pairs = list(
        rows.values_list("consumer_kind", "consumer_key")
        .annotate(new=Count("pk", filter=recent), every=Count("pk"))
        .order_by()
    )
    new = sum(1 for _, _, fresh, every in pairs if fresh == every)
    number = str(len(pairs)) if pairs else ""
    basis = f"with proven access, {new} of them new in {WINDOW_DAYS} days"
    return Figure("Consumers", number, basis if pairs else "nobody has proven access yet")


def saved(products: Sequence[int], now: datetime) -> Figure:
    """Give the hours that requesters did not wait, because a policy answered: one statement.

    Each answer by policy is worth the median time that people took to answer on the same
    products. Without an answer of either kind there is nothing to multiply, and no figure.
    """
    rows = AccessRequest.objects.filter(
        port__product_id__in=products,
        state__in=_ANSWERED,
        decided_at__gt=now - timedelta(days=DECISION_DAYS),
    ).values_list("decided_by_kind", "created_at", "decided_at")
    people, by_policy = [], 0
    for kind, asked, decided in rows:
        if kind == "human" and decided:
            people.append((decided - asked).total_seconds())
        elif kind == "policy":
            by_policy += 1
    label = "Waiting saved"
    if not by_policy:
        return Figure(label, "", f"no request was answered by a policy in {DECISION_DAYS} days")
    answers = "1 answer" if by_policy == 1 else f"{by_policy} answers"
    if len(people) < LEAST_DECISIONS:
        basis = (
            f"{answers} by policy in {DECISION_DAYS} days; what each saved is known after "
            f"{LEAST_DECISIONS} answers by people, of which there are {len(people)}"
        )
        return Figure(label, "", basis)
    usual = median(people)
    basis = (
        f"{answers} by policy in {DECISION_DAYS} days, each instead of {words.duration(usual)}: "
        f"the median of {len(people)} by people"
    )
    return Figure(label, words.duration(by_policy * usual), basis)


def _built_on(actor: Actor, products: Sequence[int]) -> Figure:
    """Products that read some of these, as far as the owner may see them, and their readers."""
    targets = (
        LineageEdge.objects.filter(source__product_id__in=products, target__product__isnull=False)
        .exclude(target__product_id__in=products)
        .values("target__product_id")
    )
    rows = visible_products(actor).filter(pk__in=targets).exclude(status=Status.RETIRED)
    found = list(rows.values_list("owner_team_id", "consumers"))
    label = "Built on yours"
    if not found:
        return Figure(label, "", "no product that you can see reads one of yours")
    teams, readers = len({team for team, _ in found}), sum(number for _, number in found)
    whose = "1 team" if teams == 1 else f"{teams} teams"
    number = "1 product" if len(found) == 1 else f"{len(found)} products"
    if not readers:
        return Figure(label, number, f"of {whose}, without consumers yet")
    if readers == 1:
        return Figure(label, number, f"of {whose}, with 1 consumer of their own")
    return Figure(label, number, f"of {whose}, with {readers} consumers of their own")


def _to_market(products: Sequence[int]) -> Figure:
    """How long after its publication a product had its first proven consumer."""
    rows = (
        AccessAgreement.objects.filter(
            port__product_id__in=products,
            activated_at__isnull=False,
            port__product__published_at__isnull=False,
        )
        .values_list("port__product_id", "port__product__published_at")
        .annotate(first=Min("activated_at"))
        .order_by()
    )
    return to_market(
        (first - published).total_seconds() for _, published, first in rows if published
    )


def to_market(spans: Iterable[float]) -> Figure:
    """Word seconds from publication to first proven consumer; access before it counts as none."""
    kept = [span for span in spans if span >= 0]
    label = "Time to market"
    if not kept:
        return Figure(label, "", "no product had its first consumer after it was published")
    number = "1 product" if len(kept) == 1 else f"{len(kept)} products"
    basis = f"from published to the first proven consumer, median of {number}"
    return Figure(label, words.duration(median(kept)), basis)
