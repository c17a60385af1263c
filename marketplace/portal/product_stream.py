"""The panel of a stream port: how it is cut and kept, its fields as a tree, its last messages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from catalog.actions.profiles import look_again
from catalog.models import OutputPort, PortProfile
from catalog.permissions import may_edit_product
from catalog.states import Interface
from marketplace.connectors.base import ConnectorError
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.pages import attempt
from marketplace.portal.product_parts import Reading
from subscriptions.lab import PlatformAway

_STEPS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def stream(reading: Reading, port: OutputPort) -> dict[str, Any] | None:
    """Give what was told of a stream when it was last looked at; None for another port."""
    if port.interface != Interface.STREAM:
        return None
    kept = PortProfile.objects.filter(port=port).first()
    told = kept.stream if kept is not None else {}
    tells = port.provisioned and may_edit_product(reading.actor, reading.product)
    names = list(dict.fromkeys(name for one in told.get("last", ()) for name in one["values"]))
    return {
        "told": told,
        "taken_at": kept.taken_at if kept is not None and told else None,
        "facts": list(_facts(told)) if told else [],
        "fields": list(_flat(told.get("fields", ()), 0)),
        "columns": [{"name": "offset"}, *({"name": name} for name in names)],
        "rows": [
            [one["offset"], *(one["values"].get(name) for name in names)]
            for one in told.get("last", ())
        ],
        "look": reverse("stream_look", args=[reading.product.key]) if tells else "",
        "port": port,
    }


@require_POST
def look(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the platform of a stream anew."""
    actor, given = signed_in(request), request.POST
    name, version = given.get("port", ""), given.get("version", "")
    attempt(request, lambda: _look(actor, key, name, version), "The stream was looked at.")
    return redirect(f"{reverse('product', args=[key, 'schema'])}?port={name}@{version}")


def _look(actor: Any, key: str, name: str, version: str) -> None:
    try:
        look_again(actor, key=key, name=name, version=version)
    except ConnectorError as away:
        raise PlatformAway(str(away)) from None


def _facts(told: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Give label, value and how it is to be shown; what the platform does not tell is left out."""
    kept, schema = told["retention"], told["schema"]
    yield "Stream", told["name"], "code"
    yield "Kind", told["kind"], "text"
    if schema:
        yield "Schema", f"{schema['subject']}, version {schema['version']}", "text"
    for label, name in (("Partitions", "partitions"), ("Copies", "replicas")):
        if told[name] is not None:
            yield label, told[name], "number"
    if told["messages"] is not None:
        yield "Messages", told["messages"], "number"
    yield "Kept", _kept(kept), "text"
    if told["last_at"]:
        yield "Last message", parse_datetime(told["last_at"]), "when"


def _kept(kept: Mapping[str, Any]) -> str:
    bounds = []
    if kept["seconds"]:
        bounds.append(_duration(int(kept["seconds"])))
    if kept["bytes"]:
        bounds.append(f"{kept['bytes']:,} bytes")
    if kept["messages"]:
        bounds.append(f"{kept['messages']:,} messages")
    return ", at most ".join(bounds) if bounds else "without a bound"


def _duration(seconds: int) -> str:
    for size, word in _STEPS:
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count:,} {word}{'' if count == 1 else 's'}"
    return f"{seconds:,} seconds"


def _flat(fields: Sequence[Mapping[str, Any]], depth: int) -> Iterator[dict[str, Any]]:
    for one in fields:
        yield {**one, "depth": depth, "before": "· " * depth}
        yield from _flat(one["children"], depth + 1)
