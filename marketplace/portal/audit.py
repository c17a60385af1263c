"""The audit trail: every event with who, when and what; its export, and the check of its chain."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from governance.permissions import may_read_audit
from governance.queries import audit as trail
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.events.log import TYPES
from marketplace.kernel.events.queries import verify_chain
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.pages import show

PAGE: Final = 50
EXPORT_LIMIT: Final = 100_000
_COLUMNS: Final = (
    "seq",
    "at",
    "actor",
    "actor_kind",
    "on_behalf_of",
    "name",
    "subject",
    "product",
    "action",
    "request_id",
    "data",
    "hash",
)
# What a spreadsheet takes for a formula, a link or a command (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class TrailForm(forms.Form):
    """What of the trail is shown. Every field narrows; all are part of the address."""

    who = forms.CharField(label="Who", required=False, max_length=150)
    name = forms.ChoiceField(label="What", required=False)
    product = forms.CharField(label="Product", required=False, max_length=161)
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    request_id = forms.CharField(label="Request id", required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["name"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = event_choices()

    def filters(self) -> dict[str, Any]:
        """Give what was filled in as the query takes it; the last day counts whole."""
        if not self.is_valid():
            return {}
        given = {key: value for key, value in self.cleaned_data.items() if value}
        for name, later in (("since", 0), ("until", 1)):
            if name in given:
                day = datetime.combine(given[name], time.min, UTC)
                given[name] = day + timedelta(days=later)
        return given


def event_choices() -> list[tuple[str, str]]:
    """Give every type of event below its family; a family ends in a dot and means all of it."""
    found = [("", "everything")]
    family = ""
    for name in sorted(TYPES):
        first = f"{name.partition('.')[0]}."
        if first != family:
            family = first
            found.append((family, f"{family}*"))
        found.append((name, f"\N{EM SPACE}{name}"))
    return found


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Show the trail, newest first."""
    actor = reader(request)
    form = TrailForm(request.GET)
    rows = trail(actor, **form.filters())
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:  # noqa: PLR2004 - a bigint
        rows = rows.filter(seq__lt=int(before))
    page = list(rows[: PAGE + 1])
    shown = page[:PAGE]
    kept = {k: str(v) for k, v in request.GET.items() if v and k != "before"}
    context = {
        "form": form,
        "rows": [{"event": row, "data": json.dumps(row.data, indent=1)} for row in shown],
        "newer": f"{reverse('governance-audit')}?{urlencode(kept)}" if before else "",
        "older": _older(shown, kept) if len(page) > PAGE else "",
        "export": f"{reverse('audit_csv')}?{urlencode(kept)}",
        "filtered": bool(kept),
        "nav": "governance",
    }
    return show(request, "portal/audit.html", context)


@require_safe
def audit_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the trail as CSV, oldest first; no cell begins like a formula."""
    actor = reader(request)
    rows = trail(actor, **TrailForm(request.GET).filters()).order_by("seq")[:EXPORT_LIMIT]
    lines = _lines(rows.iterator(chunk_size=2000))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def audit_verify(request: HttpRequest) -> HttpResponse:
    """Recompute the whole chain, and say what was found."""
    reader(request)
    found = verify_chain()
    if found.ok:
        messages.success(
            request, f"The chain holds: {found.rows} events, each hash recomputed just now."
        )
    else:
        messages.error(
            request,
            f"The chain is broken at event {found.first_broken}: changed, or one is missing.",
        )
    return redirect("governance-audit")


def reader(request: HttpRequest) -> Actor:
    """Give the actor, and refuse whoever does not oversee the instance."""
    actor = signed_in(request)
    if not may_read_audit(actor):
        raise NotAllowed("This is for governance, privacy officers, auditors and operators.")
    return actor


def safe_cell(value: object) -> str:
    """Write a cell so that no spreadsheet runs it: what begins like a formula gets a quote."""
    text = str(value) if value is not None else ""
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Echo:
    """A file that gives back what is written to it: the csv module's lines, one by one."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterator[Any]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(_COLUMNS)
    for row in rows:
        facts = {name: getattr(row, name) for name in _COLUMNS}
        facts["at"] = row.at.isoformat()
        facts["data"] = json.dumps(row.data, sort_keys=True, ensure_ascii=False)
        yield writer.writerow([safe_cell(facts[name]) for name in _COLUMNS])


def _older(shown: list[Any], kept: dict[str, str]) -> str:
    return f"{reverse('governance-audit')}?{urlencode(kept | {'before': shown[-1].seq})}"
