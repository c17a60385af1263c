"""Ask for access, and decide."""

from datetime import timedelta
from typing import Any

from governance.evaluate import decide
from governance.models import PolicyDecision
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, NotAllowed
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions.agreements import end
from subscriptions.actions.considering import (
    LONGEST_DAYS,
    PURPOSES,
    Ask,
    Considered,
    NotOffered,
    NotProvisioned,
    consider,
    narrower,
    needs_words,
    refuse_double,
)
from subscriptions.actions.lesser_ports import move_to, named_lesser
from subscriptions.actions.openings import open_agreement
from subscriptions.actions.request_rows import (
    close,
    create,
    facts_of,
    locked,
    next_number,
    reset,
    touch,
)
from subscriptions.actions.stages import PlanChanged, answer, bind_to_plan, open_stages, skip_open
from subscriptions.consumers import Consumer
from subscriptions.events import (
    RequestApproved,
    RequestCommented,
    RequestCountered,
    RequestRejected,
    RequestResubmitted,
    RequestReturned,
    RequestSubmitted,
    RequestWithdrawn,
    StageApproved,
)
from subscriptions.models import AccessAgreement, AccessRequest, ApprovalStage, RequestComment
from subscriptions.permissions import may_change_request, may_comment, may_decide, may_request
from subscriptions.queries import open_stage_for
from subscriptions.states import REQUEST, RequestState, StageState

__all__ = [
    "LONGEST_DAYS",
    "PURPOSES",
    "Ask",
    "ChangedSince",
    "Considered",
    "DeniedByPolicy",
    "NotOffered",
    "NotProvisioned",
    "PlanChanged",
    "accept_counter",
    "approve",
    "ask_in",
    "comment",
    "consider",
    "counter",
    "reject",
    "request_access",
    "resubmit",
    "return_request",
    "verdict_json",
    "withdraw",
]


class DeniedByPolicy(NotAllowed):
    """A governance policy forbids this access."""

    code = "denied-by-policy"
    title = "A policy forbids this access."
    status = 403


class ChangedSince(DomainError):
    """The request is not what the decision was made on."""

    code = "changed-since"
    title = "The request was changed since you read it."


@action
def request_access(actor: Actor, *, ask: Ask) -> AccessRequest:
    """Ask for a port. A policy refuses, approves, or says who has to look at it."""
    asked = consider(actor, ask)
    require(actor, may_request, asked.consumer)
    refuse_double(asked)
    number = next_number()
    decision = decide(asked.facts, f"request/{number}")
    if decision.outcome == "deny":
        raise _denied(decision)
    request = create(actor, ask, asked, decision, number)
    record(
        RequestSubmitted(
            **facts_of(request, asked.consumer),
            purpose=request.purpose,
            outcome=decision.outcome,
            rules=[r["rule"] for r in decision.reasons],
        )
    )
    if decision.outcome == "allow":
        _approve(request, asked.consumer, by="policy", kind="policy")
    else:
        open_stages(request, decision)
    return request


def ask_in(ask: Ask) -> AccessRequest:
    """Ask after the fact, inside a running action: people decide, whatever policies would say."""
    asked = consider(SYSTEM, ask)
    refuse_double(asked)
    number = next_number()
    decision = decide(asked.facts, f"request/{number}")
    request = create(SYSTEM, ask, asked, decision, number)
    record(
        RequestSubmitted(
            **facts_of(request, asked.consumer),
            purpose=request.purpose,
            outcome="review",
            rules=[r["rule"] for r in decision.reasons],
        )
    )
    open_stages(request, decision)
    return request


@action
def approve(
    actor: Actor,
    *,
    request_id: Any,
    note: str = "",
    version: int | None = None,
    digest: str = "",
    plan: str = "",
) -> AccessRequest:
    """Say yes to a waiting request; the last yes makes the agreement.

    ``digest`` and ``plan`` say what was read: the request, and the plan that would run. A yes to
    another plan voids the answers that were given to an earlier one.
    """
    request, consumer, stage = _for_decision(actor, request_id, version)
    if digest and digest != request.digest:
        raise ChangedSince
    assert stage is not None
    REQUEST.after("approve", request.state)
    bind_to_plan(request, stage, plan)
    answer(stage, actor, StageState.APPROVED, note)
    record(StageApproved(**facts_of(request, consumer), role=stage.role, note=note))
    if not any(one.state in (StageState.OPEN, StageState.WAITING) for one in request.stages.all()):
        _approve(request, consumer, by=actor.subject, kind="human", note=note)
    else:
        request.version += 1
        request.save(update_fields=["version"])
    return request


@action
def reject(
    actor: Actor, *, request_id: Any, note: str, version: int | None = None
) -> AccessRequest:
    """Say no, with a reason that the requester reads."""
    request, consumer, stage = _for_decision(actor, request_id, version)
    needs_words(note)
    assert stage is not None
    request.state = REQUEST.after("reject", request.state)
    answer(stage, actor, StageState.REJECTED, note)
    skip_open(request)
    close(request, by=actor.subject, kind="human", note=note)
    _end_reopened(request, consumer, by=actor.subject, reason=note)
    record(RequestRejected(**facts_of(request, consumer), note=note))
    return request


@action
def return_request(
    actor: Actor, *, request_id: Any, note: str, version: int | None = None
) -> AccessRequest:
    """Ask the requester to change something."""
    request, consumer, _stage = _for_decision(actor, request_id, version)
    needs_words(note)
    request.state = REQUEST.after("return", request.state)
    touch(request, note=note)
    record(RequestReturned(**facts_of(request, consumer), note=note))
    return request


@action
def counter(
    actor: Actor,
    *,
    request_id: Any,
    note: str = "",
    columns: list[str] | None = None,
    duration_days: int | None = None,
    port: str = "",
    port_version: str = "",
    version: int | None = None,
) -> AccessRequest:
    """Offer less: a lesser port, fewer columns, a shorter time. An approver never widens."""
    request, consumer, _stage = _for_decision(actor, request_id, version)
    other = named_lesser(request, port, port_version) if port else None
    offered = narrower(request, columns, duration_days, other)
    request.state = REQUEST.after("counter", request.state)
    request.snapshot = {**request.snapshot, "counter": offered}
    touch(request, note=note)
    record(RequestCountered(**facts_of(request, consumer), note=note))
    return request


@action
def accept_counter(actor: Actor, *, request_id: Any, version: int | None = None) -> AccessRequest:
    """Take the narrower offer. It goes back to whoever made it, with a new digest.

    Another port is judged anew: a policy may let the consumer in at once, or name who answers.
    """
    request, consumer = _for_asker(actor, request_id, version)
    request.state = REQUEST.after("accept_counter", request.state)
    offered = request.snapshot.get("counter", {})
    if offered.get("port"):
        _take_port(actor, request, consumer, offered)
        return request
    if offered.get("columns"):
        request.slice = {**request.slice, "columns": offered["columns"]}
    if offered.get("duration_days"):
        request.duration_days = offered["duration_days"]
        request.end_at = now() + timedelta(days=offered["duration_days"])
    reset(request)
    record(RequestResubmitted(**facts_of(request, consumer)))
    return request


@action
def resubmit(
    actor: Actor,
    *,
    request_id: Any,
    purpose_text: str,
    duration_days: int | None = None,
    version: int | None = None,
) -> AccessRequest:
    """Send a returned request again, changed. Answers already given are void."""
    request, consumer = _for_asker(actor, request_id, version)
    request.state = REQUEST.after("resubmit", request.state)
    request.purpose_text = purpose_text
    if duration_days is not None:
        request.duration_days = duration_days
        request.end_at = now() + timedelta(days=duration_days)
    reset(request)
    record(RequestResubmitted(**facts_of(request, consumer)))
    return request


@action
def withdraw(actor: Actor, *, request_id: Any, version: int | None = None) -> AccessRequest:
    """Take a request back before it is decided."""
    request, consumer = _for_asker(actor, request_id, version)
    request.state = REQUEST.after("withdraw", request.state)
    skip_open(request)
    close(request, by=actor.subject, kind="human", note="")
    _end_reopened(request, consumer, by=actor.subject, reason="The request was taken back.")
    record(RequestWithdrawn(**facts_of(request, consumer)))
    return request


@action
def comment(actor: Actor, *, request_id: Any, text: str) -> RequestComment:
    """Say a word in the conversation."""
    request = locked(actor, request_id, None)
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    require(actor, may_comment, request, consumer)
    needs_words(text)
    row = RequestComment.objects.create(request=request, author=actor.subject, text=text.strip())
    record(RequestCommented(**facts_of(request, consumer)))
    return row


def verdict_json(decision: PolicyDecision) -> dict[str, Any]:
    """Give a verdict as the API and the pages do."""
    return {
        "outcome": decision.outcome,
        "reasons": decision.reasons,
        "stages": decision.stages,
    }


def _approve(
    request: AccessRequest, consumer: Consumer, *, by: str, kind: str, note: str = ""
) -> None:
    request.state = REQUEST.after("approve", request.state)
    close(request, by=by, kind=kind, note=note)
    agreement = open_agreement(request)
    record(
        RequestApproved(
            **facts_of(request, consumer),
            agreement_id=str(agreement.pk),
            decided_by_kind=kind,
            rules=[r["rule"] for r in request.decision.reasons],
            plan_digest=request.plan_digest,
        )
    )


def _take_port(
    actor: Actor, request: AccessRequest, consumer: Consumer, offered: dict[str, Any]
) -> None:
    decision = move_to(actor, request, offered)
    if decision.outcome == "deny":
        raise _denied(decision)
    touch(request, note="")
    record(RequestResubmitted(**facts_of(request, consumer)))
    if decision.outcome == "allow":
        _approve(request, consumer, by="policy", kind="policy")
    else:
        open_stages(request, decision)


def _denied(decision: PolicyDecision) -> DeniedByPolicy:
    reasons = [r for r in decision.reasons if r.get("verdict") == "deny"]
    return DeniedByPolicy(
        reasons[0]["text"] if reasons else "",
        verdict=verdict_json(decision),
        permission=f"policy:{reasons[0]['rule']}" if reasons else "policy",
    )


def _end_reopened(request: AccessRequest, consumer: Consumer, *, by: str, reason: str) -> None:
    """End the agreement of a request that had been approved, came back, and comes to nothing."""
    if not request.reopened:
        return
    agreement = (
        AccessAgreement.objects.select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team")
        .get(request=request)
    )
    end(agreement, consumer, how="terminated", by=by, reason=reason)


def _for_decision(
    actor: Actor, request_id: Any, version: int | None
) -> tuple[AccessRequest, Consumer, ApprovalStage | None]:
    request = locked(actor, request_id, version)
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    if request.state != RequestState.IN_REVIEW:
        REQUEST.after("reject", request.state)
    stage = open_stage_for(actor, request)
    require(actor, may_decide, request, stage, consumer)
    return request, consumer, stage


def _for_asker(
    actor: Actor, request_id: Any, version: int | None
) -> tuple[AccessRequest, Consumer]:
    request = locked(actor, request_id, version)
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    require(actor, may_change_request, request, consumer)
    return request, consumer
