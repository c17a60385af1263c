"""The lab: run a query as the consumer of one of my agreements."""

import csv
import json
from decimal import Decimal
from io import StringIO
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from catalog.models import SavedQuery, SchemaColumn
from marketplace.connectors.base import Rows
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, NotFound, SignInFirst
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web import states
from marketplace.portal.pages import REFUSED, guard, show, words_of
from marketplace.portal.product_queries import columns_by_port
from marketplace.portal.queries import my_side
from subscriptions import lab as limits_of
from subscriptions.actions import lab as running
from subscriptions.lab import AccessEnded
from subscriptions.models import AccessAgreement, LabRun
from subscriptions.provisioning import principal_of, variant_for
from subscriptions.queries import live, my_agreements, recent_runs

_WIDEST: Final = 14
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_WHY: Final = {
    "access-ended": "This access has ended",
    "not-ready": "Not ready yet",
    "platform-away": "The platform does not answer",
    "invalid": "This cannot be run",
    "not-allowed": "Not allowed",
}


@require_safe
def lab(request: HttpRequest) -> HttpResponse:
    """Show what I may read, the editor, and what I ran before."""
    actor = signed_in(request)
    held = _held(actor)
    chosen = _chosen(held, request.GET.get("agreement", ""))
    saved = _saved(request.GET.get("query", ""), chosen)
    sql = request.GET.get("sql", "").replace("\x00", "") or _first_sql(chosen, saved)
    context = _page(actor, held, chosen, sql)
    if chosen is None and (ended := _ended(actor, request.GET.get("agreement", ""))):
        context["refused"] = ended
    return show(request, "portal/lab.html", context)


@require_POST
def lab_run(request: HttpRequest) -> HttpResponse:
    """Run the query and show its rows, in place or as the whole page."""
    actor = signed_in(request)
    agreement_id, sql = request.POST.get("agreement", ""), request.POST.get("sql", "")
    outcome, status = _run(actor, agreement_id, sql)
    held = _held(actor)
    chosen = _chosen(held, agreement_id, fall_back=False)
    context = _page(actor, held, chosen, sql) | outcome
    return show(request, "portal/lab.html", context, part="result", status=status)


@require_POST
def lab_csv(request: HttpRequest) -> HttpResponse:
    """Run the query again and give its rows as a file that no spreadsheet takes for formulas."""
    actor = signed_in(request)
    agreement_id, sql = request.POST.get("agreement", ""), request.POST.get("sql", "")
    outcome, status = _run(actor, agreement_id, sql)
    if status != 200:  # noqa: PLR2004 - refused: the page says why
        held = _held(actor)
        chosen = _chosen(held, agreement_id, fall_back=False)
        context = _page(actor, held, chosen, sql) | outcome
        return show(request, "portal/lab.html", context, status=status)
    response = HttpResponse(as_csv(outcome["rows"]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="emporion-{outcome["run"].pk}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return guard(request, response)


def as_csv(rows: Rows) -> str:
    """Write rows as RFC 4180, with a quote before text that a spreadsheet would run."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([_harmless(column.name) for column in rows.columns])
    for row in rows.rows:
        writer.writerow(["" if value is None else _harmless(_cell(value)) for value in row])
    return out.getvalue()


def as_text(value: Any) -> str:
    """Write a cell as the platform would: ISO times, JSON for structures, true and false."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, default=str)
    return str(value)


def _harmless(value: Any) -> Any:
    """Quote text that starts as a formula does; numbers stay numbers."""
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    return value if _is_number(value) else f"'{value}"


def _cell(value: Any) -> Any:
    """Keep numbers for the file, write all else as text."""
    plain = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return value if plain else as_text(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and text.strip() == text


def _run(actor: Actor, agreement_id: str, sql: str) -> tuple[dict[str, Any], int]:
    """Run, and give what the page shows of it: rows, or the words of the refusal."""
    try:
        row, rows = running.run(actor, agreement_id=_uuid(agreement_id), sql=sql)
    except SignInFirst:
        raise
    except NotFound:
        words = "Choose one of your agreements on the left."
        return {"refused": {"title": "Nothing to read from", "detail": words}}, REFUSED
    except AccessEnded as refused:
        again = _ended(actor, agreement_id) or {}
        return {"refused": _refusal(refused) | again}, REFUSED
    except DomainError as refused:
        return {"refused": _refusal(refused)}, REFUSED
    cells = [[None if value is None else as_text(value) for value in line] for line in rows.rows]
    return {"run": row, "rows": rows, "cells": cells}, 200


def _refusal(refused: DomainError) -> dict[str, str]:
    """Give the words of a refusal, and where to go from it."""
    return {
        "title": _WHY.get(refused.code, refused.title),
        "detail": words_of(refused) if refused.code in _WHY else str(refused),
        "code": str(refused.facts.get("reason", refused.code)),
    }


def _ended(actor: Actor, wanted: str) -> dict[str, str] | None:
    """Say of an agreement of mine that is over how to ask again; None for all others."""
    try:
        rows = my_side(actor).filter(pk=_uuid(wanted))
    except NotFound:
        return None
    found = rows.exclude(state__in=["active", "pending"]).select_related("port__product").first()
    if found is None:
        return None
    port = found.port
    ask = reverse("request_drawer", args=[port.product.key])
    state = states.look("agreement", found.state).label.lower()
    return {
        "title": _WHY["access-ended"],
        "detail": f"{port.product.name}, {port.name}: {state}."
        + (f" {found.end_reason}" if found.end_reason else ""),
        "code": "access-ended",
        "ask_again": f"{ask}?port={port.name}@{port.version_name}&purpose={found.purpose}",
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _held(actor: Actor) -> list[AccessAgreement]:
    """Give my live agreements, by product and port."""
    rows = live(my_agreements(actor)).order_by("port__product__name", "port__name", "pk")
    return list(rows)


def _chosen(
    held: list[AccessAgreement], wanted: str, *, fall_back: bool = True
) -> AccessAgreement | None:
    """Give the agreement in hand: the wanted one, else the first that is active."""
    named = [one for one in held if str(one.pk) == wanted]
    if named or not fall_back:
        return named[0] if named else None
    active = [one for one in held if one.state == "active"]
    return active[0] if active and not wanted else None


def _saved(wanted: str, chosen: AccessAgreement | None) -> SavedQuery | None:
    if chosen is None or not wanted.isdecimal() or len(wanted) > 18:  # noqa: PLR2004 - a bigint
        return None
    return SavedQuery.objects.filter(pk=int(wanted), port_id=chosen.port_id).first()


def _relation(agreement: AccessAgreement) -> str:
    variant = variant_for(agreement.grant.handle)
    return f"{variant.relation_schema}.{variant.relation_name}"


def _first_sql(chosen: AccessAgreement | None, saved: SavedQuery | None) -> str:
    if chosen is None:
        return ""
    relation = _relation(chosen)
    if saved is not None:
        return saved.sql.replace("{relation}", relation).strip()
    return f"SELECT *\nFROM {relation}\nLIMIT 100"


def _page(
    actor: Actor, held: list[AccessAgreement], chosen: AccessAgreement | None, sql: str
) -> dict[str, Any]:
    columns = columns_by_port([one.port for one in held])
    relation = _relation(chosen) if chosen else ""
    return {
        "sources": [_source(one, columns[one.port_id], chosen) for one in held],
        "chosen": chosen,
        "chosen_name": f"{chosen.port.product.name}, {chosen.port.name}" if chosen else "",
        "role": principal_of(chosen.grant).role(settings.PLATFORM_ENV) if chosen else "",
        "relation": relation,
        "schema": relation.partition(".")[0],
        "table": relation.partition(".")[2],
        "sql": sql,
        "queries": _queries(chosen),
        "limits": limits_of.limits(),
        "history": [_past(row) for row in recent_runs(actor, 12)],
        "nav": "lab",
    }


def _source(
    agreement: AccessAgreement, columns: list[SchemaColumn], chosen: AccessAgreement | None
) -> dict[str, Any]:
    names = set(agreement.grant.handle.columns)
    return {
        "agreement": agreement,
        "href": f"{reverse('lab')}?agreement={agreement.pk}",
        "on": chosen is not None and agreement.pk == chosen.pk,
        "columns": [
            {"name": one.name, "type": _short_type(one), "note": one.description}
            for one in columns
            if not names or one.name in names
        ],
    }


def _short_type(column: SchemaColumn) -> str:
    """Give a type that fits beside a name: the platform's, or the contract's word for it."""
    kind = column.physical_type
    return kind if kind and len(kind) <= _WIDEST else column.logical_type or kind


def _queries(chosen: AccessAgreement | None) -> list[dict[str, str]]:
    if chosen is None:
        return []
    rows = SavedQuery.objects.filter(port_id=chosen.port_id).order_by("-runs", "pk")[:12]
    base = f"{reverse('lab')}?agreement={chosen.pk}"
    return [
        {"title": one.title, "note": one.description, "href": f"{base}&query={one.pk}"}
        for one in rows
    ]


def _past(row: LabRun) -> dict[str, Any]:
    return {"run": row, "sql": " ".join(row.sql.split())}
