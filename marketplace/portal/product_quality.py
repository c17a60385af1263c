"""A product's quality: promises with their days, what checks measured, and incidents."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from catalog.actions import incidents as acting
from catalog.models import DataProduct, Incident
from catalog.permissions import may_tell_incident
from catalog.queries.incidents import incident_or_404, incidents_of
from catalog.queries.quality import (
    Breach,
    breaches_of,
    checks_of,
    met_days,
    objectives_of,
    strip_of,
)
from catalog.states import INCIDENT, Severity
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.form_code import as_code, show_code
from marketplace.portal.pages import attempt
from marketplace.portal.product_parts import Reading
from marketplace.portal.rows import met_words

SPANS: Final = (30, 90)


def quality(reading: Reading) -> dict[str, Any]:
    """Give promises, the days they were kept, incidents, and each check with what it measured."""
    product, days = reading.product, reading.days
    windows = met_days(product, days)
    strip = strip_of(windows, days, now().date())
    incidents = incidents_of(product)
    tells = may_tell_incident(reading.actor, product)
    return {
        "spans": [
            {
                "label": f"{span} days",
                "href": f"{reverse('product', args=[product.key, 'quality'])}?days={span}",
                "on": span == days,
            }
            for span in SPANS
        ],
        "days": days,
        "levels": objectives_of(product, now().date(), days),
        "windows": windows,
        "strip": strip,
        "strip_width": 150 if days == SPANS[0] else 300,
        "met": met_words(strip),
        "breaches": [_breach(one) for one in breaches_of(product, days)],
        "checks": checks_of(product, days),
        "incidents": [_incident(one, tells=tells) for one in incidents],
        "incident_open": any(one.state != "resolved" for one in incidents),
        "tells": tells,
        "severities": Severity.choices,
        "port_names": sorted({port.name for port in reading.ports}),
    }


def span_of(request: HttpRequest) -> int:
    """Give how many days are looked back on: 30, or 90 when asked for."""
    return SPANS[1] if request.GET.get("days") == str(SPANS[1]) else SPANS[0]


@require_POST
def incident_open(request: HttpRequest, key: str) -> HttpResponse:
    """Say that a product is in trouble."""
    actor, given = signed_in(request), request.POST
    if "code" in given:
        said = {name: given.get(name, "") for name in ("title", "severity", "text")}
        body = said | {"ports": given.getlist("ports")}
        code = as_code("POST", f"products/{key}/incidents", body)
        return show_code(request, code, reverse("product", args=[key, "quality"]))
    attempt(
        request,
        lambda: acting.open_incident(
            actor,
            key=key,
            title=given.get("title", ""),
            severity=given.get("severity", ""),
            text=given.get("text", ""),
            ports=given.getlist("ports"),
        ),
        "Consumers of these ports and followers are being told.",
    )
    return redirect("product", key, "quality")


@require_POST
def incident_move(request: HttpRequest, incident_id: Any, move: str) -> HttpResponse:
    """Say how an incident goes on, or that it is over."""
    actor, given = signed_in(request), request.POST
    incident = incident_or_404(actor, incident_id)
    if "code" in given:
        back = reverse("product", args=[incident.product.key, "quality"])
        return show_code(request, _move_code(given, incident), back)
    if move == "update":
        attempt(
            request,
            lambda: acting.update_incident(
                actor,
                incident_id=incident_id,
                text=given.get("text", ""),
                state=given.get("state", ""),
            ),
            "Those who were told of it hear this, too.",
        )
    elif move == "resolve":
        attempt(
            request,
            lambda: acting.resolve_incident(
                actor,
                incident_id=incident_id,
                text=given.get("text", ""),
                cause=given.get("cause", ""),
            ),
            "It is over, and those who were told of it hear that.",
        )
    else:
        raise NotFound
    return redirect("product", incident.product.key, "quality")


def _move_code(given: QueryDict, incident: Incident) -> list[dict[str, str]]:
    """Give both calls that the form of an incident may make."""
    address = f"incidents/{incident.pk}"
    more = as_code(
        "POST",
        f"{address}/update",
        {"text": given.get("text", ""), "state": given.get("state", "")},
    )
    over = as_code(
        "POST",
        f"{address}/resolve",
        {"text": given.get("text", ""), "cause": given.get("cause", "")},
    )
    return [
        {"title": gettext("Go on: %(how)s") % {"how": more[0]["title"]}, "text": more[0]["text"]},
        {
            "title": gettext("It is over: %(how)s") % {"how": over[0]["title"]},
            "text": over[0]["text"],
        },
    ]


def trouble(product: DataProduct) -> Incident | None:
    """Give the worst incident that is not over: what every section shows above itself."""
    order = list(Severity.values)
    rows = list(product.incidents.exclude(state="resolved"))
    return max(rows, key=lambda one: (order.index(one.severity), one.started_at), default=None)


def _breach(one: Breach) -> dict[str, Any]:
    return {"told": one, "lasted": (one.row.mended_at or now()) - one.row.since}


def _incident(one: Incident, *, tells: bool) -> dict[str, Any]:
    return {
        "row": one,
        "updates": list(one.updates.all()),
        "lasted": (one.resolved_at or now()) - one.started_at,
        "may_move": tells and INCIDENT.allows("resolve", one.state),
        "other": "monitoring" if one.state == "open" else "open",
    }
