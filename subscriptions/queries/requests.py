"""Requests that somebody may see or has to answer, and how long answers take."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from catalog.models import OutputPort
from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import DOMAIN_OWNER, GOVERNANCE, PRIVACY, Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.prepared import fetch_one
from subscriptions.models import AccessRequest, ApprovalStage
from subscriptions.permissions import OVERSIGHT, is_system
from subscriptions.queries.sides import PORT, WIDE, own_side, owner_side
from subscriptions.states import RequestState, StageState

# Taking back is no answer, so it does not count.
_DECIDED = """
    SELECT count(*), extract(epoch FROM
        percentile_disc(0.5) WITHIN GROUP (ORDER BY r.decided_at - r.created_at))::float
    FROM subscriptions_accessrequest r JOIN catalog_outputport p ON p.id = r.port_id
    WHERE p.product_id = %s AND r.state IN ('approved', 'rejected')
      AND r.decided_by_kind = 'human' AND r.decided_at > now() - interval '180 days'
"""


def visible_requests(actor: Actor) -> QuerySet[AccessRequest]:
    """Requests of the actor's side, on the actor's products, or all for oversight."""
    rows = AccessRequest.objects.select_related(*PORT, "decision", "contract").defer(*WIDE)
    if is_system(actor) or actor.holds(*OVERSIGHT):
        return rows
    return rows.filter(Q(requester=actor.subject) | own_side(actor) | owner_side(actor))


def request_or_404(actor: Actor, request_id: Any) -> AccessRequest:
    """Give a request the actor may see."""
    row = visible_requests(actor).filter(pk=request_id).first()
    if row is None:
        raise NotFound
    return row


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
        AccessRequest.objects.select_related(*PORT, "decision", "contract")
        .defer(*WIDE)
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
