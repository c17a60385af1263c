"""A change of a contract: what differs, whom it touches, and their answers."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from catalog.actions.changes import release_change, withdraw_change
from catalog.models import ChangeProposal
from catalog.permissions import may_edit_product
from catalog.states import CHANGE, ChangeState
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import actor_of, signed_in
from marketplace.portal.change_answers import answers_for, waits_for
from marketplace.portal.owner_queries import called
from marketplace.portal.pages import attempt, show
from marketplace.portal.product import readable
from marketplace.portal.rows import hue_class
from subscriptions.actions.notices import acknowledge
from subscriptions.models import Acknowledgement, Notice
from subscriptions.permissions import OVERSIGHT
from subscriptions.queries import (
    affected_by,
    my_acknowledgements,
    named,
    not_ready,
    visible_notices,
)

_KINDS: Final = {"ADD": "add", "REMOVE": "remove", "CHANGE": "change"}
_MEANS: Final = {
    "MAJOR": "breaks who reads it",
    "MINOR": "compatible",
    "PATCH": "words only",
}
ANSWERS: Final = {
    "acknowledge": "We are ready",
    "need_time": "We need time",
    "object": "We object",
}


@require_safe
def change(request: HttpRequest, change_id: Any) -> HttpResponse:
    """Show a change to whoever may see its product."""
    actor = actor_of(request)
    found = _visible(actor, change_id)
    return show(request, "portal/change.html", _context(actor, found, request.GET))


@require_POST
def change_answer(request: HttpRequest, change_id: Any) -> HttpResponse:
    """Answer for every consumer that the reader speaks for."""
    actor = signed_in(request)
    notice = _asking(actor, _visible(actor, change_id))
    if notice is None:
        raise NotFound
    answer = request.POST.get("answer", "")
    note = request.POST.get("note", "").replace("\x00", "").strip()[:2000]
    attempt(
        request,
        lambda: acknowledge(actor, notice_id=notice.pk, answer=answer, note=note),
        "Your answer is recorded; the owner sees it.",
    )
    return redirect("change", change_id)


@require_POST
def change_release(request: HttpRequest, change_id: Any) -> HttpResponse:
    """Put a change in force, unless consumers must still be waited for."""
    actor = signed_in(request)
    found = _visible(actor, change_id)
    attempt(
        request,
        lambda: release_change(actor, change_id=found.pk, blocked_by=not_ready(found.pk)),
        f"{found.to_version} is in force. Whom it touches is being told.",
    )
    return redirect("change", change_id)


@require_POST
def change_withdraw(request: HttpRequest, change_id: Any) -> HttpResponse:
    """Say that a change will not come."""
    actor = signed_in(request)
    found = _visible(actor, change_id)
    attempt(
        request,
        lambda: withdraw_change(actor, change_id=found.pk),
        "The change is withdrawn; nothing was altered.",
    )
    return redirect("change", change_id)


def _visible(actor: Actor, change_id: Any) -> ChangeProposal:
    """Give a change; a draft only to those who may edit its product."""
    found = (
        ChangeProposal.objects.select_related(
            "contract__product__domain__owner_team", "contract__product__owner_team", "base"
        )
        .filter(pk=change_id)
        .first()
    )
    if found is None:
        raise NotFound
    readable(actor, found.contract.product.key)
    if found.state == ChangeState.DRAFT and not may_edit_product(actor, found.contract.product):
        raise NotFound
    return found


def _asking(actor: Actor, found: ChangeProposal) -> Notice | None:
    """Give the notice that asks this reader for an answer."""
    rows = visible_notices(actor).filter(change=found, acknowledgements__isnull=False)
    return rows.distinct().order_by("-id").first()


def _context(actor: Actor, found: ChangeProposal, given: QueryDict) -> dict[str, Any]:
    product = found.contract.product
    edits = may_edit_product(actor, product)
    oversees = edits or product.owner_team.slug in actor.teams or actor.holds(*OVERSIGHT)
    notice = _asking(actor, found) if actor.signed_in else None
    own = my_acknowledgements(actor, notice) if notice else Acknowledgement.objects.none()
    mine = list(named(own, "agreement__"))
    told = found.state not in (ChangeState.DRAFT, ChangeState.WITHDRAWN)
    return {
        "found": found,
        "proposed_by": called([found.proposed_by]).get(found.proposed_by, found.proposed_by),
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "crumbs": [
            {"label": "Marketplace", "href": reverse("market")},
            {"label": product.name, "href": reverse("product", args=[product.key])},
            {"label": "Changes", "href": reverse("product", args=[product.key, "changes"])},
        ],
        "differences": [_difference(one) for one in found.differences],
        **answers_for(found, given, mine=None if oversees else own),
        "affected": None if told else affected_by(found.contract.key).count(),
        "oversees": oversees,
        "notice": notice,
        "mine": mine,
        "may_answer": bool(mine) and found.state != ChangeState.WITHDRAWN,
        "choices": ANSWERS,
        "may_release": edits and CHANGE.allows("release", found.state),
        "may_withdraw": edits and CHANGE.allows("withdraw", found.state),
        "waits_for": waits_for(found) if edits and told else {},
        "nav": "change",
    }


def _difference(one: dict[str, Any]) -> dict[str, str]:
    """Shape a difference for components/diff_table.html."""
    return {
        "kind": _KINDS.get(one.get("kind", ""), "change"),
        "name": one.get("column") or one.get("path", ""),
        "detail": one.get("sentence", ""),
        "impact": _MEANS.get(one.get("impact", ""), ""),
    }
