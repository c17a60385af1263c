"""The owner's console: what to do next, and who reads what one offers."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog.models import DataProduct
from catalog.permissions import may_edit_product
from catalog.queries import product_or_404
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.form_code import as_code, show_code
from marketplace.portal.owner_queries import (
    agreements_on,
    asking,
    asks_for,
    called,
    changes_in_progress,
    ending_soon,
    owned_products,
    strips_of,
    use_of,
)
from marketplace.portal.owner_tasks import FIRST, first_tasks
from marketplace.portal.owner_value import value_of
from marketplace.portal.pages import attempt, show
from marketplace.portal.queries import grade_of
from marketplace.portal.reviews import reviews_for
from marketplace.portal.rows import hue_class
from subscriptions.actions import agreements as acting
from subscriptions.actions import owners_words
from subscriptions.actions.orders import orders_for
from subscriptions.models import AccessAgreement
from subscriptions.permissions import OVERSIGHT, may_message, may_revoke, owns
from subscriptions.queries import agreement_or_404, names_of, waiting_for
from subscriptions.states import AGREEMENT, LIVE_AGREEMENT, AgreementState

_NEXT: Final = 5
_ENDED_SHOWN: Final = 50
_HELD: Final = (*LIVE_AGREEMENT, AgreementState.FAILED)


@require_safe
def owner(request: HttpRequest) -> HttpResponse:
    """Show what an owner has: products, requests, changes, consumers, ends."""
    actor = signed_in(request)
    if not reviews_for(actor):
        raise NotAllowed("This is the console of those who own products or answer requests.")
    now = timezone.now()
    products = list(owned_products(actor))
    keys = [product.pk for product in products]
    use = use_of(keys, now.date())
    waits = list(waiting_for(actor)[:_NEXT])
    names = called(row.requester for row in waits)
    open_requests = asking(keys)
    strips = strips_of(keys, now.date())
    lines = [
        _line(actor, one, open_requests, use.by_product) | {"days": strips.get(one.pk)}
        for one in products
    ]
    changes = changes_in_progress(keys)
    tasks = first_tasks(
        products=products,
        waiting=waits,
        changes=changes,
        fixes=[line for line in lines if line["fix"]],
        orders=[one for one in orders_for(actor) if one.open],
        now=now,
    )
    context = {
        "products": lines,
        "tasks": tasks[:FIRST],
        "number": len(tasks),
        "waiting": [
            {"asked": row, "requester": names.get(row.requester, row.requester)} for row in waits
        ],
        "changes": changes,
        "ending": ending_soon(keys),
        "wanted": asks_for(products),
        "value": value_of(actor, keys, use, now) if products else [],
        "nav": "owner",
    }
    return show(request, "portal/owner.html", context)


@require_safe
def consumers(request: HttpRequest, key: str) -> HttpResponse:
    """Show every agreement on a product: state, proof, use; and the ways to end it."""
    actor = signed_in(request)
    product = owned(actor, key)
    rows = list(agreements_on(actor, product))
    held = [row for row in rows if row.state in _HELD]
    ended = [row for row in rows if row.state not in _HELD][:_ENDED_SHOWN]
    use = use_of([product.pk], timezone.now().date())
    proven = {(r.consumer_kind, r.consumer_key) for r in held if r.state == AgreementState.ACTIVE}
    context = {
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "crumbs": crumbs(product, "Consumers"),
        "held": [_agreement(actor, row) for row in held],
        "ended": ended,
        "proven": len(proven),
        "use": use,
        "may_edit": may_edit_product(actor, product),
        "may_message": may_message(actor, product),
        "ports": sorted({row.port.name for row in held}),
        "here": "consumers",
        "nav": "owner",
    }
    return show(request, "portal/owner_consumers.html", context)


@require_POST
def agreement_move(request: HttpRequest, agreement_id: Any, move: str) -> HttpResponse:
    """Revoke, suspend or resume an agreement."""
    actor = signed_in(request)
    row = agreement_or_404(actor, agreement_id)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    names = names_of([(row.consumer_kind, row.consumer_key)])
    called = names.get((row.consumer_kind, row.consumer_key), row.consumer_key)
    who = f"{called} on {row.port.name}"
    grace = request.POST.get("grace", "")
    if "code" in request.POST and move in ("revoke", "suspend"):
        body = {"reason": reason} | ({"grace_days": int(grace)} if grace.isdecimal() else {})
        code = as_code("POST", f"access-agreements/{row.pk}/{move}", body)
        return show_code(request, code, reverse("consumers", args=[row.port.product.key]))
    if move == "revoke" and grace.isdecimal() and len(grace) < 5:  # noqa: PLR2004 - days
        attempt(
            request,
            lambda: owners_words.revoke_later(
                actor, agreement_id=row.pk, reason=reason, days=int(grace)
            ),
            f"The access of {who} ends in {grace} days; its people are told now.",
        )
    elif move == "revoke":
        attempt(
            request,
            lambda: acting.revoke(actor, agreement_id=row.pk, reason=reason),
            f"The access of {who} is being taken away; it counts as revoked once that is proven.",
        )
    elif move == "suspend":
        attempt(
            request,
            lambda: acting.suspend(actor, agreement_id=row.pk, reason=reason),
            f"The access of {who} is suspended; a worker takes it away now.",
            undo=reverse("agreement_move", args=[row.pk, "resume"]),
        )
    elif move == "resume":
        attempt(
            request,
            lambda: acting.resume(actor, agreement_id=row.pk),
            f"The access of {who} is being given again.",
        )
    else:
        raise NotFound
    return redirect("consumers", row.port.product.key)


@require_POST
def message(request: HttpRequest, key: str) -> HttpResponse:
    """Write to the consumers of a product, or of the ports that were picked."""
    actor = signed_in(request)
    sent = {
        name: request.POST.get(name, "").replace("\x00", "").strip() for name in ("title", "text")
    }
    ports = request.POST.getlist("ports")
    if "code" in request.POST:
        code = as_code("POST", f"products/{key}/messages", {**sent, "ports": ports})
        return show_code(request, code, reverse("consumers", args=[key]))
    attempt(
        request,
        lambda: owners_words.message_consumers(actor, key=key, ports=ports, **sent),
        "Your words are on their way: to each inbox, and by mail to those who want it.",
    )
    return redirect("consumers", key)


def owned(actor: Actor, key: str) -> DataProduct:
    """Give a product that the reader answers for or oversees.

    One that is hidden is not found; one that is merely somebody else's is not allowed.
    """
    product = product_or_404(actor, key)
    if not (owns(actor, product) or actor.holds(*OVERSIGHT)):
        raise NotAllowed("This is for the owners of the product.")
    return product


def crumbs(product: DataProduct, here: str) -> list[dict[str, str]]:
    """Give the way from the console to a page of one product."""
    return [
        {"label": "Owner console", "href": reverse("owner")},
        {"label": product.name, "href": reverse("product", args=[product.key])},
        {"label": here, "href": ""},
    ]


def _line(
    actor: Actor, product: DataProduct, asked: dict[int, int], queries: dict[int, int]
) -> dict[str, Any]:
    """Give one product of the console, with its next best fix in points of the total."""
    score = getattr(product, "datsis", None)
    fix: dict[str, Any] = (score.best_fix if score else None) or {}
    return {
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "grade": grade_of(product.score),
        "fix": fix.get("fix", ""),
        "points": fix.get("gain", 0) / 100,
        # A fix that points into a descriptor is made there; one that speaks of grants is not.
        "fix_in_text": bool(fix)
        and str(fix["pointer"]).startswith(("DataProduct", "DataContract")),
        "asked": asked.get(product.pk, 0),
        "queries": queries.get(product.pk, 0),
        "may_edit": may_edit_product(actor, product),
    }


def _agreement(actor: Actor, row: AccessAgreement) -> dict[str, Any]:
    """Give one agreement with its evidence and what this reader may do to it."""
    may = may_revoke(actor, row)
    grant = row.grant
    return {
        "agreement": row,
        "code_place": f"code-{row.pk}",
        "grant": grant,
        "level": grant.evidence.get("level", "") if grant.evidence else "",
        "trouble": grant.diagnostics or grant.handle.waits_for,
        "may_revoke": may and AGREEMENT.allows("end", row.state),
        "may_suspend": may and AGREEMENT.allows("suspend", row.state),
        "may_resume": may and AGREEMENT.allows("resume", row.state),
    }
