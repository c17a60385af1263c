"""Ask for access, and decide."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from catalog.models import OutputPort
from catalog.queries import columns_of, port_or_404
from catalog.states import Status
from governance.evaluate import decide
from governance.models import PolicyDecision
from governance.policies.base import AccessFacts
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import (
    DomainError,
    Duplicate,
    FieldProblem,
    Invalid,
    NotAllowed,
    NotFound,
    Stale,
)
from marketplace.kernel.events.log import record
from marketplace.kernel.prepared import fetch_one
from subscriptions import consumers
from subscriptions.actions.agreements import end
from subscriptions.actions.openings import digest_of_plan, open_agreement
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
from subscriptions.permissions import (
    may_change_request,
    may_comment,
    may_decide,
    may_request,
)
from subscriptions.queries import live, open_stage_for, visible_requests
from subscriptions.states import OPEN_REQUEST, REQUEST, RequestState, StageState

PURPOSES: dict[str, str] = {
    "analytics": "Analytics",
    "reporting": "Reporting",
    "operations": "Run operations",
    "marketing": "Marketing",
    "machine_learning": "Train a model",
    "regulatory": "Regulatory duty",
    "research": "Research",
}
LONGEST_DAYS = 730
_TEXT_LIMIT = 4000


class DeniedByPolicy(NotAllowed):
    """A governance policy forbids this access."""

    code = "denied-by-policy"
    title = "A policy forbids this access."
    status = 403


class NotProvisioned(DomainError):
    """The port is described here, but access to it is given elsewhere."""

    code = "not-provisioned"
    title = "Access to this port is not given through this marketplace yet."


class NotOffered(DomainError):
    """The product or port is not offered (draft or retired)."""

    code = "not-offered"
    title = "This is not offered."


class ChangedSince(DomainError):
    """The request is not what the decision was made on."""

    code = "changed-since"
    title = "The request was changed since you read it."


class PlanChanged(DomainError):
    """What would run on the platform is not what the approver saw."""

    code = "plan-changed"
    title = "What would run on the platform is not what you saw. Look at the plan again."


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for, checked for shape only."""

    product: str
    port: str
    consumer_kind: str
    consumer_key: str
    purpose: str = ""
    purpose_text: str = ""
    duration_days: int | None = None
    end_at: datetime | None = None
    version: str | None = None
    slice: dict[str, Any] = field(default_factory=dict)
    retro: bool = False


@dataclass(frozen=True, slots=True)
class Considered:
    """An ask with everything it was looked up to: what a verdict is made from.

    ``columns`` are those that were chosen, none for all; ``readable`` those that would be seen.
    """

    port: OutputPort
    consumer: Consumer
    columns: tuple[str, ...]
    readable: tuple[str, ...]
    until: datetime
    facts: AccessFacts


def consider(actor: Actor, ask: Ask) -> Considered:
    """Look up and check an ask. Raises coded refusals; changes nothing."""
    port = port_or_404(actor, ask.product, ask.port, ask.version)
    if ask.consumer_kind not in consumers.KINDS:
        raise Invalid(FieldProblem("/consumer/kind", "unknown", "There is no such kind."))
    consumer = consumers.known(ask.consumer_kind, ask.consumer_key)
    if ask.purpose and ask.purpose not in PURPOSES:
        known = ", ".join(PURPOSES)
        raise Invalid(FieldProblem("/purpose", "unknown-purpose", f"Choose one of: {known}."))
    if len(ask.purpose_text) > _TEXT_LIMIT:
        raise Invalid(
            FieldProblem("/purpose_text", "too-long", f"At most {_TEXT_LIMIT} characters.")
        )
    if port.product.status in (Status.DRAFT, Status.PROPOSED, Status.RETIRED) or (
        port.status == Status.RETIRED
    ):
        raise NotOffered
    if not port.provisioned:
        raise NotProvisioned(port=port.name, interface=port.interface)
    columns, rows = _sliced(port, ask.slice)
    until, days = _until(ask)
    personal = tuple(c.name for c in rows if c.personal_data)
    contract = port.contract.facts if port.contract else {}
    product = port.product
    facts = AccessFacts(
        product=product.key,
        port=port.name,
        classification=_strictest([c.classification for c in rows], port.classification),
        personal_data=bool(personal),
        personal_columns=personal,
        purpose=ask.purpose,
        purpose_text=ask.purpose_text,
        allowed_purposes=tuple(contract.get("purposes", ())),
        consumer_kind=consumer.kind,
        consumer_key=consumer.key,
        requester=actor.subject,
        requester_teams=tuple(sorted(actor.teams)),
        owner_team=product.owner_team.slug,
        consumer_domain=consumer.domain,
        product_domain=product.domain.slug,
        same_domain=bool(consumer.domain) and consumer.domain == product.domain.slug,
        own_team=product.owner_team.slug in consumer.teams,
        duration_days=days,
        max_duration_days=contract.get("max_duration_days"),
        port_status=port.status,
        product_status=product.status,
        publication_scope=product.scope,
    )
    return Considered(port, consumer, columns, tuple(c.name for c in rows), until, facts)


@action
def request_access(actor: Actor, *, ask: Ask) -> AccessRequest:
    """Ask for a port. A policy refuses, approves, or says who has to look at it."""
    asked = consider(actor, ask)
    require(actor, may_request, asked.consumer)
    _refuse_double(asked)
    number = _next_number()
    decision = decide(asked.facts, f"request/{number}")
    if decision.outcome == "deny":
        reasons = [r for r in decision.reasons if r.get("verdict") == "deny"]
        raise DeniedByPolicy(
            reasons[0]["text"] if reasons else "",
            verdict=verdict_json(decision),
            permission=f"policy:{reasons[0]['rule']}" if reasons else "policy",
        )
    request = _create(actor, ask, asked, decision, number)
    record(
        RequestSubmitted(
            **_of(request, asked.consumer),
            purpose=request.purpose,
            outcome=decision.outcome,
            rules=[r["rule"] for r in decision.reasons],
        )
    )
    if decision.outcome == "allow":
        _approve(request, asked.consumer, by="policy", kind="policy")
    else:
        _open_stages(request, decision)
    return request


def ask_in(ask: Ask) -> AccessRequest:
    """Ask after the fact, inside a running action: people decide, whatever policies would say."""
    asked = consider(SYSTEM, ask)
    _refuse_double(asked)
    number = _next_number()
    decision = decide(asked.facts, f"request/{number}")
    request = _create(SYSTEM, ask, asked, decision, number)
    record(
        RequestSubmitted(
            **_of(request, asked.consumer),
            purpose=request.purpose,
            outcome="review",
            rules=[r["rule"] for r in decision.reasons],
        )
    )
    _open_stages(request, decision)
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
    _bind_to_plan(request, stage, plan)
    _answer(stage, actor, StageState.APPROVED, note)
    record(StageApproved(**_of(request, consumer), role=stage.role, note=note))
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
    _needs_words(note)
    assert stage is not None
    request.state = REQUEST.after("reject", request.state)
    _answer(stage, actor, StageState.REJECTED, note)
    _skip_open(request)
    _close(request, by=actor.subject, kind="human", note=note)
    _end_reopened(request, consumer, by=actor.subject, reason=note)
    record(RequestRejected(**_of(request, consumer), note=note))
    return request


@action
def return_request(
    actor: Actor, *, request_id: Any, note: str, version: int | None = None
) -> AccessRequest:
    """Ask the requester to change something."""
    request, consumer, _stage = _for_decision(actor, request_id, version)
    _needs_words(note)
    request.state = REQUEST.after("return", request.state)
    _touch(request, note=note)
    record(RequestReturned(**_of(request, consumer), note=note))
    return request


@action
def counter(
    actor: Actor,
    *,
    request_id: Any,
    note: str = "",
    columns: list[str] | None = None,
    duration_days: int | None = None,
    version: int | None = None,
) -> AccessRequest:
    """Offer less: fewer columns, a shorter time. An approver narrows, never widens."""
    request, consumer, _stage = _for_decision(actor, request_id, version)
    offered = _narrower(request, columns, duration_days)
    request.state = REQUEST.after("counter", request.state)
    request.snapshot = {**request.snapshot, "counter": offered}
    _touch(request, note=note)
    record(RequestCountered(**_of(request, consumer), note=note))
    return request


@action
def accept_counter(actor: Actor, *, request_id: Any, version: int | None = None) -> AccessRequest:
    """Take the narrower offer. It goes back to whoever made it, with a new digest."""
    request, consumer = _for_asker(actor, request_id, version)
    request.state = REQUEST.after("accept_counter", request.state)
    offered = request.snapshot.get("counter", {})
    if offered.get("columns"):
        request.slice = {**request.slice, "columns": offered["columns"]}
    if offered.get("duration_days"):
        request.duration_days = offered["duration_days"]
        request.end_at = now() + timedelta(days=offered["duration_days"])
    _reset(request)
    record(RequestResubmitted(**_of(request, consumer)))
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
    _reset(request)
    record(RequestResubmitted(**_of(request, consumer)))
    return request


@action
def withdraw(actor: Actor, *, request_id: Any, version: int | None = None) -> AccessRequest:
    """Take a request back before it is decided."""
    request, consumer = _for_asker(actor, request_id, version)
    request.state = REQUEST.after("withdraw", request.state)
    _skip_open(request)
    _close(request, by=actor.subject, kind="human", note="")
    _end_reopened(request, consumer, by=actor.subject, reason="The request was taken back.")
    record(RequestWithdrawn(**_of(request, consumer)))
    return request


@action
def comment(actor: Actor, *, request_id: Any, text: str) -> RequestComment:
    """Say a word in the conversation."""
    request = _locked(actor, request_id, None)
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    require(actor, may_comment, request, consumer)
    _needs_words(text)
    row = RequestComment.objects.create(request=request, author=actor.subject, text=text.strip())
    record(RequestCommented(**_of(request, consumer)))
    return row


def verdict_json(decision: PolicyDecision) -> dict[str, Any]:
    """Give a verdict as the API and the pages do."""
    return {
        "outcome": decision.outcome,
        "reasons": decision.reasons,
        "stages": decision.stages,
    }


def _sliced(port: OutputPort, wanted: dict[str, Any]) -> tuple[tuple[str, ...], list[Any]]:
    rows = columns_of(port)
    names = [c.name for c in rows]
    unknown_keys = sorted(set(wanted) - {"columns"})
    if unknown_keys:
        raise Invalid(
            FieldProblem(
                f"/slice/{unknown_keys[0]}",
                "not-offered",
                "Only columns can be chosen on this port.",
            )
        )
    chosen = list(wanted.get("columns") or [])
    unknown = [name for name in chosen if name not in names]
    if unknown:
        raise Invalid(
            FieldProblem("/slice/columns", "unknown-column", f"No column {', '.join(unknown)}.")
        )
    if not chosen:
        return (), rows
    kept = [c for c in rows if c.name in chosen]
    return tuple(c.name for c in kept), kept


def _until(ask: Ask) -> tuple[datetime, int]:
    moment = now()
    if ask.end_at is not None:
        if ask.end_at <= moment:
            raise Invalid(FieldProblem("/end_at", "past", "The end has to be in the future."))
        days = -(-(ask.end_at - moment) // timedelta(days=1))
        until = ask.end_at
    else:
        days = ask.duration_days if ask.duration_days is not None else 90
        until = moment + timedelta(days=min(max(days, 1), LONGEST_DAYS))
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            FieldProblem("/duration_days", "out-of-range", f"Between 1 and {LONGEST_DAYS} days.")
        )
    return until, days


def _strictest(classes: list[str], otherwise: str) -> str:
    order = ["public", "internal", "confidential", "restricted"]
    return max(classes, key=order.index, default=otherwise)


def _refuse_double(asked: Considered) -> None:
    kind, key = asked.consumer.kind, asked.consumer.key
    theirs = {"port": asked.port, "consumer_kind": kind, "consumer_key": key}
    held = live(AccessAgreement.objects.filter(**theirs)).values_list("pk", flat=True).first()
    if held is not None:
        raise Duplicate(
            f"{asked.consumer.name} has access to this port already.", agreement=str(held)
        )
    waiting = AccessRequest.objects.filter(**theirs, state__in=list(OPEN_REQUEST))
    first = waiting.values_list("pk", flat=True).first()
    if first is not None:
        raise Duplicate(
            f"{asked.consumer.name} has asked for this port already.", request=str(first)
        )


def _next_number() -> int:
    row = fetch_one("SELECT nextval('subscriptions_request_number')", [])
    assert row is not None
    return int(row[0])


def _create(
    actor: Actor, ask: Ask, asked: Considered, decision: PolicyDecision, number: int
) -> AccessRequest:
    request = AccessRequest(
        number=number,
        port=asked.port,
        contract=asked.port.contract,
        requester=actor.subject,
        consumer_kind=asked.consumer.kind,
        consumer_key=asked.consumer.key,
        purpose=ask.purpose,
        purpose_text=ask.purpose_text.strip(),
        slice={"columns": list(asked.columns)} if asked.columns else {},
        duration_days=None if ask.end_at else asked.facts.duration_days,
        end_at=asked.until,
        decision=decision,
        kind="retro" if ask.retro else "new",
        created_at=now(),
    )
    request.snapshot = {
        "product": asked.port.product.key,
        "product_version": asked.port.product.version_name,
        "port": f"{asked.port.name}@{asked.port.version_name}",
        "contract": str(asked.port.contract) if asked.port.contract else None,
        "contract_sha256": asked.port.contract.sha256 if asked.port.contract else None,
        "consumer_name": asked.consumer.name,
        "consumer_teams": sorted(asked.consumer.teams),
        "columns": list(asked.readable),
        "personal_columns": list(asked.facts.personal_columns),
    }
    request.digest = _digest(request)
    if decision.outcome != "allow":
        request.state = REQUEST.after("review", request.state)
    request.save(force_insert=True)
    return request


def _digest(request: AccessRequest) -> str:
    facts = {
        "snapshot": {k: v for k, v in request.snapshot.items() if k != "counter"},
        "consumer": [request.consumer_kind, request.consumer_key],
        "purpose": [request.purpose, request.purpose_text],
        "slice": request.slice,
        "days": request.duration_days,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _open_stages(request: AccessRequest, decision: PolicyDecision) -> None:
    _stages(request, decision.stages or [{"role": "product_owner", "why": "The owner decides."}])


def _stages(request: AccessRequest, stages: list[dict[str, Any]]) -> None:
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


def _approve(
    request: AccessRequest, consumer: Consumer, *, by: str, kind: str, note: str = ""
) -> None:
    request.state = REQUEST.after("approve", request.state)
    _close(request, by=by, kind=kind, note=note)
    agreement = open_agreement(request)
    record(
        RequestApproved(
            **_of(request, consumer),
            agreement_id=str(agreement.pk),
            decided_by_kind=kind,
            rules=[r["rule"] for r in request.decision.reasons],
            plan_digest=request.plan_digest,
        )
    )


def _bind_to_plan(request: AccessRequest, stage: ApprovalStage, seen: str) -> None:
    """Bind the answer to the plan of now, which has to be the one that the approver saw."""
    of_now = digest_of_plan(request)
    if seen and seen != of_now:
        raise PlanChanged(plan=of_now)
    if request.plan_digest not in ("", of_now):
        others = request.stages.filter(state=StageState.APPROVED).exclude(pk=stage.pk)
        others.update(state=StageState.OPEN, decided_by="", decided_at=None, note="")
    request.plan_digest = of_now
    request.save(update_fields=["plan_digest"])


def _close(request: AccessRequest, *, by: str, kind: str, note: str) -> None:
    request.decided_by, request.decided_by_kind = by, kind
    request.decided_at = now()
    _touch(request, note=note)


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


def _touch(request: AccessRequest, *, note: str) -> None:
    request.note = note
    request.version += 1
    request.save()


def _reset(request: AccessRequest) -> None:
    """Void the answers given: they were given to another request."""
    request.snapshot = {k: v for k, v in request.snapshot.items() if k != "counter"}
    if request.slice.get("columns"):
        request.snapshot["columns"] = request.slice["columns"]
    request.digest, request.plan_digest = _digest(request), ""
    void_answers(request)
    _touch(request, note="")


def void_answers(request: AccessRequest) -> None:
    """Open every stage again; where a policy had said yes, the owner is asked instead."""
    stages = list(request.stages.all())
    for stage in stages:
        stage.state, stage.decided_by, stage.decided_at, stage.note = StageState.OPEN, "", None, ""
        stage.save()
    if not stages:
        why = "It was approved without a person, and came back."
        _stages(request, [{"role": "product_owner", "why": why}])


def _skip_open(request: AccessRequest) -> None:
    for stage in request.stages.all():
        if stage.state == StageState.OPEN:
            stage.state = StageState.SKIPPED
            stage.save(update_fields=["state"])


def _answer(stage: ApprovalStage, actor: Actor, state: StageState, note: str) -> None:
    if any(one.decided_by == actor.subject for one in stage.request.stages.all()):
        raise NotAllowed("One person answers one stage; another has to answer this one.")
    stage.state, stage.decided_by, stage.decided_at, stage.note = state, actor.subject, now(), note
    stage.save()


def _locked(actor: Actor, request_id: Any, version: int | None) -> AccessRequest:
    request = (
        visible_requests(actor)
        .select_for_update(of=["self"], no_key=True)
        .prefetch_related("stages")
        .filter(pk=request_id)
        .first()
    )
    if request is None:
        raise NotFound
    if version is not None and version != request.version:
        raise Stale(version=request.version)
    return request


def _for_decision(
    actor: Actor, request_id: Any, version: int | None
) -> tuple[AccessRequest, Consumer, ApprovalStage | None]:
    request = _locked(actor, request_id, version)
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    if request.state != RequestState.IN_REVIEW:
        REQUEST.after("reject", request.state)
    stage = open_stage_for(actor, request)
    require(actor, may_decide, request, stage, consumer)
    return request, consumer, stage


def _for_asker(
    actor: Actor, request_id: Any, version: int | None
) -> tuple[AccessRequest, Consumer]:
    request = _locked(actor, request_id, version)
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    require(actor, may_change_request, request, consumer)
    return request, consumer


def _needs_words(note: str) -> None:
    if not note.strip():
        raise Invalid(FieldProblem("/note", "required", "Say why, in a sentence."))
    if len(note) > _TEXT_LIMIT:
        raise Invalid(FieldProblem("/note", "too-long", f"At most {_TEXT_LIMIT} characters."))


def _narrower(
    request: AccessRequest, columns: list[str] | None, duration_days: int | None
) -> dict[str, Any]:
    asked = set(request.snapshot.get("columns", []))
    offered: dict[str, Any] = {}
    if columns:
        if not set(columns) <= asked:
            raise Invalid(
                FieldProblem("/columns", "wider", "An offer has no column that was not asked for.")
            )
        offered["columns"] = [name for name in request.snapshot["columns"] if name in columns]
    if duration_days is not None:
        if duration_days < 1 or duration_days > (request.duration_days or LONGEST_DAYS):
            raise Invalid(
                FieldProblem("/duration_days", "wider", "An offer is not longer than the request.")
            )
        offered["duration_days"] = duration_days
    if not offered:
        raise Invalid(FieldProblem("", "nothing-offered", "Say what is offered instead."))
    return offered


def _of(request: AccessRequest, consumer: Consumer) -> dict[str, Any]:
    product = request.port.product
    return {
        "subject": f"request/{request.pk}",
        "product": product.key,
        "teams": (product.owner_team.slug, *consumer.readers),
        "request_id": str(request.pk),
        "port": request.port.name,
        "consumer": consumer.words,
    }
