"""The answers that a request needs: asked for, given, void, bound to a plan."""

from typing import Any

from governance.models import PolicyDecision
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, NotAllowed
from subscriptions.actions.openings import digest_of_plan
from subscriptions.models import AccessRequest, ApprovalStage
from subscriptions.states import StageState


class PlanChanged(DomainError):
    """What would run on the platform is not what the approver saw."""

    code = "plan-changed"
    title = "What would run on the platform is not what you saw. Look at the plan again."


def open_stages(request: AccessRequest, decision: PolicyDecision) -> None:
    """Ask those whom the policy names; where it names nobody, the owner."""
    add_stages(request, decision.stages or [{"role": "product_owner", "why": "The owner decides."}])


def add_stages(request: AccessRequest, stages: list[dict[str, Any]]) -> None:
    """Add stages in this order, each with the team that answers it."""
    product = request.port.product
    teams = {
        "product_owner": product.owner_team.slug,
        "data_steward": product.owner_team.slug,
        "domain_owner": product.domain.owner_team.slug,
    }
    ApprovalStage.objects.bulk_create(
        ApprovalStage(
            request=request,
            position=position,
            role=stage["role"],
            team=teams.get(stage["role"], ""),
            why=stage["why"],
        )
        for position, stage in enumerate(stages)
    )


def bind_to_plan(request: AccessRequest, stage: ApprovalStage, seen: str) -> None:
    """Bind the answer to the plan of now, which has to be the one that the approver saw."""
    of_now = digest_of_plan(request)
    if seen and seen != of_now:
        raise PlanChanged(plan=of_now)
    if request.plan_digest not in ("", of_now):
        others = request.stages.filter(state=StageState.APPROVED).exclude(pk=stage.pk)
        others.update(state=StageState.OPEN, decided_by="", decided_at=None, note="")
    request.plan_digest = of_now
    request.save(update_fields=["plan_digest"])


def void_answers(request: AccessRequest) -> None:
    """Open every stage again; where a policy had said yes, the owner is asked instead."""
    stages = list(request.stages.all())
    for stage in stages:
        stage.state, stage.decided_by, stage.decided_at, stage.note = StageState.OPEN, "", None, ""
        stage.save()
    if not stages:
        why = "It was approved without a person, and came back."
        add_stages(request, [{"role": "product_owner", "why": why}])


def skip_open(request: AccessRequest) -> None:
    """Close what nobody has to answer any more."""
    for stage in request.stages.all():
        if stage.state == StageState.OPEN:
            stage.state = StageState.SKIPPED
            stage.save(update_fields=["state"])


def answer(stage: ApprovalStage, actor: Actor, state: StageState, note: str) -> None:
    """Note one person's answer. Raises NotAllowed when they have answered another stage."""
    if any(one.decided_by == actor.subject for one in stage.request.stages.all()):
        raise NotAllowed("One person answers one stage; another has to answer this one.")
    stage.state, stage.decided_by, stage.decided_at, stage.note = state, actor.subject, now(), note
    stage.save()
