"""What happened to an agreement, as one line of time: from the events that were recorded."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from subscriptions.models import Grant

if TYPE_CHECKING:
    from marketplace.kernel.events.models import Event

type _Words = tuple[str, str, str]  # state, title, detail


def _line(state: str, title: str, field: str = "") -> Callable[[dict[str, Any]], _Words]:
    return lambda data: (state, title, str(data.get(field, "")) if field else "")


def _approved(data: dict[str, Any]) -> _Words:
    policy = data["decided_by_kind"] == "policy"
    title = "Approved by a policy" if policy else "Approved by the approvers"
    plan = data.get("plan_digest", "")
    return "done", title, f"It binds to plan {plan[:12]}." if plan else ""


def _level(**titles: str) -> Callable[[dict[str, Any]], _Words]:
    """Say a proof by how far it reaches: only what was tried as the consumer is proven."""
    return lambda data: (
        "done",
        titles.get(data["level"], titles["proven"]),
        f"{data['level']}, by {data['connector']}",
    )


def _failed(data: dict[str, Any]) -> _Words:
    return "failed", "Needs a person" if data["needs_human"] else "Tried in vain", data["what"]


def _abandoned(data: dict[str, Any]) -> _Words:
    what = "Removal closed on a person's word" if data["removal"] else "Given up"
    return "failed", what, data["reason"]


_TOLD: Final[dict[str, Callable[[dict[str, Any]], _Words]]] = {
    "access.request.submitted": _line("done", "Asked"),
    "access.request.stage_approved": _line("done", "A yes", "note"),
    "access.request.approved": _approved,
    "access.request.rejected": _line("failed", "Declined", "note"),
    "access.request.returned": _line("done", "Returned for changes", "note"),
    "access.request.resubmitted": _line("done", "Asked again, changed"),
    "access.request.countered": _line("done", "An offer of less", "note"),
    "access.request.reopened": _line("failed", "Back to the approvers", "reason"),
    "access.request.sent_back": _line("failed", "Sent back for a change", "note"),
    "access.request.withdrawn": _line("done", "Taken back"),
    "access.grant.provisioning": _line("done", "A worker began", "handle"),
    "access.grant.verified": _level(
        proven="Proven as the consumer",
        simulated="Shown by the platform's simulation",
        reported="Reported done",
    ),
    "access.grant.failed": _failed,
    "access.grant.abandoned": _abandoned,
    "access.grant.drifted": _line("failed", "The platform had been changed", "what"),
    "access.grant.verified_removed": _level(
        proven="The refusal was proven",
        simulated="The refusal was simulated",
        reported="Reported taken away",
    ),
    "access.agreement.activated": _line("done", "Active"),
    "access.agreement.suspended": _line("failed", "Suspended", "reason"),
    "access.agreement.resumed": _line("done", "Given again"),
    "access.agreement.renewed": _line("done", "The end was moved", "until"),
    "access.agreement.expiring": _line("done", "A warning: the end is near"),
    "access.agreement.ending": _line("done", "Being taken away", "reason"),
    "access.agreement.revoked": _line("done", "Revoked", "reason"),
    "access.agreement.expired": _line("done", "Expired", "reason"),
    "access.agreement.terminated": _line("done", "Given back", "reason"),
    "access.credentials.issued": _line("done", "A short-lived login was handed out", "until"),
    "access.credentials.withdrawn": _line("done", "Short-lived logins were withdrawn", "reason"),
}


def told(events: Iterable["Event"], names: dict[str, str], grant: Grant) -> list[dict[str, Any]]:
    """Give the steps of `components/timeline.html`, oldest first, ending with what comes next."""
    steps = [_step(event, names) for event in events if event.name in _TOLD]
    return [*steps, *_next(grant)]


def _step(event: "Event", names: dict[str, str]) -> dict[str, Any]:
    state, title, detail = _TOLD[event.name](event.data)
    unnamed = event.actor_kind == "system" or event.data.get("decided_by_kind") == "policy"
    who = "" if unnamed else f", {names.get(event.actor, event.actor)}"
    return {"state": state, "title": f"{title}{who}", "detail": detail, "at": event.at}


def _next(grant: Grant) -> list[dict[str, Any]]:
    """Give what a worker does now, or will."""
    if grant.generation == grant.observed_generation:
        return []
    held_up = grant.handle.waits_for or grant.diagnostics
    if grant.desired == "absent":
        return [
            {"state": "now", "title": "Being taken off the platform", "detail": held_up},
            {"state": "todo", "title": "The refusal, proven as the consumer"},
        ]
    return [
        {"state": "now", "title": "Being brought in step on the platform", "detail": held_up},
        {"state": "todo", "title": "Proven as the consumer"},
    ]
