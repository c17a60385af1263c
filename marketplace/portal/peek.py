"""A look at a product without leaving the list: what one row means, its ports, its columns."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from marketplace.kernel.identity.current import actor_of
from marketplace.kernel.web.fragments import drawer_frame
from marketplace.portal import product_parts as parts
from marketplace.portal.foretell import badges
from marketplace.portal.pages import show
from marketplace.portal.product import readable
from marketplace.portal.product_queries import columns_by_port
from marketplace.portal.queries import grade_of
from marketplace.portal.rows import hue_class
from subscriptions.funnel import marks

_COLUMNS = 12


@require_safe
def peek(request: HttpRequest, key: str) -> HttpResponse:
    """Show the least that says whether it is worth opening."""
    actor = actor_of(request)
    found = readable(actor, key)
    reading = parts.read(actor, found, {})
    held = columns_by_port(reading.ports)
    seen = badges(actor, found, reading.ports, held, reading.standings)
    first = reading.ports[0] if reading.ports else None
    columns = held[first.pk] if first else []
    marks.viewed(actor, found.pk)
    context = {
        "product": found,
        "facts": found.facts,
        "ports": [(port, seen[port.pk]) for port in reading.ports],
        "port": first,
        "columns": columns[:_COLUMNS],
        "further": max(0, len(columns) - _COLUMNS),
        "grade": grade_of(found.score),
        "hue_class": hue_class(found.domain.hue),
        "frame": drawer_frame(request),
        "eyebrow": found.domain.name,
        "title": found.name,
        "close": reverse("product", args=[key]),
        "nav": "market",
    }
    return show(request, "portal/peek.html", context)
