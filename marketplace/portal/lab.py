"""The lab: a query as the consumer of one of my agreements, or on invented rows before access."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from catalog.actions.saved_queries import keep_query
from marketplace.connectors.base import Rows
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, NotFound, SignInFirst
from marketplace.kernel.identity.current import signed_in
from marketplace.portal import coach, lab_files, lab_page
from marketplace.portal.lab_charts import chart
from marketplace.portal.lab_files import as_text
from marketplace.portal.lab_page import Asked, Chosen
from marketplace.portal.lab_refusals import ended, nothing_chosen, offers, refusal
from marketplace.portal.pages import REFUSED, attempt, guard, show, uuid_or_none
from subscriptions.actions import lab as running
from subscriptions.actions import sandbox
from subscriptions.lab import AccessEnded
from subscriptions.models import AccessAgreement

PAGE = "portal/lab.html"


@require_safe
def lab(request: HttpRequest) -> HttpResponse:
    """Show what I may read, the editor, what I ran before, and how far I have come."""
    actor = signed_in(request)
    mine = lab_page.held(actor)
    asked, saved = lab_page.opened(actor, lab_page.read(request.GET), mine)
    chosen = lab_page.choose(actor, mine, asked)
    context = lab_page.context(actor, mine, chosen, asked, saved)
    context |= {"coach": coach.steps(actor)}
    if chosen is None and (over := ended(actor, asked.agreement)):
        context["refused"] = over
    return show(request, PAGE, context)


@require_POST
def lab_run(request: HttpRequest) -> HttpResponse:
    """Run the query and show its rows, in place or as the whole page."""
    actor, asked = signed_in(request), lab_page.read(request.POST)
    outcome, status = _run(actor, asked)
    return _page(request, actor, asked, outcome, status=status)


@require_POST
def lab_ahead(request: HttpRequest) -> HttpResponse:
    """Say of a text that is being typed: its parameters, and what it would give."""
    actor, asked = signed_in(request), lab_page.read(request.POST)
    context: dict[str, Any] = {"params": lab_page.params(asked.sql, asked.values or {})}
    if asked.agreement and asked.sql.strip():
        context |= _estimate(actor, asked)
    return show(request, PAGE, context, part="ahead")


@require_POST
def lab_stop(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """End one of my running queries on its platform."""
    actor = signed_in(request)
    stopped = attempt(request, lambda: running.stop(actor, run_id=run_id))
    if request.headers.get("HX-Request") == "true":
        return guard(request, HttpResponse(status=204))
    messages.info(request, "The query was stopped." if stopped else "The query was over already.")
    return redirect("lab")


@require_POST
def lab_file(request: HttpRequest) -> HttpResponse:
    """Give the query as a notebook, or run it again and give its rows as a file."""
    actor, asked = signed_in(request), lab_page.read(request.POST)
    kind = request.POST.get("format", "csv")
    if kind == "ipynb":
        return _notebook(request, actor, asked)
    if kind not in lab_files.WRITERS or (kind == "parquet" and not lab_files.parquet_is_there()):
        raise NotFound
    outcome, status = _run(actor, asked)
    if status != 200:  # noqa: PLR2004 - refused: the page says why
        return _page(request, actor, asked, outcome, status=status, part="")
    ending, media, write = lab_files.WRITERS[kind]
    name = f"emporion-{outcome['run'].pk if 'run' in outcome else 'invented'}.{ending}"
    return _file(request, write(outcome["rows"]), media, name)


@require_POST
def lab_save(request: HttpRequest) -> HttpResponse:
    """Keep the query in the library, for everybody who may see the product."""
    actor, asked = signed_in(request), lab_page.read(request.POST)
    mine = lab_page.held(actor)
    chosen = lab_page.require(lab_page.choose(actor, mine, asked, fall_back=False))
    title = request.POST.get("title", "").replace("\x00", "").strip()
    saved = attempt(
        request,
        lambda: keep_query(
            actor,
            key=chosen.port.product.key,
            port=chosen.port.name,
            port_version=chosen.port.version_name,
            title=title,
            sql=asked.sql.replace(chosen.relation, "{relation}"),
            description=request.POST.get("description", "").replace("\x00", ""),
            forked_from=asked.query_id,
        ),
        "Kept in the library.",
    )
    if saved is None:
        return _page(request, actor, asked, {}, status=REFUSED, part="")
    source = f"agreement={chosen.agreement.pk}&" if chosen.agreement else ""
    return redirect(f"{reverse('lab')}?{source}query={saved.pk}")


def _page(
    request: HttpRequest,
    actor: Actor,
    asked: Asked,
    outcome: dict[str, Any],
    *,
    status: int,
    part: str = "result",
) -> HttpResponse:
    """Show the page around an outcome, or (to the page's script) only the result."""
    mine = lab_page.held(actor)
    try:
        chosen = lab_page.choose(actor, mine, asked, fall_back=False)
    except NotFound:
        chosen = None
    context = lab_page.context(actor, mine, chosen, asked) | outcome
    context["file_values"] = lab_page.params(asked.sql, asked.values or {})
    context["query_id"] = asked.query_id
    context["parquet"] = lab_files.parquet_is_there()
    if "rows" in outcome and not context["synthetic"]:
        context["coach"] = coach.steps(actor)
    return show(request, PAGE, context, part=part, status=status)


def _run(actor: Actor, asked: Asked) -> tuple[dict[str, Any], int]:
    """Run, and give what the page shows of it: rows, or the words of the refusal."""
    try:
        found = _rows(actor, asked)
    except SignInFirst:
        raise
    except NotFound:
        return {"refused": nothing_chosen()}, REFUSED
    except AccessEnded as refused:
        again = ended(actor, asked.agreement) or {}
        return {"refused": refusal(refused) | again}, REFUSED
    except DomainError as refused:
        words = refusal(refused)
        return {"refused": words | {"offers": offers(actor, asked.sql, words["code"])}}, REFUSED
    rows: Rows = found["rows"]
    cells = [[None if value is None else as_text(value) for value in line] for line in rows.rows]
    return found | {"cells": cells, "chart": chart(rows)}, 200


def _rows(actor: Actor, asked: Asked) -> dict[str, Any]:
    values = asked.values or {}
    if asked.place and not asked.agreement:
        chosen = lab_page.require(lab_page.choose(actor, [], asked))
        port = chosen.port
        rows = sandbox.run(
            actor,
            product=port.product.key,
            port=port.name,
            version=port.version_name,
            sql=asked.sql,
            values=values,
        )
        return {"rows": rows}
    row, rows = running.run(
        actor,
        agreement_id=_uuid(asked.agreement),
        sql=asked.sql,
        values=values,
        query_id=asked.query_id,
        run_id=uuid_or_none(asked.run),
    )
    return {"run": row, "rows": rows}


def _estimate(actor: Actor, asked: Asked) -> dict[str, Any]:
    """Ask the planner; what it refuses is said quietly, for the text is not finished yet."""
    try:
        found = running.foresee(
            actor,
            agreement_id=_uuid(asked.agreement),
            sql=asked.sql,
            values=asked.values,
        )
    except SignInFirst:
        raise
    except DomainError as refused:
        return {"not_yet": refusal(refused)}
    return {"estimate": found}


def _notebook(request: HttpRequest, actor: Actor, asked: Asked) -> HttpResponse:
    mine = lab_page.held(actor)
    chosen = lab_page.require(lab_page.choose(actor, mine, asked, fall_back=False))
    values = {one["name"]: one["value"] for one in lab_page.params(asked.sql, asked.values or {})}
    text = lab_files.as_notebook(
        asked.sql,
        values,
        title=f"{chosen.port.product.name}, {chosen.port.name}",
        notes=_notes(chosen),
        link=f"{settings.BASE_URL}{reverse('access')}",
    )
    return _file(request, text, "application/x-ipynb+json", f"{chosen.port.product.slug}.ipynb")


def _notes(chosen: Chosen) -> list[str]:
    agreement: AccessAgreement | None = chosen.agreement
    if agreement is None:
        return [f"Relation `{chosen.relation}`", "No access yet: ask for it first."]
    until = f"until {agreement.end_at:%Y-%m-%d}"
    return [
        f"Relation `{chosen.relation}`",
        f"For {agreement.consumer_key}, purpose {agreement.purpose}, {until}",
        f"Agreement {agreement.pk}",
    ]


def _file(request: HttpRequest, body: str | bytes, media: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return guard(request, response)


def _uuid(text: str) -> UUID:
    found = uuid_or_none(text)
    if found is None:
        raise NotFound
    return found
