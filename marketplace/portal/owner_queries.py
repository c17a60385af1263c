"""Reads that join apps for the consoles of owners and reviewers. They change nothing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Now

from catalog.models import Ask, ChangeProposal, DataProduct, ServiceLevelWindow
from catalog.permissions import PUBLISHERS
from catalog.queries.quality import strip_of
from catalog.states import ChangeState, Status
from marketplace.kernel.actors import DOMAIN_OWNER, Actor
from marketplace.kernel.identity.models import User
from subscriptions.models import (
    AccessAgreement,
    AccessRequest,
    Acknowledgement,
    ApprovalStage,
    UsageDay,
)
from subscriptions.queries import (
    Wait,
    named,
    owner_side,
    person_named,
    visible_agreements,
    visible_requests,
)
from subscriptions.states import LIVE_AGREEMENT, OPEN_REQUEST, AckState, AgreementState

SHOWN: Final = 50
WINDOW_DAYS: Final = 30
_ANSWER_DAYS: Final = 180
_ASKS: Final = 5
_IN_PROGRESS: Final = (
    ChangeState.DRAFT,
    ChangeState.PROPOSED,
    ChangeState.IN_CONSUMER_REVIEW,
    ChangeState.CLEARED,
)


def owned_products(actor: Actor) -> QuerySet[DataProduct]:
    """Products that the actor answers for: as their owner, or as the owner of their domain."""
    owning = [team for team, role in actor.memberships if role in PUBLISHERS]
    ruling = [team for team, role in actor.memberships if role == DOMAIN_OWNER]
    return (
        DataProduct.objects.select_related("domain__owner_team", "owner_team", "datsis")
        .filter(Q(owner_team__slug__in=owning) | Q(domain__owner_team__slug__in=ruling))
        .exclude(status=Status.RETIRED)
        .order_by("name", "pk")
    )


def asking(products: Iterable[int]) -> dict[int, int]:
    """Open requests per product: one statement."""
    rows = AccessRequest.objects.filter(
        port__product_id__in=list(products), state__in=list(OPEN_REQUEST)
    )
    counted = rows.values("port__product_id").annotate(number=Count("pk")).order_by()
    return {row["port__product_id"]: row["number"] for row in counted}


@dataclass(frozen=True, slots=True)
class Use:
    """How much products were used in 30 days: queries per product and day, and who counted."""

    by_product: dict[int, int]
    by_day: tuple[int, ...]
    total: int
    basis: str


def use_of(products: Iterable[int], today: date) -> Use:
    """Add up the queries of the last 30 days over some products: one statement."""
    since = today - timedelta(days=WINDOW_DAYS - 1)
    rows = (
        UsageDay.objects.filter(product_id__in=list(products), day__gte=since)
        .values("product_id", "day", "source")
        .annotate(queries=Sum("queries"))
        .order_by()
    )
    by_product: Counter[int] = Counter()
    by_day: Counter[date] = Counter()
    sources = set()
    for row in rows:
        by_product[row["product_id"]] += row["queries"]
        by_day[row["day"]] += row["queries"]
        sources.add(row["source"])
    line = tuple(by_day[since + timedelta(days=place)] for place in range(WINDOW_DAYS))
    counted = f"counted by {', '.join(sorted(sources))}" if sources else "nothing counted yet"
    return Use(dict(by_product), line, sum(line), f"queries in {WINDOW_DAYS} days, {counted}")


@dataclass(frozen=True, slots=True)
class Progress:
    """A change that is under way, and how far its consumers are."""

    change: ChangeProposal
    ready: int
    asked: int
    objected: int

    @property
    def share(self) -> float:
        """How many of 100 are ready; all of them when nobody has to answer."""
        return 100 * self.ready / self.asked if self.asked else 100


def changes_in_progress(products: Iterable[int]) -> list[Progress]:
    """Changes of some products that are not released or withdrawn, oldest effect first."""
    found = list(
        ChangeProposal.objects.select_related("contract__product")
        .filter(contract__product_id__in=list(products), state__in=list(_IN_PROGRESS))
        .order_by(F("effective_at").asc(nulls_last=True), "pk")[:SHOWN]
    )
    answers: dict[Any, Counter[str]] = {change.pk: Counter() for change in found}
    rows = (
        Acknowledgement.objects.filter(notice__change__in=found)
        .values("notice__change_id", "state")
        .annotate(number=Count("pk"))
        .order_by()
    )
    for row in rows:
        answers[row["notice__change_id"]][row["state"]] += row["number"]
    return [
        Progress(
            change,
            sum(said[state] for state in (AckState.ACKNOWLEDGED, AckState.WAIVED)),
            said.total(),
            said[AckState.OBJECTED],
        )
        for change in found
        for said in [answers[change.pk]]
    ]


def strips_of(products: Iterable[int], today: date) -> dict[int, list[str]]:
    """Service levels of 30 days per product, oldest first: one statement; unmeasured are out."""
    since = today - timedelta(days=WINDOW_DAYS - 1)
    rows = ServiceLevelWindow.objects.filter(product_id__in=list(products), day__gte=since)
    by_product: dict[int, list[ServiceLevelWindow]] = {}
    for row in rows:
        by_product.setdefault(row.product_id, []).append(row)
    return {key: strip_of(days, WINDOW_DAYS, today) for key, days in by_product.items()}


def asks_for(products: Iterable[DataProduct]) -> list[Ask]:
    """What is wanted of the domains of some products, the most wanted first: one statement."""
    domains = {product.domain_id for product in products}
    rows = Ask.objects.filter(domain_id__in=domains, state__in=("open", "claimed"))
    return list(rows.select_related("team").order_by("-votes", "-pk")[:_ASKS])


def ending_soon(products: Iterable[int]) -> list[AccessAgreement]:
    """Active agreements on some products that end within 30 days, the next first."""
    rows = AccessAgreement.objects.select_related("port__product", "grant__handle").filter(
        port__product_id__in=list(products),
        state=AgreementState.ACTIVE,
        end_at__lte=Now() + timedelta(days=WINDOW_DAYS),
    )
    return list(named(rows).order_by("end_at", "pk")[:SHOWN])


def answered(actor: Actor) -> list[AccessRequest]:
    """Requests that are over, which the actor answered or which were on their products."""
    rows = visible_requests(actor).exclude(state__in=list(OPEN_REQUEST))
    own = owner_side(actor) | Q(stages__decided_by=actor.subject)
    return list(rows.filter(own).distinct().order_by("-id")[:SHOWN])


def own_pace(actor: Actor) -> Wait | None:
    """How long the actor's own answers took in 180 days; None when there was none."""
    rows = ApprovalStage.objects.filter(
        decided_by=actor.subject, decided_at__gt=Now() - timedelta(days=_ANSWER_DAYS)
    ).values_list("decided_at", "request__created_at")
    spans = sorted((decided - asked).total_seconds() for decided, asked in rows if decided)
    if not spans:
        return None
    answers = "1 answer" if len(spans) == 1 else f"{len(spans)} answers"
    return Wait(spans[len(spans) // 2], f"{answers} in {_ANSWER_DAYS} days")


def called(names: Iterable[str]) -> dict[str, str]:
    """Give how accounts are called, by username: one statement; unknown names are left out."""
    users = User.objects.filter(username__in={name for name in names if name})
    return {user.username: user.called for user in users} | {
        "policy": "Policy",
        "system": "Emporion",
    }


@dataclass(frozen=True, slots=True)
class Record:
    """What a consumer has asked of a team's products before, and how it ended."""

    asked: int
    approved: int
    declined: int
    live: int


def record_of(request: AccessRequest) -> Record:
    """Give how this consumer fared with the products of the same owner: two statements."""
    same = {"consumer_kind": request.consumer_kind, "consumer_key": request.consumer_key}
    team = request.port.product.owner_team_id
    before = AccessRequest.objects.filter(**same, port__product__owner_team_id=team).exclude(
        pk=request.pk
    )
    counts = before.aggregate(
        asked=Count("pk"),
        approved=Count("pk", filter=Q(state="approved")),
        declined=Count("pk", filter=Q(state="rejected")),
    )
    live = AccessAgreement.objects.filter(
        **same, port__product__owner_team_id=team, state__in=list(LIVE_AGREEMENT)
    ).count()
    return Record(live=live, **counts)


def agreements_on(actor: Actor, product: DataProduct) -> QuerySet[AccessAgreement]:
    """Every agreement on a product that the actor may see, newest first."""
    return (
        named(visible_agreements(actor))
        .annotate(ended_by=person_named("end_by"))
        .select_related("request")
        .filter(port__product=product)
        .order_by("-id")
    )
