"""Answer what was picked in the queue: the result says for each request what became of it."""

from typing import Any, get_args
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.owner_queries import called
from marketplace.portal.pages import show, words_of
from subscriptions.actions.deciding import MOST, Answered, Decision, Pick, decide_each
from subscriptions.models import AccessRequest
from subscriptions.queries import visible_requests, waiting_for

_VERBS = {"approve": "Approve", "reject": "Decline"}


@require_POST
def review_bulk(request: HttpRequest, decision: Decision) -> HttpResponse:
    """Approve or decline every request that was picked, each for itself."""
    actor = signed_in(request)
    if decision not in get_args(Decision):
        raise NotFound
    picks = _picks(request)
    note = request.POST.get("note", "").replace("\x00", "").strip()
    answered = decide_each(actor, picks, decision=decision, note=note)
    asked = visible_requests(actor).in_bulk([pick.request_id for pick in picks])
    names = called(row.requester for row in asked.values())
    context = {
        "verb": _VERBS[decision],
        "lines": [_line(one, asked.get(one.request_id), names) for one in answered],
        "done": sum(one.done for one in answered),
        "note": note,
        "left": waiting_for(actor).count(),
        "nav": "owner",
    }
    return show(request, "portal/review_bulk.html", context)


def _picks(request: HttpRequest) -> list[Pick]:
    """Read the boxes that were ticked, with the version that each request had on the page."""
    found = []
    for text in dict.fromkeys(request.POST.getlist("pick")):
        try:
            key = UUID(text)
        except ValueError:
            raise NotFound from None
        version = request.POST.get(f"version-{key}", "")
        found.append(Pick(key, int(version) if version.isdecimal() and len(version) < 10 else None))  # noqa: PLR2004 - any int4
    return found[:MOST]


def _line(one: Answered, asked: AccessRequest | None, names: dict[str, str]) -> dict[str, Any]:
    """Give one line of the result; a request that is hidden has no words but the refusal's."""
    state = one.request.state if one.request else ""
    if one.refused:
        outcome = words_of(one.refused)
    elif state == "in_review":
        outcome = "Your yes is recorded; another answer is still needed."
    elif state == "approved":
        outcome = "Approved. It is active once a probe has proven it."
    else:
        outcome = "Declined; the requester reads your words."
    return {
        "asked": asked,
        "requester": names.get(asked.requester, asked.requester) if asked else "",
        "consumer": (asked.snapshot.get("consumer_name") or asked.consumer_key) if asked else "",
        "done": one.done,
        "outcome": outcome,
    }
