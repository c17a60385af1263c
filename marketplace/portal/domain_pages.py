"""Domains: what each offers, who answers for it, how it keeps its promises, what is asked of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.models import DataProduct, Domain
from catalog.permissions import PUBLISHERS
from catalog.queries import visible_products
from catalog.queries.asks import visible_asks
from catalog.states import Status
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.models import Membership
from marketplace.kernel.web import words
from marketplace.portal.market import near_row
from marketplace.portal.pages import show
from marketplace.portal.queries import Pulse, grade_of, pulses
from marketplace.portal.rows import hue_class, met_words

MOST: Final = 200
_OFFERED: Final = (Status.ACTIVE, Status.DEPRECATED)
_ASKS: Final = 5


@require_safe
def domains(request: HttpRequest) -> HttpResponse:
    """List the domains as a tree, each with what the reader may find in it."""
    actor = signed_in(request)
    counts = dict(
        visible_products(actor)
        .filter(status__in=_OFFERED)
        .values_list("domain")
        .annotate(number=Count("pk"))
        .order_by()
        .values_list("domain", "number")
    )
    rows = list(Domain.objects.select_related("owner_team").order_by("name"))
    context = {"tree": _tree(rows, counts, None), "nav": "domains"}
    return show(request, "portal/domains.html", context)


@require_safe
def domain(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one domain."""
    actor = signed_in(request)
    row = Domain.objects.select_related("owner_team", "parent").filter(slug=slug).first()
    if row is None:
        raise NotFound
    held = visible_products(actor).filter(domain=row, status__in=_OFFERED)
    products = list(held.order_by("-consumers", "name")[:MOST])
    keys = [product.key for product in products]
    measured = pulses(keys)
    known = {key: measured.get(key, Pulse([], [], None)) for key in keys}
    children = Domain.objects.filter(parent=row).order_by("name").values_list("slug", "name")
    context = {
        "domain": row,
        "hue_class": hue_class(row.hue),
        "crumbs": [
            {"label": "Domains", "href": reverse("domains")},
            *([_link(row.parent.slug, row.parent.name)] if row.parent else []),
        ],
        "products": [
            {
                **near_row(one.card),
                "purpose": one.purpose,
                "state": one.status,
                "days": known[one.key].days,
                "met": met_words(known[one.key].days),
                "trend": known[one.key].trend,
                "consumers": one.consumers,
            }
            for one in products
        ],
        "children": [_link(*child) for child in children],
        "people": _people(row),
        "figures": _figures(products, known),
        "asks": list(
            visible_asks(actor)
            .filter(domain=row, state__in=("open", "claimed"))
            .order_by("-votes", "-pk")[:_ASKS]
        ),
        "more": held.count() - len(products) if len(products) == MOST else 0,
        "nav": "domains",
    }
    return show(request, "portal/domain.html", context)


def _link(slug: str, name: str) -> dict[str, str]:
    return {"label": name, "href": reverse("domain", args=[slug])}


def _tree(rows: Sequence[Domain], counts: dict[int, int], parent: int | None) -> list[Any]:
    """Hang domains under their parents."""
    return [
        {
            "row": row,
            "hue_class": hue_class(row.hue),
            "number": counts.get(row.pk, 0),
            "children": _tree(rows, counts, row.pk),
        }
        for row in rows
        if row.parent_id == parent
    ]


def _people(row: Domain) -> list[dict[str, str]]:
    """Give who answers for a domain: the owners in its team, or the whole team without any."""
    held = Membership.objects.filter(team=row.owner_team, user__is_active=True)
    found = [
        {"name": one.user.called, "role": one.role.replace("_", " ")}
        for one in held.select_related("user").order_by("user__display_name", "pk")
    ]
    owners = {role.replace("_", " ") for role in PUBLISHERS}
    return [one for one in found if one["role"] in owners] or found


def _products(number: int) -> str:
    return "1 product" if number == 1 else f"{number} products"


def _figures(products: Sequence[DataProduct], known: Mapping[str, Pulse]) -> list[dict[str, Any]]:
    """Give the domain in figures, each with what it was worked out from."""
    scores = [product.score for product in products if product.score is not None]
    days = [pulse.days for pulse in known.values() if pulse.days]
    measured = [day for line in days for day in line if day != "unknown"]
    kept = Counter(day != "breached" for day in measured)[True]
    medians = sorted(pulse.wait.median_seconds for pulse in known.values() if pulse.wait)
    mean = round(sum(scores) / len(scores)) if scores else None
    return [
        {
            "label": "Products",
            "value": len(products),
            "note": f"{sum(product.consumers for product in products)} consumers in all",
        },
        {
            "label": "DATSIS score",
            "value": f"{mean} ({grade_of(mean)})" if mean is not None else "not known yet",
            "note": f"mean of {_products(len(scores))}" if scores else "no product has a score",
        },
        {
            "label": "Service levels",
            "value": words.percent(kept / len(measured)) if measured else "not known yet",
            "note": f"{kept} of {len(measured)} measured days kept, 30 days, {_products(len(days))}"
            if measured
            else "nothing was measured in 30 days",
        },
        {
            "label": "Answers take",
            "value": words.about(medians[len(medians) // 2]) if medians else "not known yet",
            "note": f"median over {_products(len(medians))}, 180 days"
            if medians
            else "nobody decided in 180 days",
        },
    ]
