"""Reads. Each gives a queryset or a plain value, and changes nothing."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now

from catalog.models import DataProduct, OutputPort
from catalog.permissions import PUBLISHERS
from catalog.queries import wide_columns
from catalog.queries.remembered import Remembered
from marketplace.kernel.actors import DOMAIN_OWNER, GOVERNANCE, PRIVACY, Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.prepared import fetch_one
from subscriptions.models import (
    AccessAgreement,
    AccessRequest,
    Acknowledgement,
    ApprovalStage,
    DriftFinding,
    Grant,
    Handle,
    KillSwitch,
    LabRun,
    Mail,
    Notice,
    NoticeRecipient,
    WebhookDelivery,
    WebhookEndpoint,
)
from subscriptions.permissions import OVERSIGHT, is_system
from subscriptions.states import LIVE_AGREEMENT, AckState, RequestState, StageState

# Taking back is no answer, so it does not count.
_DECIDED = """
    SELECT count(*), extract(epoch FROM
        percentile_disc(0.5) WITHIN GROUP (ORDER BY r.decided_at - r.created_at))::float
    FROM subscriptions_accessrequest r JOIN catalog_outputport p ON p.id = r.port_id
    WHERE p.product_id = %s AND r.state IN ('approved', 'rejected')
      AND r.decided_by_kind = 'human' AND r.decided_at > now() - interval '180 days'
"""
_PORT = ("port__product__domain__owner_team", "port__product__owner_team", "port__platform")
# Not read on the way: pages that show them ask for them.
_WIDE = (*wide_columns("port__product"), "contract__text")


def own_side(actor: Actor, prefix: str = "") -> Q:
    """Rows whose consumer the actor speaks for."""
    kind, key = f"{prefix}consumer_kind", f"{prefix}consumer_key"
    mine = Q(**{f"{kind}__in": ["user", "application", "agent"], key: actor.subject})
    teams = Q(**{kind: "team", f"{key}__in": actor.teams})
    products = Q(
        **{
            kind: "data_product",
            f"{key}__in": DataProduct.objects.filter(owner_team__slug__in=actor.teams).values(
                "key"
            ),
        }
    )
    return mine | teams | products


def owner_side(actor: Actor, prefix: str = "") -> Q:
    """Rows about products that the actor's teams own, or whose domain they own."""
    own = Q(**{f"{prefix}port__product__owner_team__slug__in": actor.teams})
    ruled = [team for team, role in actor.memberships if role == DOMAIN_OWNER]
    return own | Q(**{f"{prefix}port__product__domain__owner_team__slug__in": ruled})


def visible_requests(actor: Actor) -> QuerySet[AccessRequest]:
    """Requests of the actor's side, on the actor's products, or all for oversight."""
    rows = AccessRequest.objects.select_related(*_PORT, "decision", "contract").defer(*_WIDE)
    if is_system(actor) or actor.holds(*OVERSIGHT):
        return rows
    return rows.filter(Q(requester=actor.subject) | own_side(actor) | owner_side(actor))


def visible_agreements(actor: Actor) -> QuerySet[AccessAgreement]:
    """Agreements of the actor's side, on the actor's products, or all for oversight."""
    rows = AccessAgreement.objects.select_related(*_PORT, "grant__handle", "contract").defer(*_WIDE)
    if is_system(actor) or actor.holds(*OVERSIGHT):
        return rows
    return rows.filter(Q(requester=actor.subject) | own_side(actor) | owner_side(actor))


def my_agreements(actor: Actor) -> QuerySet[AccessAgreement]:
    """What the actor may read by, live first."""
    return (
        AccessAgreement.objects.select_related(*_PORT, "grant__handle", "contract")
        .defer(*_WIDE)
        .filter(own_side(actor))
        .order_by("-id")
    )


def live(rows: QuerySet[AccessAgreement]) -> QuerySet[AccessAgreement]:
    """Only those that give access now or soon."""
    return rows.filter(state__in=list(LIVE_AGREEMENT))


def request_or_404(actor: Actor, request_id: Any) -> AccessRequest:
    """Give a request the actor may see."""
    row = visible_requests(actor).filter(pk=request_id).first()
    if row is None:
        raise NotFound
    return row


def agreement_or_404(actor: Actor, agreement_id: Any) -> AccessAgreement:
    """Give an agreement the actor may see."""
    row = visible_agreements(actor).filter(pk=agreement_id).first()
    if row is None:
        raise NotFound
    return row


def visible_grants(actor: Actor) -> QuerySet[Grant]:
    """Grants of visible agreements."""
    return Grant.objects.select_related(
        "handle", "agreement__port__product__owner_team", "agreement__port__platform"
    ).filter(agreement__in=visible_agreements(actor).values("pk"))


def in_scope(scope: str, key: str) -> QuerySet[AccessAgreement]:
    """Agreements that a kill switch on this scope is about, whatever their state."""
    rows = AccessAgreement.objects.all()
    if scope == "agreement":
        try:
            return rows.filter(pk=UUID(key))
        except ValueError:
            return rows.none()
    if scope == "consumer":
        kind, _, name = key.partition(":")
        return rows.filter(consumer_kind=kind, consumer_key=name)
    field = {
        "product": "port__product__key",
        "domain": "port__product__domain__slug",
        "classification": "port__classification",
        "platform": "port__platform__key",
    }.get(scope)
    return rows.filter(**{field: key}) if field else rows.none()


def visible_switches(actor: Actor) -> QuerySet[KillSwitch]:
    """Switches that the actor pulled or that hold their products; all for oversight."""
    rows = KillSwitch.objects.all()
    if actor.holds(*OVERSIGHT) or actor.kind == "system":
        return rows
    held = AccessAgreement.objects.filter(owner_side(actor)).values("pk")
    return rows.filter(Q(pulled_by=actor.subject) | Q(held__in=held)).distinct()


def visible_findings(actor: Actor) -> QuerySet[DriftFinding]:
    """Drift on the actor's products; all for oversight."""
    rows = DriftFinding.objects.select_related(
        "handle__port__product__domain__owner_team",
        "handle__port__product__owner_team",
        "handle__port__platform",
        "handle__port__drift_rule",
        "grant",
        "request",
    )
    if actor.holds(*OVERSIGHT) or actor.kind == "system":
        return rows
    return rows.filter(owner_side(actor, "handle__"))


def waiting_for(actor: Actor) -> QuerySet[AccessRequest]:
    """Requests whose open stage the actor may answer, oldest first; never their own side's."""
    owns = [team for team, role in actor.memberships if role in PUBLISHERS]
    rules = [team for team, role in actor.memberships if role == DOMAIN_OWNER]
    by_role = Q(
        stages__role__in=["product_owner", "data_steward"],
        port__product__owner_team__slug__in=owns,
    ) | Q(
        stages__role__in=["product_owner", "data_steward", "domain_owner"],
        port__product__domain__owner_team__slug__in=rules,
    )
    if actor.holds(PRIVACY):
        by_role |= Q(stages__role="privacy_officer")
    if actor.holds(GOVERNANCE):
        by_role |= Q(stages__role="governance")
    rows = (
        AccessRequest.objects.select_related(*_PORT, "decision", "contract")
        .defer(*_WIDE)
        .filter(by_role, state=RequestState.IN_REVIEW, stages__state=StageState.OPEN)
    )
    return (
        rows.exclude(requester=actor.subject)
        .exclude(own_side(actor))
        .distinct()
        .order_by("created_at", "id")
    )


def open_stage_for(actor: Actor, request: AccessRequest) -> ApprovalStage | None:
    """The open stage that the actor may answer, if any."""
    from subscriptions.permissions import answers_stage

    for stage in request.stages.all():
        if stage.state == StageState.OPEN and answers_stage(actor, stage, request.port.product):
            return stage
    return None


@dataclass(frozen=True, slots=True)
class Wait:
    """How long an answer took so far: the median in seconds, and what it was measured on."""

    median_seconds: float
    basis: str


def usual_wait(port: OutputPort) -> Wait | None:
    """How long people took to decide on this product in the last 180 days; None when unknown."""
    row = fetch_one(_DECIDED, [port.product_id])
    if row is None or row[1] is None:
        return None
    decisions = "1 decision" if row[0] == 1 else f"{row[0]} decisions"
    return Wait(row[1], f"{decisions} on this product in 180 days")


def usual_provisioning(platform_id: int | None) -> float | None:
    """Median seconds from approval to proof on a platform, over the last 50 agreements."""
    rows = AccessAgreement.objects.filter(
        port__platform_id=platform_id, activated_at__isnull=False
    ).order_by("-activated_at")[:50]
    seconds = sorted(
        (a.activated_at - a.created_at).total_seconds() for a in rows if a.activated_at
    )
    return seconds[len(seconds) // 2] if seconds else None


def standing(actor: Actor, products: list[int]) -> dict[int, str]:
    """Per product, how the actor stands: granted, pending, or nothing. Two statements."""
    found: dict[int, str] = {}
    asked = AccessRequest.objects.filter(
        own_side(actor), port__product_id__in=products, state__in=["submitted", "in_review"]
    )
    for product in asked.values_list("port__product_id", flat=True):
        found[product] = "pending"
    held = AccessAgreement.objects.filter(
        own_side(actor), port__product_id__in=products, state__in=list(LIVE_AGREEMENT)
    )
    for product, state in held.values_list("port__product_id", "state"):
        found[product] = "granted" if state == "active" else found.get(product, "pending")
    return found


def live_for(port: OutputPort, kind: str, key: str) -> AccessAgreement | None:
    """The live agreement of one consumer on one port."""
    return (
        AccessAgreement.objects.select_related(*_PORT, "grant__handle")
        .filter(port=port, consumer_kind=kind, consumer_key=key, state__in=list(LIVE_AGREEMENT))
        .first()
    )


def consumers_of(product: DataProduct) -> QuerySet[AccessAgreement]:
    """Everybody with live access to a product."""
    return (
        AccessAgreement.objects.select_related("port", "grant__handle")
        .filter(port__product=product, state__in=list(LIVE_AGREEMENT))
        .order_by("consumer_key", "port__name")
    )


def consumer_count(product: DataProduct) -> int:
    """How many distinct consumers have proven access."""
    return (
        AccessAgreement.objects.filter(port__product=product, state="active")
        .values("consumer_kind", "consumer_key")
        .distinct()
        .count()
    )


def consumer_counts(product: DataProduct, today: date, days: int = 90) -> list[int]:
    """Give how many consumers had proven access at the end of each of the last days, oldest first.

    Counted from the agreements themselves; one that is suspended counts as held.
    """
    since = today - timedelta(days=days - 1)
    held = AccessAgreement.objects.filter(port__product=product, activated_at__isnull=False)
    rows = held.exclude(ended_at__date__lt=since).values_list(
        "consumer_kind", "consumer_key", "activated_at", "ended_at"
    )
    per_day: list[set[tuple[str, str]]] = [set() for _ in range(days)]
    for kind, key, begun, ended in rows:
        assert begun is not None
        first = max(0, (begun.astimezone(UTC).date() - since).days)
        last = (ended.astimezone(UTC).date() - since).days if ended else days
        for place in range(first, min(last, days)):
            per_day[place].add((kind, key))
    return [len(consumers) for consumers in per_day]


def affected_by(contract_key: str) -> QuerySet[AccessAgreement]:
    """Live agreements on ports that follow a contract: exactly who must hear of its change."""
    return AccessAgreement.objects.select_related("port__product").filter(
        port__contract__contract__key=contract_key, state__in=list(LIVE_AGREEMENT)
    )


def inbox(actor: Actor) -> QuerySet[NoticeRecipient]:
    """The actor's notices, newest first."""
    return (
        NoticeRecipient.objects.filter(user_id=actor.user_id)
        .select_related("notice__product", "notice__change", "notice__agreement")
        .order_by("-notice_id")
    )


def visible_notices(actor: Actor) -> QuerySet[Notice]:
    """Notices that went to the actor."""
    return (
        Notice.objects.filter(recipients__user_id=actor.user_id)
        .select_related("product", "agreement", "change")
        .annotate(read_at=F("recipients__read_at"))
    )


def unread(actor: Actor) -> int:
    """How many notices the actor has not read."""
    return NoticeRecipient.objects.filter(user_id=actor.user_id, read_at__isnull=True).count()


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


def not_ready(change_id: Any) -> list[str]:
    """Consumers that a breaking release still has to wait for: inside their notice period."""
    rows = Acknowledgement.objects.filter(
        notice__change_id=change_id,
        agreement__state__in=list(LIVE_AGREEMENT),
        notice__ack_deadline__gt=Now(),
    ).exclude(state__in=[AckState.ACKNOWLEDGED, AckState.WAIVED])
    return sorted(rows.values_list("agreement__consumer_key", flat=True))


def my_webhooks(actor: Actor) -> QuerySet[WebhookEndpoint]:
    """The actor's own webhooks."""
    return WebhookEndpoint.objects.filter(owner_id=actor.user_id)


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """What was sent to a webhook, newest first."""
    return endpoint.deliveries.order_by("-created_at", "pk")


def recent_runs(actor: Actor, limit: int = 20) -> list[LabRun]:
    """The actor's last lab queries."""
    return list(
        LabRun.objects.filter(actor=actor.subject)
        .select_related("agreement__port__product")
        .order_by("-id")[:limit]
    )


_FIRST_QUERIES = """
    SELECT count(*), extract(epoch FROM
        percentile_disc(0.5) WITHIN GROUP (ORDER BY f.ran - r.created_at))::float
    FROM (SELECT agreement_id, min(created_at) AS ran FROM subscriptions_labrun
          WHERE state = 'done' GROUP BY agreement_id) f
    JOIN subscriptions_accessagreement a ON a.id = f.agreement_id
    JOIN subscriptions_accessrequest r ON r.id = a.request_id
"""
_first_queries: Remembered[tuple[float, int] | None] = Remembered(1)


def first_query_seconds() -> tuple[float, int] | None:
    """Median seconds from asking to the first query of an agreement, and over how many.

    Kept while nothing has happened since, because it looks at all runs there are.
    """
    return _first_queries.of("all", _measured_first_queries)


def _measured_first_queries() -> tuple[float, int] | None:
    row = fetch_one(_FIRST_QUERIES, [])
    return (row[1], row[0]) if row and row[0] else None


def ended_last(port: OutputPort, kind: str, key: str) -> datetime | None:
    """When this consumer's last access to a port ended."""
    return (
        AccessAgreement.objects.filter(port=port, consumer_kind=kind, consumer_key=key)
        .order_by("-id")
        .values_list("ended_at", flat=True)
        .first()
    )


def work_waiting() -> dict[str, tuple[str, float]]:
    """What waits for workers and people: metric name to (what it says, value)."""
    grants = dict(
        Grant.objects.values_list("state").annotate(n=Count("pk")).values_list("state", "n")
    )
    due = Handle.objects.filter(next_at__lte=Now())
    unverified = Grant.objects.filter(revoke_unverified=True).exclude(state="verified_removed")
    return {
        "emporion_handles_due": ("Handles that wait for a worker.", due.count()),
        "emporion_grants_verified": ("Grants that are proven.", grants.get("verified", 0)),
        "emporion_grants_failed": ("Grants that could not be proven.", grants.get("failed", 0)),
        "emporion_revokes_unverified": ("Revokes that are not proven.", unverified.count()),
        "emporion_requests_in_review": (
            "Requests that wait for people.",
            AccessRequest.objects.filter(state=RequestState.IN_REVIEW).count(),
        ),
        "emporion_mail_waiting": (
            "Mails to be sent.",
            Mail.objects.filter(next_at__isnull=False).count(),
        ),
        "emporion_webhooks_waiting": (
            "Webhook deliveries to be sent.",
            WebhookDelivery.objects.filter(next_at__isnull=False).count(),
        ),
    }
