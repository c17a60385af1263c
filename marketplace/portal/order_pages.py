"""Orders to platforms that people change: what is open, and buttons to say what became of it."""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import OPERATOR, Actor
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.form_code import as_code, as_command, show_code
from marketplace.portal.pages import attempt, show
from subscriptions.actions.orders import Order, answer_order, open_order, orders_for
from subscriptions.models import AccessAgreement
from subscriptions.permissions import may_answer_order

_SAID: Final = {
    "done": "Noted as done; a worker reads it back now.",
    "failed": "Noted as failed; the access waits for a person.",
    "refused": "Noted as refused; the access waits for a person.",
    "cancelled": "Noted as cancelled; the access waits for a person.",
}
# Refused and failed ones still hold an access up, so they can be answered anew.
_TABS: Final = {
    "waiting": ("",),
    "done": ("done",),
    "refused": ("refused", "failed", "cancelled"),
}
_PAGES: Final = {"request": "request_page", "agreement": "agreement"}


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """Show the newest order of each handle, to owners and operators."""
    actor = signed_in(request)
    if not actor.holds(OPERATOR) and not any(r in PUBLISHERS for _, r in actor.memberships):
        raise NotAllowed("This is for owners and operators.")
    platform, shown = request.GET.get("platform", ""), request.GET.get("show", "waiting")
    if shown not in _TABS:
        raise NotFound
    found = orders_for(actor, platform=platform)
    by_tab = {tab: [one for one in found if one.outcome in _TABS[tab]] for tab in _TABS}
    context = {
        "tabs": [
            {"key": tab, "number": len(by_tab[tab]), "href": _address(tab, platform)}
            for tab in _TABS
        ],
        "shown": shown,
        "rows": [_row(actor, one) for one in by_tab[shown]],
        "platform": platform,
        "nav": "governance" if actor.holds(OPERATOR) else "owner",
    }
    return show(request, "portal/orders.html", context)


def _address(tab: str, platform: str) -> str:
    given = {"show": tab} | ({"platform": platform} if platform else {})
    return f"{reverse('orders')}?{urlencode(given)}"


def order_waiting(
    actor: Actor, agreement: AccessAgreement, page: str, page_id: Any
) -> dict[str, Any] | None:
    """Give the order that an access waits for, to who may answer it; `back` names the page."""
    handle = agreement.grant.handle
    handle.port = agreement.port  # the same row, which is read already
    order = open_order(handle)
    if order is None or not may_answer_order(actor, order.handle.port.product):
        return None
    return _row(actor, order) | {"back": f"{page}:{page_id}"}


def _row(actor: Actor, order: Order) -> dict[str, Any]:
    return {"order": order, "may": may_answer_order(actor, order.handle.port.product), "back": ""}


@require_POST
def order_answer(request: HttpRequest, handle: str, outcome: str) -> HttpResponse:
    """Take what a person says of an order."""
    actor = signed_in(request)
    if outcome not in _SAID:
        raise NotFound
    text = request.POST.get("generation", "")
    generation = int(text) if text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004 - a number
    words = request.POST.get("words", "").replace("\x00", "").strip()[:1000]
    if "code" in request.POST:
        body = {"generation": generation, "outcome": outcome, "words": words}
        given = ["--generation", str(generation), "--person", actor.subject, "--words", words]
        code = as_code("POST", f"orders/{handle}/answer", body)
        command = as_command("orders", outcome, handle, *given)
        return show_code(request, [*code, command], reverse("orders"))
    facts = {"handle": handle, "generation": generation, "outcome": outcome, "words": words}
    attempt(request, lambda: answer_order(actor, **facts), _SAID[outcome])  # type: ignore[arg-type]
    return _back(request.POST.get("back", ""))


def _back(wanted: str) -> HttpResponse:
    """Go back to the page that the buttons stood on."""
    page, _, text = wanted.partition(":")
    try:
        return redirect(_PAGES[page], UUID(text))
    except (KeyError, ValueError):
        return redirect("orders")
