"""One access agreement, live: the plan, each step, the probes, the evidence, and what to do."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.queries import events_about
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web import states
from marketplace.portal.agreement_story import told
from marketplace.portal.handed import read_as
from marketplace.portal.order_pages import order_waiting
from marketplace.portal.owner_queries import called
from marketplace.portal.pages import attempt, show
from marketplace.portal.request_proof import proof_of, unproven
from marketplace.portal.rows import hue_class
from subscriptions import consumers
from subscriptions.actions import agreements as acting
from subscriptions.actions.parked import abandon
from subscriptions.actions.reopening import send_back
from subscriptions.actions.requests import PURPOSES
from subscriptions.actions.verifying import verify
from subscriptions.models import AccessAgreement, Grant
from subscriptions.permissions import may_abandon_removal, may_check_grant, may_revoke
from subscriptions.queries import agreement_or_404, drift_of
from subscriptions.states import AGREEMENT, AgreementState, GrantState

_MOVING: Final = (AgreementState.PENDING, AgreementState.ENDING)
_SHOWN: Final = 200


@require_safe
def agreement(request: HttpRequest, agreement_id: Any) -> HttpResponse:
    """Show an agreement to both its sides and to oversight."""
    actor = signed_in(request)
    row = agreement_or_404(actor, agreement_id)
    context = _context(actor, row) | {"nav": "access"}
    return show(request, "portal/agreement.html", context, part="live")


@require_POST
def grant_move(request: HttpRequest, agreement_id: Any, move: str) -> HttpResponse:
    """Try again, send back for a change, give up, suspend, resume or revoke."""
    actor = signed_in(request)
    row = agreement_or_404(actor, agreement_id)
    words = request.POST.get("words", "").replace("\x00", "").strip()
    grant_id = row.grant.pk
    if move == "retry":
        attempt(request, lambda: verify(actor, grant_id=grant_id), "A worker tries it anew now.")
    elif move == "change":
        attempt(
            request,
            lambda: send_back(actor, grant_id=grant_id, note=words),
            "Sent back; the asking side can change it and ask again.",
        )
    elif move == "abandon":
        attempt(request, lambda: abandon(actor, grant_id=grant_id, reason=words), "Given up.")
    elif move == "suspend":
        attempt(
            request,
            lambda: acting.suspend(actor, agreement_id=row.pk, reason=words),
            "It is being held back; the refusal is proven next.",
        )
    elif move == "resume":
        attempt(
            request,
            lambda: acting.resume(actor, agreement_id=row.pk),
            "It is being given again; it is active when it was proven.",
        )
    elif move == "revoke":
        attempt(
            request,
            lambda: acting.revoke(actor, agreement_id=row.pk, reason=words),
            "It is being taken away; it counts as revoked when the refusal was proven.",
        )
    else:
        raise NotFound
    return redirect("agreement", agreement_id)


def _context(actor: Actor, row: AccessAgreement) -> dict[str, Any]:
    grant = row.grant
    consumer = consumers.remembered(row.consumer_kind, row.consumer_key)
    events = list(events_about(f"agreement/{row.pk}", f"request/{row.request_id}")[:_SHOWN])
    names = called([row.requester, *(event.actor for event in events)])
    moving = row.state in _MOVING or grant.generation != grant.observed_generation
    return {
        "agreement": row,
        "product": row.port.product,
        "consumer": consumer,
        "hue_class": hue_class(row.port.product.domain.hue),
        "purpose": PURPOSES.get(row.purpose, row.purpose),
        "requester": names.get(row.requester, row.requester),
        "grant": grant,
        "handle": grant.handle,
        "read_as": read_as(row.port, row.port.relation),
        "level": grant.evidence.get("level", "") if grant.evidence else "",
        "unproven": unproven(grant),
        "reported": _reported(grant),
        "proof": proof_of(grant),
        "drift": drift_of(grant) if grant.state == GrantState.DRIFTED else "",
        "steps": told(events, names, grant),
        "trouble": _trouble(actor, row),
        "order": order_waiting(actor, row, "agreement", row.pk),
        "may_check": may_check_grant(actor, row, consumer),
        "may_revoke": may_revoke(actor, row),
        "may": {move: AGREEMENT.allows(move, row.state) for move in ("suspend", "resume", "end")},
        "over": timezone.now() >= row.end_at,
        "every": 2 if moving else 0,
        "say": states.look("agreement", row.state).label,
    }


def _reported(grant: Grant) -> dict[str, Any] | None:
    """Who answers for a removal that nobody could prove."""
    if not grant.evidence or "reported_by" not in grant.evidence:
        return None
    return {
        "by": grant.evidence["reported_by"],
        "reason": grant.evidence["reported_reason"],
    }


def _trouble(actor: Actor, row: AccessAgreement) -> dict[str, Any] | None:
    """Say what waits for a person, why, and which of the three ways out the reader has."""
    grant = row.grant
    if not (grant.needs_human or grant.revoke_unverified):
        return None
    removal = grant.revoke_unverified
    decides = may_revoke(actor, row)
    return {
        "state": "revoke_unverified" if removal else "needs_human",
        "why": grant.diagnostics or grant.handle.waits_for,
        "attempts": grant.attempts,
        "next_at": grant.handle.next_at,
        "removal": removal,
        "may_change": decides and not removal,
        "may_abandon": may_abandon_removal(actor) if removal else decides,
    }
