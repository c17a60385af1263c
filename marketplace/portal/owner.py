"""The owner's console: what to do next, and who reads what one offers."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import DataProduct
from catalog.permissions import may_edit_product
from catalog.queries import product_or_404
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.owner_queries import (
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
from marketplace.portal.pages import show
from marketplace.portal.queries import grade_of
from marketplace.portal.reviews import reviews_for
from marketplace.portal.rows import hue_class
from subscriptions.actions.orders import orders_for
from subscriptions.permissions import OVERSIGHT, owns
from subscriptions.queries import waiting_for
from subscriptions.states import LIVE_AGREEMENT, AgreementState

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
