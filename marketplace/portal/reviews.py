"""Approvals as a review: the queue on one side, what would happen on the other, and the answer."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import GOVERNANCE, PRIVACY, Actor
from marketplace.kernel.errors import DomainError, NotAllowed, NotFound, SignInFirst
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.answer_clock import clock_of
from marketplace.portal.form_code import as_code, show_code
from marketplace.portal.owner_queries import SHOWN, answered, called, own_pace
from marketplace.portal.pages import REFUSED, attempt, show, words_of
from marketplace.portal.review_facts import reviewed, sees_plan
from subscriptions.actions import requests as acting
from subscriptions.actions.openings import foreseen
from subscriptions.lab import PlatformAway
from subscriptions.models import AccessRequest
from subscriptions.queries import request_or_404, waiting_for
from subscriptions.states import RequestState

DONE: Final = {
    "approve": "Approved.",
    "reject": "Declined; the requester reads your words.",
    "return": "Returned; the requester can change it and send it again.",
    "counter": "Your offer was sent; the requester has to take it.",
}


def reviews_for(actor: Actor) -> bool:
    """Tell whether requests can wait for this reader."""
    owns = any(role in PUBLISHERS for _, role in actor.memberships)
    return owns or actor.holds(PRIVACY, GOVERNANCE)


@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """Show the queue, with its first request open."""
    actor = signed_in(request)
    if not reviews_for(actor):
        raise NotAllowed("Requests are answered by owners of products and by the officers.")
    queue = _queue(actor, done=request.GET.get("show") == "done")
    first = queue["rows"][0]["asked"] if queue["rows"] else None
    return _page(request, actor, first, queue)


@require_safe
def review(request: HttpRequest, request_id: Any) -> HttpResponse:
    """Show one request to its reviewers, and to its own side why others decide."""
    actor = signed_in(request)
    asked = request_or_404(actor, request_id)
    return _page(request, actor, asked, _queue(actor, done=request.GET.get("show") == "done"))


@require_safe
def review_plan(request: HttpRequest, request_id: Any) -> HttpResponse:
    """Show the very statements that an approval would run now; the platform is asked for them."""
    actor = signed_in(request)
    asked = request_or_404(actor, request_id)
    if not sees_plan(actor, asked):
        raise NotAllowed("The statements are shown to those who decide.")
    context: dict[str, Any] = {"asked": asked, "plan": None, "away": "", "nav": "owner"}
    if asked.port.platform is None or not asked.port.provisioned:
        context["away"] = "Access to this port is not given through this marketplace."
    else:
        try:
            context["plan"] = plan = foreseen(asked)
            number = len(plan.statements)
            context["title"] = "1 statement" if number == 1 else f"{number} statements"
        except PlatformAway as away:
            context["away"] = f"{asked.port.platform.name} does not answer now. {away}"
    return show(request, "portal/review_plan.html", context, part="plan")


@require_POST
def review_decide(request: HttpRequest, request_id: Any, decision: str) -> HttpResponse:
    """Answer: approve, decline, return, or offer less. A refusal shows the page with its words."""
    actor = signed_in(request)
    if "code" in request.POST:
        asked = request_or_404(actor, request_id)
        return show_code(
            request, _code(request, asked, decision), reverse("review", args=[asked.pk])
        )
    run = _decision(request, actor, request_id, decision)
    try:
        done = run()
    except (NotFound, SignInFirst):
        raise
    except DomainError as refused:
        asked = request_or_404(actor, request_id)
        queue = _queue(actor, done=False)
        return _page(request, actor, asked, queue, problem=words_of(refused))
    messages.success(request, _said(decision, done))
    return redirect("review", request_id)


@require_POST
def review_comment(request: HttpRequest, request_id: Any) -> HttpResponse:
    """Say a word in the conversation."""
    actor = signed_in(request)
    text = _text(request, "text")
    attempt(request, lambda: acting.comment(actor, request_id=request_id, text=text))
    return redirect("review", request_id)


def _decision(
    request: HttpRequest, actor: Actor, request_id: Any, decision: str
) -> Callable[[], AccessRequest]:
    """Shape what was sent as the one action that it asks for."""
    note, version = _text(request, "note"), _number(request, "version")
    common: dict[str, Any] = {"request_id": request_id, "version": version, "note": note}
    if decision == "approve":
        common |= {name: request.POST.get(name, "") for name in ("digest", "plan")}
        return lambda: acting.approve(actor, **common)
    if decision == "reject":
        return lambda: acting.reject(actor, **common)
    if decision == "return":
        return lambda: acting.return_request(actor, **common)
    if decision == "counter":
        return lambda: acting.counter(actor, **_offer(request), **common)
    raise NotFound


def _offer(request: HttpRequest) -> dict[str, Any]:
    """Give what the form offers: another port with all its columns, or less of the same one."""
    offer: dict[str, Any] = {}
    port, _, version = request.POST.get("port", "").rpartition("@")
    columns, days = request.POST.getlist("columns"), _number(request, "days")
    if port:
        offer |= {"port": port, "port_version": version}
    elif columns != request.POST.getlist("all_columns"):
        offer["columns"] = columns
    if days != _number(request, "asked_days"):
        offer["duration_days"] = days
    return offer


def _code(request: HttpRequest, asked: AccessRequest, decision: str) -> list[dict[str, str]]:
    """Give the calls that the answer's form may make, each with what stands in it."""
    address, note = f"access-requests/{asked.pk}", _text(request, "note")
    if decision == "counter":
        return as_code("POST", f"{address}/counter", {"note": note} | _offer(request))
    yes = {"note": note} | {name: request.POST.get(name, "") for name in ("digest", "plan")}
    calls = ((gettext("Approve"), "approve", yes), (gettext("Return"), "return", {"note": note}),
             (gettext("Decline"), "reject", {"note": note}))  # fmt: skip
    return [
        {"title": f"{label}: curl", "text": as_code("POST", f"{address}/{call}", body)[0]["text"]}
        for label, call, body in calls
    ]


def _said(decision: str, asked: AccessRequest) -> str:
    if decision == "approve" and asked.state == "in_review":
        return "Your yes is recorded; another answer is still needed."
    if decision == "approve":
        return "Approved. A worker grants it now, and it is active once a probe has proven it."
    return DONE[decision]


def _page(
    request: HttpRequest,
    actor: Actor,
    asked: AccessRequest | None,
    queue: dict[str, Any],
    *,
    problem: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {"queue": queue, "nav": "owner", "problem": problem, "asked": None}
    if asked is not None:
        context |= reviewed(actor, asked)
        context["note"] = _text(request, "note") if problem else ""
        context["chosen"] = request.POST.getlist("columns") if problem else None
        context["next"] = _next(queue, asked)
        if asked.state == RequestState.IN_REVIEW:
            context["clock"] = clock_of(asked, timezone.now())
    return show(request, "portal/review.html", context, status=REFUSED if problem else 200)


def _next(queue: dict[str, Any], asked: AccessRequest) -> AccessRequest | None:
    """Give the request that the reader would take up after this one."""
    if queue.get("done", True):
        return None
    rows = [row["asked"] for row in queue["rows"]]
    at = next((place for place, row in enumerate(rows) if row.pk == asked.pk), -1)
    others = rows[at + 1 :] + rows[: max(at, 0)]
    return others[0] if others else None


def _queue(actor: Actor, *, done: bool) -> dict[str, Any]:
    """Give the list beside the review: what waits for this reader, or what was answered."""
    if not reviews_for(actor):
        return {"shown": False, "rows": []}
    waiting = list(waiting_for(actor)[:SHOWN])
    rows = answered(actor) if done else waiting
    names = called(row.requester for row in rows)
    now = timezone.now()
    clocks = {row.pk: clock_of(row, now) for row in waiting}
    return {
        "shown": True,
        "done": done,
        "waiting": len(waiting),
        "late": sum(clock.late for clock in clocks.values()),
        "hours": settings.REVIEW_HOURS,
        "rows": [
            {
                "asked": row,
                "requester": names.get(row.requester, row.requester),
                "consumer": row.snapshot.get("consumer_name") or row.consumer_key,
                "clock": clocks.get(row.pk),
            }
            for row in rows
        ],
        "pace": own_pace(actor),
    }


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - any int4
