"""The page of one product: its head, and seven sections that each have an address."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog.models import DataProduct
from catalog.queries import alike, product_or_404
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound, SignInFirst
from marketplace.kernel.identity.current import actor_of, signed_in
from marketplace.kernel.web import words
from marketplace.kernel.web.fragments import wants_fragment
from marketplace.portal import product_parts as parts
from marketplace.portal.market import near_row
from marketplace.portal.pages import attempt, show
from marketplace.portal.product_connect import connect
from marketplace.portal.product_quality import quality, span_of, trouble
from marketplace.portal.product_queries import follows, profiles
from marketplace.portal.product_schema import schema
from marketplace.portal.queries import Pulse, grade_of, my_side, port_standings, pulses
from marketplace.portal.rows import hue_class, met_words
from subscriptions.actions.follows import follow as follow_product
from subscriptions.actions.follows import unfollow as unfollow_product
from subscriptions.funnel import marks

SECTIONS: Final[dict[str, tuple[str, Callable[[parts.Reading], dict[str, Any]]]]] = {
    "overview": ("Overview", parts.overview),
    "schema": ("Schema & sample", schema),
    "lineage": ("Lineage", parts.lineage),
    "quality": ("Quality", quality),
    "connect": ("Connect", connect),
    "access": ("Access & terms", parts.access),
    "changes": ("Changes", parts.changes),
}
_FRESHNESS: Final = ("latency", "freshness", "ly", "frequency", "fy")


@require_safe
def product(request: HttpRequest, key: str, tab: str = "overview") -> HttpResponse:
    """Show a product, or one of its sections in place; a wrong key, with what reads like it."""
    if tab not in SECTIONS:
        raise NotFound
    actor = actor_of(request)
    try:
        found = readable(actor, key)
    except NotFound as refused:
        near = [near_row(one.card, one.missing) for one in alike(actor, key)]
        wrong = {"problem": refused, "near": near}
        return show(request, "errors/problem.html", wrong, status=refused.status)
    reading = parts.read(actor, found, request.GET, span_of(request))
    _, fill = SECTIONS[tab]
    context = {
        "product": found,
        "hue_class": hue_class(found.domain.hue),
        "tab": tab,
        "tabs": _tabs(found),
        "section": f"portal/product_{tab}.html",
        "nav": "market",
        **fill(reading),
    }
    if not wants_fragment(request, "tabregion"):
        context |= _head(reading)
        marks.viewed(actor, found.pk)
    return show(request, "portal/product.html", context, part="tabregion")


@require_POST
def follow(request: HttpRequest, key: str) -> HttpResponse:
    """Hear of a product from now on."""
    actor = signed_in(request)
    attempt(
        request,
        lambda: follow_product(actor, key=key),
        "You will hear of its changes.",
        undo=reverse("unfollow", args=[key]),
    )
    return redirect("product", key)


@require_POST
def unfollow(request: HttpRequest, key: str) -> HttpResponse:
    """Hear of it no more, but for what is mandatory."""
    actor = signed_in(request)
    attempt(
        request,
        lambda: unfollow_product(actor, key=key),
        "You will not hear of it any more, but for what is mandatory.",
        undo=reverse("follow", args=[key]),
    )
    return redirect("product", key)


def readable(actor: Actor, key: str) -> DataProduct:
    """Give a product that the reader may see, or held access to; who is not signed in signs in."""
    try:
        return product_or_404(actor, key)
    except NotFound:
        if not actor.signed_in:
            raise SignInFirst from None
        if not my_side(actor).filter(port__product__key=key).exists():
            raise
    return product_or_404(actor, key, also=[key])


def _tabs(found: DataProduct) -> list[dict[str, Any]]:
    return [
        {
            "key": name,
            "label": label,
            "href": reverse("product", args=[found.key, *([] if name == "overview" else [name])]),
            "lineage": name == "lineage",
        }
        for name, (label, _) in SECTIONS.items()
    ]


def _head(reading: parts.Reading) -> dict[str, Any]:
    """Give what stands above the sections, whichever is open."""
    actor, found = reading.actor, reading.product
    standing = port_standings(actor, found) if reading.standings is None else reading.standings
    open_agreement = next((s for s in standing.values() if s.state == "granted"), None)
    waiting = next((s for s in standing.values() if s.state == "pending"), None)
    pulse = pulses([found.key])[found.key]
    return {
        "grade": grade_of(found.score),
        "crumbs": [
            {"label": "Marketplace", "href": reverse("market")},
            {
                "label": found.domain.name,
                "href": f"{reverse('market')}?domain={found.domain.slug}",
            },
        ],
        "following": follows(actor, found),
        "signed_in": actor.signed_in,
        "granted": open_agreement,
        "waiting": waiting,
        "wait": pulse.wait,
        "trouble": trouble(found),
        "vitals": _vitals(reading, pulse),
        "can_ask": found.status in ("active", "deprecated"),
    }


def _vitals(reading: parts.Reading, pulse: Pulse) -> list[dict[str, Any]]:
    """Give the figures of a product, each with its basis; what is not known says so."""
    found = reading.product
    days, trend = pulse.days, pulse.trend
    held = "team with proven access" if found.consumers == 1 else "teams with proven access"
    return [
        _freshness(found),
        {
            "label": "Service levels, 30 days",
            "value": met_words(days) or "Not measured yet",
            "days": days,
        },
        {
            "label": "Consumers",
            "value": words.number(found.consumers),
            "note": f"{held}; the curve counts queries per day" if trend else held,
            "trend": trend,
        },
        _rows(reading),
    ]


def _rows(reading: parts.Reading) -> dict[str, Any]:
    """Count the largest port; a profile that stopped at its limit says that there may be more."""
    taken = profiles(reading.ports).values()
    sampled = [
        max((int(facts.get("sampled") or 0) for facts in one.columns.values()), default=0)
        if one.rows is None
        else one.rows
        for one in taken
    ]
    if not sampled:
        return {"label": "Rows", "value": "Not counted yet"}
    counted = words.number(max(sampled))
    more = any(one.rows is None for one in taken)
    value = f"{counted} or more" if more else counted
    return {"label": "Rows", "value": value, "note": "in the largest port"}


def _freshness(found: DataProduct) -> dict[str, Any]:
    promised = next((one for one in found.service_levels.all() if one.property in _FRESHNESS), None)
    note = f"objective {promised.objective} {promised.unit}".strip() if promised else ""
    if found.refreshed_at is None:
        return {"label": "Freshness", "value": "Not measured yet", "note": note}
    return {
        "label": "Freshness",
        "value": words.about(timezone.now() - found.refreshed_at),
        "note": note,
    }
