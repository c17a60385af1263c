"""The words of a refusal in the lab, and where to go from it: ask again, ask in place, try out."""

import re
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from catalog.models import OutputPort
from catalog.queries import visible_products
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.web import states
from marketplace.portal.explain import address
from marketplace.portal.lab_page import place_of
from marketplace.portal.pages import words_of
from marketplace.portal.queries import my_side
from subscriptions.models import AccessAgreement

_WHY: Final = {
    "access-ended": "This access has ended",
    "not-ready": "Not ready yet",
    "platform-away": "The platform does not answer",
    "invalid": "This cannot be run",
    "not-allowed": "Not allowed",
    "duplicate": "This runs already",
}
_BY_RULE: Final = {
    "query-cancelled": "The query was stopped",
    "query-timeout": "The query took too long",
    "permission-denied": "Your access does not reach this far",
    "parameter-missing": "A parameter has no value",
    "no-sandbox": "There is nothing to try here",
}
# Where a refusal may mean a relation that is another port's.
_ELSEWHERE: Final = ("permission-denied", "syntax-error", "query-failed")
_RELATION: Final = re.compile(r'"?([A-Za-z_][\w$]{0,62})"?\s*\.\s*"?([A-Za-z_][\w$]{0,62})"?')
_MOST: Final = 20


def refusal(refused: DomainError) -> dict[str, Any]:
    """Give the words of a refusal."""
    code = str(refused.facts.get("reason", refused.code))
    return {
        "title": _WHY.get(refused.code) or _BY_RULE.get(code, refused.title),
        "detail": words_of(refused) if refused.code in _WHY else str(refused),
        "code": code,
    }


def nothing_chosen() -> dict[str, Any]:
    """Give the words for a query without a source."""
    return {
        "title": "Nothing to read from",
        "detail": "Choose one of your agreements on the left.",
        "code": "",
    }


def offers(actor: Actor, sql: str, code: str) -> list[dict[str, str]]:
    """Give the ports that a refused text reads from and that I do not: to be asked for in place."""
    if code not in _ELSEWHERE:
        return []
    pairs = {(schema.lower(), name.lower()) for schema, name in _RELATION.findall(sql)}
    wanted = Q()
    for schema, name in sorted(pairs)[:_MOST]:
        wanted |= Q(relation_schema=schema, relation_name=name)
    if not wanted:
        return []
    mine = my_side(actor).filter(state="active").values("port_id")
    rows = (
        OutputPort.objects.select_related("product")
        .filter(wanted, product__in=visible_products(actor).values("pk"))
        .exclude(pk__in=mine)
        .order_by("product__name", "name")
    )
    return [
        {
            "name": f"{port.product.name}, {port.name}",
            "ask": ask_for(port),
            "why": address(port, product=port.product.key),
            "sandbox": f"{reverse('lab')}?{urlencode({'port': place_of(port), 'sql': sql})}",
        }
        for port in rows
    ]


def ask_for(port: OutputPort, purpose: str = "") -> str:
    """Give the address of the request for a port."""
    where = reverse("request_drawer", args=[port.product.key])
    more = f"&purpose={purpose}" if purpose else ""
    return f"{where}?port={port.name}@{port.version_name}{more}"


def ended(actor: Actor, wanted: str) -> dict[str, Any] | None:
    """Say of an agreement of mine that is over how to ask again; None for all others."""
    try:
        key = UUID(wanted)
    except ValueError:
        return None
    rows = my_side(actor).filter(pk=key).exclude(state__in=["active", "pending"])
    found: AccessAgreement | None = rows.select_related("port__product").first()
    if found is None:
        return None
    port = found.port
    state = states.look("agreement", found.state).label.lower()
    return {
        "title": _WHY["access-ended"],
        "detail": f"{port.product.name}, {port.name}: {state}."
        + (f" {found.end_reason}" if found.end_reason else ""),
        "code": "access-ended",
        "ask_again": ask_for(port, found.purpose),
        "why": address(port, product=port.product.key),
    }
