"""Orders to platforms that people change: what is open, and buttons to say what became of it."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import OPERATOR
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.pages import attempt, show
from subscriptions.actions.orders import answer_order, orders_for
from subscriptions.permissions import may_answer_order

_SAID: Final = {
    "done": "Noted as done; a worker reads it back now.",
    "failed": "Noted as failed; the access waits for a person.",
    "refused": "Noted as refused; the access waits for a person.",
    "cancelled": "Noted as cancelled; the access waits for a person.",
}


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Show the newest order of each handle, to owners and operators."""
    actor = signed_in(request)
    if not actor.holds(OPERATOR) and not any(r in PUBLISHERS for _, r in actor.memberships):
        raise NotAllowed("This is for owners and operators.")
    rows = [
        {"order": one, "may": may_answer_order(actor, one.handle.port.product)}
        for one in orders_for(actor, platform=request.GET.get("platform", ""))
    ]
    context = {
        "open": [row for row in rows if row["order"].outcome != "done"],  # type: ignore[attr-defined]
        "done": [row for row in rows if row["order"].outcome == "done"],  # type: ignore[attr-defined]
        "nav": "governance" if actor.holds(OPERATOR) else "owner",
    }
    return show(request, "portal/orders.html", context)


@require_POST
def order_answer(request: HttpRequest, handle: str, outcome: str) -> HttpResponse:
    """Take what a person says of an order."""
    actor = signed_in(request)
    if outcome not in _SAID:
        raise NotFound
    text = request.POST.get("generation", "")
    generation = int(text) if text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004 - a number
    words = request.POST.get("words", "").replace("\x00", "").strip()[:1000]
    facts = {"handle": handle, "generation": generation, "outcome": outcome, "words": words}
    attempt(request, lambda: answer_order(actor, **facts), _SAID[outcome])  # type: ignore[arg-type]
    return redirect("orders")
