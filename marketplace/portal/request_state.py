"""Where a request stands, as its page shows it: the steps, the proof, and what can be done."""

from typing import Any, Final

from django.urls import reverse

from catalog.models import SavedQuery
from catalog.states import Interface
from marketplace.kernel.actors import Actor
from marketplace.kernel.identity.models import User
from marketplace.kernel.web import states, words
from marketplace.portal.foretell import ROLES
from marketplace.portal.handed import read_as
from marketplace.portal.order_pages import order_waiting
from marketplace.portal.request_proof import proof_of, unproven
from marketplace.portal.rows import hue_class
from subscriptions import consumers
from subscriptions.actions.orders import open_order
from subscriptions.actions.requests import PURPOSES
from subscriptions.consumers import Consumer
from subscriptions.lab import has_lab
from subscriptions.models import AccessAgreement, AccessRequest, ApprovalStage
from subscriptions.permissions import may_change_request, may_decide, may_query
from subscriptions.provisioning import variant_for
from subscriptions.queries import Wait, open_stage_for, usual_provisioning, usual_wait
from subscriptions.states import OPEN_REQUEST, AgreementState, RequestState, StageState

_ENDED: Final = (
    AgreementState.EXPIRED,
    AgreementState.REVOKED,
    AgreementState.TERMINATED,
    AgreementState.SUPERSEDED,
)
_MOVING: Final = (AgreementState.PENDING, AgreementState.ENDING)
_STAGES: Final = {
    StageState.APPROVED: "done",
    StageState.REJECTED: "failed",
    StageState.OPEN: "now",
}
# Evidence that is less than a proof is never called one.
_SHOWN: Final = {
    "simulated": "Shown by the platform's simulation",
    "reported": "Reported done",
}


def shown(actor: Actor, request: AccessRequest) -> dict[str, Any]:
    """Give all that the page of a request shows to this reader."""
    consumer = consumers.remembered(request.consumer_kind, request.consumer_key)
    agreement = _agreement(request)
    stages = list(request.stages.all())
    comments = list(request.comments.all())
    names = _names(request, stages, [comment.author for comment in comments])
    product = request.port.product
    waiting = request.state in OPEN_REQUEST
    wait = usual_wait(request.port) if waiting else None
    asks = may_change_request(actor, request, consumer)
    return {
        "asked": request,
        "agreement": agreement,
        "product": product,
        "consumer": consumer,
        "hue_class": hue_class(product.domain.hue),
        "purpose": PURPOSES.get(request.purpose, request.purpose),
        "requester": names.get(request.requester, request.requester),
        "steps": _steps(request, stages, agreement, names, wait),
        "proof": proof_of(agreement.grant) if agreement else None,
        "ready": _ready(actor, agreement, consumer),
        "ended": agreement is not None and agreement.state in _ENDED,
        "waits_for": _waits_for(agreement),
        "order": order_waiting(actor, agreement, "request", request.pk) if agreement else None,
        "comments": [
            {"name": names.get(c.author, c.author), "text": c.text, "at": c.at} for c in comments
        ],
        "asks": asks,
        "offer": request.snapshot.get("counter") if request.state == "countered" else None,
        "may_withdraw": asks and waiting,
        "may_decide": may_decide(actor, request, open_stage_for(actor, request), consumer),
        "review_href": reverse("review", args=[request.pk]),
        "ask_again": _ask_again(request, agreement) if asks else "",
        "every": _every(request, agreement),
        "say": _say(request, agreement),
    }


def _agreement(request: AccessRequest) -> AccessAgreement | None:
    return (
        AccessAgreement.objects.select_related(
            "grant__handle__port__product", "port__product", "port__platform"
        )
        .filter(request=request)
        .first()
    )


def _names(
    request: AccessRequest, stages: list[ApprovalStage], authors: list[str]
) -> dict[str, str]:
    """Give how people are called, by username: one statement."""
    wanted = {request.requester, request.decided_by, *authors, *(s.decided_by for s in stages)}
    users = User.objects.filter(username__in=[name for name in wanted if name])
    return {user.username: user.called for user in users} | {"policy": "Policy"}


def _steps(
    request: AccessRequest,
    stages: list[ApprovalStage],
    agreement: AccessAgreement | None,
    names: dict[str, str],
    wait: Wait | None,
) -> list[dict[str, Any]]:
    steps = [
        {
            "state": "done",
            "title": f"Asked by {names.get(request.requester, request.requester)}",
            "at": request.created_at,
        },
        _verdict_step(request),
        *(_stage_step(stage, names, wait) for stage in stages),
    ]
    if not stages or request.state in ("rejected", "withdrawn", "lapsed"):
        steps.append(_decision_step(request, names))
    if request.state in ("returned", "countered"):
        look = states.look("request", request.state)
        steps.append({"state": "now", "title": look.label, "detail": request.note})
    if request.state in OPEN_REQUEST or request.state == RequestState.APPROVED:
        steps += _grant_steps(agreement, request)
    return steps


def _verdict_step(request: AccessRequest) -> dict[str, Any]:
    decision = request.decision
    look = states.look("verdict", decision.outcome)
    said = " ".join(one["text"] for one in decision.reasons)
    failed = decision.outcome == "deny"
    return {
        "state": "failed" if failed else "done",
        "title": f"Policy: {look.label.lower()}",
        "detail": said,
        "at": decision.at,
    }


def _stage_step(stage: ApprovalStage, names: dict[str, str], wait: Wait | None) -> dict[str, Any]:
    role = ROLES.get(stage.role, stage.role.replace("_", " "))
    if stage.decided_by:
        who = names.get(stage.decided_by, stage.decided_by)
        verb = "approved" if stage.state == StageState.APPROVED else "declined"
        detail = f"as {role}" + (f": {stage.note}" if stage.note else "")
        return {
            "state": _STAGES.get(StageState(stage.state), "todo"),
            "title": f"{who} {verb}",
            "detail": detail,
            "at": stage.decided_at,
        }
    if stage.state == StageState.SKIPPED:
        return {"state": "todo", "title": f"Not asked any more: {role}", "detail": stage.why}
    usual = f" Usually {words.duration(wait.median_seconds)} ({wait.basis})." if wait else ""
    return {
        "state": _STAGES.get(StageState(stage.state), "todo"),
        "title": f"Waits for the {role}",
        "detail": f"{stage.why}{usual}",
    }


def _decision_step(request: AccessRequest, names: dict[str, str]) -> dict[str, Any]:
    look = states.look("request", request.state)
    who = names.get(request.decided_by, request.decided_by)
    if not request.decided_by:
        return {"state": "now", "title": look.label, "detail": request.note}
    return {
        "state": "done" if request.state == RequestState.APPROVED else "failed",
        "title": f"{look.label} by {'a policy' if request.decided_by == 'policy' else who}",
        "detail": request.note,
        "at": request.decided_at,
    }


def _grant_steps(agreement: AccessAgreement | None, request: AccessRequest) -> list[dict[str, Any]]:
    """Give provisioning, proof, and how it ended."""
    platform = request.port.platform.name if request.port.platform else "the platform"
    if agreement is None:
        return [
            {"state": "todo", "title": f"Granted on {platform}"},
            {"state": "todo", "title": "Proven as the consumer"},
        ]
    look = states.look("agreement", agreement.state)
    if agreement.activated_at is None:
        failed = agreement.state == AgreementState.FAILED
        return [
            {
                "state": "failed" if failed else "now",
                "title": look.label if failed else f"Being granted on {platform}",
                # What holds it up stands in the banner above the steps, in better words.
                "detail": "" if _waits_for(agreement) else _usual(agreement),
            },
            {"state": "todo", "title": "Proven as the consumer"},
        ]
    less = unproven(agreement.grant)
    steps = [
        {"state": "done", "title": f"Granted on {platform}", "at": agreement.activated_at},
        {
            "state": "done",
            "title": _SHOWN.get(less, "Proven by a connection as the consumer"),
            "at": agreement.activated_at,
        },
    ]
    if agreement.state == AgreementState.SUSPENDED:
        detail = agreement.suspend_reason
        steps.append({"state": "failed", "title": look.label, "detail": detail})
    elif agreement.state == AgreementState.ENDING:
        steps.append({"state": "now", "title": "Being taken away", "detail": agreement.end_reason})
    elif agreement.state in _ENDED:
        steps.append(
            {
                "state": "failed" if agreement.state == AgreementState.REVOKED else "done",
                "title": f"{look.label}, as was told by the platform"
                if less
                else f"{look.label}, and the refusal was proven",
                "detail": agreement.end_reason,
                "at": agreement.ended_at,
            }
        )
    return steps


def _usual(agreement: AccessAgreement) -> str:
    seconds = usual_provisioning(agreement.port.platform_id)
    if seconds is None:
        return "How long this takes was not measured yet."
    return f"Usually {words.duration(seconds)}, the median of the last grants here."


def _ready(
    actor: Actor, agreement: AccessAgreement | None, consumer: Consumer
) -> dict[str, Any] | None:
    """Give a first query to run, once access stands; what has no lab is read by a client."""
    if agreement is None or agreement.state != AgreementState.ACTIVE:
        return None
    variant = variant_for(agreement.grant.handle)
    relation = f"{variant.relation_schema}.{variant.relation_name}"
    first = SavedQuery.objects.filter(port=agreement.port).order_by("-runs", "pk").first()
    lab = f"{reverse('lab')}?agreement={agreement.pk}"
    facts = {"read_as": read_as(agreement.port, relation), "until": agreement.end_at}
    if agreement.port.interface == Interface.STREAM or not has_lab(agreement.port):
        return facts
    return {
        **facts,
        "title": first.title if first else "The first hundred rows",
        "sql": first.sql.replace("{relation}", relation).strip()
        if first
        else f"SELECT * FROM {relation} LIMIT 100",  # noqa: S608 - text to show
        "href": f"{lab}&query={first.pk}" if first else lab,
        "may_query": may_query(actor, consumer),
    }


def _waits_for(agreement: AccessAgreement | None) -> str:
    """Say what holds the platform up, if anything does."""
    if agreement is None or agreement.state not in (*_MOVING, AgreementState.FAILED):
        return ""
    handle = agreement.grant.handle
    handle.port = agreement.port  # the same row, which is read already
    order = open_order(handle)
    if order is not None and not order.outcome:
        return "The platform's people have the order; nobody has said yet that it is done."
    return handle.waits_for or agreement.grant.diagnostics


def _ask_again(request: AccessRequest, agreement: AccessAgreement | None) -> str:
    over = request.state in ("rejected", "withdrawn", "lapsed")
    if not over and not (agreement is not None and agreement.state in _ENDED):
        return ""
    port = request.port
    base = reverse("request_drawer", args=[port.product.key])
    return f"{base}?port={port.name}@{port.version_name}&purpose={request.purpose}"


def _every(request: AccessRequest, agreement: AccessAgreement | None) -> int:
    """Give how often the page asks, in seconds: 1 while a worker is at it, 0 when settled."""
    if agreement is not None and agreement.state in _MOVING:
        return 1
    if request.state == RequestState.APPROVED and agreement is None:
        return 1
    return 5 if request.state in (RequestState.SUBMITTED, RequestState.IN_REVIEW) else 0


def _say(request: AccessRequest, agreement: AccessAgreement | None) -> str:
    if agreement is not None:
        if agreement.state == AgreementState.ACTIVE:
            said = {"simulated": "Ready, as simulated", "reported": "Ready, as was reported"}
            return said.get(unproven(agreement.grant), "Ready: access was proven")
        return states.look("agreement", agreement.state).label
    return states.look("request", request.state).label
