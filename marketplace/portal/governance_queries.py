"""Counts over the whole instance, for those who oversee it. They change nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from catalog.models import DataProduct, OutputPort
from catalog.queries import visible_products
from catalog.states import Status
from governance.models import Policy, PolicyDecision
from governance.scoring.base import GRADES
from marketplace.kernel.actors import Actor
from subscriptions.models import AccessAgreement, AccessRequest, Grant
from subscriptions.queries import PROVEN
from subscriptions.states import LIVE_AGREEMENT, AgreementState

STEP: Final = 5
DAYS: Final = 30
_OFFERED: Final = (Status.ACTIVE, Status.DEPRECATED)
_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Scores:
    """How good the offered products are: how many per step of five points, and per grade."""

    buckets: tuple[int, ...]
    grades: tuple[tuple[str, int], ...]
    scored: int
    unscored: int
    median: int | None


def scores(actor: Actor) -> Scores:
    """Spread the scores of the offered products: one statement."""
    rows = visible_products(actor).filter(status__in=_OFFERED)
    totals = list(rows.order_by("score").values_list("score", flat=True))
    known = [total for total in totals if total is not None]
    buckets = [0] * (100 // STEP)
    grades = dict.fromkeys((letter for _, letter in GRADES), 0)
    for total in known:
        buckets[min(total // STEP, len(buckets) - 1)] += 1
        grades[next(letter for least, letter in GRADES if total >= least)] += 1
    return Scores(
        tuple(buckets),
        tuple(grades.items()),
        len(known),
        len(totals) - len(known),
        known[len(known) // 2] if known else None,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A product with personal data: on which ports, and who reads them now."""

    product: DataProduct
    ports: tuple[str, ...]
    classification: str
    readers: tuple[str, ...]
    unproven: int


def personal_data(actor: Actor) -> list[Held]:
    """Map personal data: every port that holds some, with its live readers. Two statements."""
    ports = (
        OutputPort.objects.select_related("product__domain", "product__owner_team")
        .filter(
            product__in=visible_products(actor).filter(status__in=_OFFERED).values("pk"),
            personal_data=True,
        )
        .exclude(status=Status.RETIRED)
        .order_by("product__name", "position")
    )
    by_product: dict[int, list[OutputPort]] = {}
    for port in ports:
        by_product.setdefault(port.product_id, []).append(port)
    readers: dict[int, dict[str, bool]] = {}
    agreements = AccessAgreement.objects.filter(
        port__in=[port for held in by_product.values() for port in held],
        state__in=[*LIVE_AGREEMENT, AgreementState.FAILED],
    ).values_list("port__product_id", "consumer_key", "state")
    for product, consumer, state in agreements.order_by("consumer_key"):
        found = readers.setdefault(product, {})
        found[consumer] = found.get(consumer, False) or state == AgreementState.ACTIVE
    return [
        Held(
            held[0].product,
            tuple(port.name for port in held),
            held[0].product.classification,
            tuple(readers.get(key, {})),
            sum(not proven for proven in readers.get(key, {}).values()),
        )
        for key, held in by_product.items()
    ][:_SHOWN]


def counted(rows: QuerySet[Any], field: str) -> dict[str, int]:
    """Count rows by one field: value to number."""
    found = rows.values(field).annotate(number=Count("pk")).order_by("-number")
    return {row[field]: row["number"] for row in found}


def requests_by_state() -> dict[str, int]:
    """Count all requests by state."""
    return counted(AccessRequest.objects.all(), "state")


def agreements_by_state() -> dict[str, int]:
    """Count all agreements by state."""
    return counted(AccessAgreement.objects.all(), "state")


def verdicts_by_outcome() -> dict[str, int]:
    """Count the verdicts of 30 days by outcome."""
    return counted(PolicyDecision.objects.filter(at__gt=Now() - timedelta(days=DAYS)), "outcome")


@dataclass(frozen=True, slots=True)
class Proof:
    """How much of what stands is proven, and what somebody has to look at."""

    standing: int
    proven: int
    needs_human: int
    may_remain: int


def proof() -> Proof:
    """Count grants that are wanted, those with a proof, and those in trouble: one statement."""
    return Proof(
        **Grant.objects.aggregate(
            standing=Count("pk", filter=Q(desired="present")),
            proven=Count("pk", filter=Q(desired="present") & PROVEN),
            needs_human=Count("pk", filter=Q(needs_human=True)),
            may_remain=Count("pk", filter=Q(revoke_unverified=True)),
        )
    )


def active_policies() -> list[Policy]:
    """The packs in force."""
    return list(Policy.objects.filter(active=True).order_by("key"))


def orphans(actor: Actor) -> list[DataProduct]:
    """Offered products whose team has no member: nobody answers for them."""
    rows = visible_products(actor).filter(status__in=_OFFERED, owner_team__memberships__isnull=True)
    return list(rows.order_by("name")[:_SHOWN])


def decisions(outcome: str = "") -> QuerySet[PolicyDecision]:
    """Every verdict, newest first, or those of one outcome."""
    rows = PolicyDecision.objects.order_by("-id")
    return rows.filter(outcome=outcome) if outcome else rows
