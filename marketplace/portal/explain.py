"""Why do I, or does somebody, have access to a port: the chain from the person to the proof."""

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from catalog.models import OutputPort
from catalog.queries import ports_of
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.pages import REFUSED, show
from marketplace.portal.product import readable
from marketplace.portal.rows import hue_class
from subscriptions.actions.explaining import Explanation, explain, explainable
from subscriptions.actions.requests import PURPOSES

TONES: Final = {"yes": "ok", "coming": "now", "unproven": "warn", "no": "bad"}
_TITLES: Final = {
    "person": "Account",
    "teams": "Teams",
    "ownership": "Ownership",
    "visibility": "Publication",
    "agreement": "Agreement",
    "request": "Request",
    "time": "Time",
    "suspension": "Suspension",
    "grant": "On the platform",
    "evidence": "Proof",
    "policy": "Asking now",
}
LABELS: Final = {
    "yes": gettext_noop("Yes"),
    "coming": "Not yet",
    "unproven": "Not proven",
    "no": gettext_noop("No"),
}


@require_safe
def why(request: HttpRequest, key: str) -> HttpResponse:
    """Explain one person's access to one port; about others only for owners and oversight."""
    actor = signed_in(request)
    product = readable(actor, key)
    ports = ports_of(product.pk)
    name, _, version = request.GET.get("port", "").partition("@")
    port = next((one for one in ports if not name or one.name == name), None)
    if port is None:
        raise NotFound
    others = explainable(actor, product)
    person = request.GET.get("person", "").replace("\x00", "").strip()[:150] or actor.subject
    if person != actor.subject and not others:
        raise NotAllowed("You may ask about yourself; the owners may ask about anybody.")
    purpose = request.GET.get("purpose", "")
    found, problem = None, ""
    try:
        found = explain(
            actor,
            product=product.key,
            port=name or port.name,
            person=person,
            version=version,
            purpose=purpose if purpose in PURPOSES else "",
        )
    except Invalid as wrong:
        problem = str(wrong)
    context = {
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "ports": [(_value(one), one.name) for one in ports],
        "chosen": _value(found.port if found else port),
        "others": others,
        "person": person,
        "own": person == actor.subject,
        "purposes": list(PURPOSES.items()),
        "purpose": purpose,
        "problem": problem,
        "found": found,
        "tone": TONES[found.answer] if found else "",
        "label": LABELS[found.answer] if found else "",
        "checks": _checks(found) if found else [],
        "links": _links(found, own=person == actor.subject) if found else [],
        "nav": "market",
    }
    status = REFUSED if problem else 200
    return show(request, "portal/explain.html", context, status=status)


def address(port: OutputPort, *, product: str, person: str = "") -> str:
    """Give where the access of a person (the reader, without one) to a port is explained."""
    given = {"port": _value(port)} | ({"person": person} if person else {})
    return f"{reverse('why', args=[product])}?{urlencode(given)}"


def _value(port: OutputPort) -> str:
    return f"{port.name}@{port.version_name}"


def _checks(found: Explanation) -> list[dict[str, Any]]:
    """Shape the steps for components/checks.html."""
    return [
        {"state": step.state, "title": _TITLES.get(step.key, step.key), "detail": step.text}
        for step in found.steps
    ]


def _links(found: Explanation, *, own: bool) -> list[tuple[str, str]]:
    """Give where to go on: the proof, the request, or asking for it."""
    links = []
    if found.agreement is not None:
        links.append((reverse("agreement", args=[found.agreement.pk]), "Show the agreement"))
    if found.request is not None:
        links.append((reverse("request_page", args=[found.request.pk]), "Show the request"))
    if own and found.answer == "no" and found.port.provisioned:
        ask = reverse("request_drawer", args=[found.port.product.key])
        links.append((f"{ask}?port={_value(found.port)}", "Ask for access"))
    return links
