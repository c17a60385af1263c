"""Platform connections in the operator's console: make, test, check, rehearse and watch them."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.actions.platforms import (
    check_platform,
    prepare_platform,
    register_platform,
    try_platform,
)
from catalog.models import PlatformConnection
from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError
from marketplace.connectors.forms import ConfigField, config_fields
from marketplace.connectors.labels import choice_label
from marketplace.connectors.registry import kinds, label_of_kind
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.portal.form_code import show_code
from marketplace.portal.operating import operator_of
from marketplace.portal.pages import REFUSED, attempt, blame, show, words_of
from marketplace.portal.platform_facts import health_of
from marketplace.portal.platform_form import RULES, PlatformForm
from subscriptions.actions.dry_runs import MOST, HandlePlan, dry_run_of
from subscriptions.models import Handle

_SHOWN = 100
_LINES = 100
_RESTRICT = {
    "columns": gettext_noop("columns"),
    "rows": gettext_noop("rows"),
    "mask": gettext_noop("masked values"),
}


@require_safe
def platforms(request: HttpRequest) -> HttpResponse:
    """List the connections with how each does."""
    operator_of(request)
    rows = list(PlatformConnection.objects.order_by("key"))
    health = health_of(rows)
    context = {
        "rows": [{"platform": row, "health": health[row.pk]} for row in rows],
        "kinds": sorted(
            ((kind, label_of_kind(kind)) for kind in kinds() if _drawable(kind)),
            key=lambda one: one[1].lower(),
        ),
        "nav": "governance",
    }
    return show(request, "portal/platforms.html", context)


@require_safe
def platform(request: HttpRequest, key: str) -> HttpResponse:
    """Show one connection: health, lag, findings, limits, what it can do, and its handles."""
    operator_of(request)
    row = _row(key)
    handles = Handle.objects.select_related("port__product").filter(port__platform=row)
    context = {
        "platform": row,
        "health": health_of([row])[row.pk],
        "facts": _facts(row),
        "can": (can := _capabilities(row)),
        "restrict": [
            gettext(_RESTRICT[one]) for one in _RESTRICT if can and one in can.restrictions
        ],
        "handles": list(handles.order_by("-waits_for", "name")[:_SHOWN]),
        "nav": "governance",
    }
    return show(request, "portal/platform.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def platform_edit(request: HttpRequest, key: str = "") -> HttpResponse:
    """Make or change a connection; "test" asks the platform with the values and keeps none."""
    actor = operator_of(request)
    row = _row(key) if key else None
    kind = row.kind if row else request.GET.get("kind", "")
    if kind not in kinds():
        raise NotFound
    form = PlatformForm(kind, row, request.POST if request.method == "POST" else None)
    if "code" in request.POST:
        back = reverse("platform_edit", args=[key]) if key else reverse("platforms")
        return show_code(request, form.code(request.POST), back)
    findings, status = None, 200
    if request.method == "POST":
        status = REFUSED
        if form.is_valid():
            try:
                if "test" in request.POST:
                    given = form.given
                    names = ("key", "kind", "config", "secrets")
                    findings = try_platform(actor, **{name: given[name] for name in names})
                    status = 200
                else:
                    saved = register_platform(actor, **form.given)
                    return redirect("platform", saved.key)
            except DomainError as refused:
                blame(form, refused, {"/key": "key", "/name": "name"} | {f"/{r}": r for r in RULES})
    context = {
        "form": form,
        "platform": row,
        "kind_label": label_of_kind(kind),
        "findings": findings,
        "nav": "governance",
    }
    return show(request, "portal/platform_edit.html", context, status=status)


@require_safe
def platform_plan(request: HttpRequest, key: str) -> HttpResponse:
    """Rehearse: the very statements that bringing the platform in step would run now."""
    actor = operator_of(request)
    row = _row(key)
    context: dict[str, Any] = {"platform": row, "plans": [], "away": "", "nav": "governance"}
    try:
        plans = dry_run_of(actor, key=key)
    except DomainError as away:
        context["away"] = words_of(away)
    else:
        context |= {
            "plans": [_cut(one) for one in plans if one.statements or one.withheld or one.foreign],
            "calm": sum(not (one.statements or one.withheld or one.foreign) for one in plans),
            "cut": len(plans) == MOST,
        }
    return show(request, "portal/platform_plan.html", context, part="plan")


def _cut(plan: HandlePlan) -> dict[str, Any]:
    """Give what a person can read of one plan; the API and the command line give all of it."""
    lists = (plan.statements, plan.withheld, plan.foreign)
    statements, withheld, foreign = (rows[:_LINES] for rows in lists)
    more = sum(max(len(rows) - _LINES, 0) for rows in lists)
    shown = replace(plan, statements=statements, withheld=withheld, foreign=foreign)
    return {"plan": shown, "more": more}


@require_POST
def platform_move(request: HttpRequest, key: str, move: str) -> HttpResponse:
    """Check what the credential lacks, or make what the connector itself needs there."""
    actor = operator_of(request)
    row = _row(key)
    if move == "check":
        attempt(request, lambda: check_platform(actor, key=key), f"{row.name} was asked.")
    elif move == "prepare":
        attempt(request, lambda: prepare_platform(actor, key=key), f"{row.name} is prepared.")
    else:
        raise NotFound
    return redirect("platform", key)


def _row(key: str) -> PlatformConnection:
    row = PlatformConnection.objects.filter(key=key).first()
    if row is None:
        raise NotFound
    return row


def _drawable(kind: str) -> bool:
    """Whether a form can be drawn: what a platform needs may not be installed here."""
    try:
        return bool(config_fields(kind))
    except ImportError:
        return False


def _facts(row: PlatformConnection) -> list[tuple[str, str]]:
    """Give the configuration as it may be shown: where secrets are kept, never what they are."""
    shown = []
    for one in config_fields(row.kind):
        if one.secret:
            kept = row.sealed.get(one.name)
            if kept is None and not (one.name == "password" and row.secret is not None):
                continue
            where = kept["ref"] if kept and "ref" in kept else gettext("sealed here")
            shown.append((gettext(one.label), where))
        else:
            value = row.config.get(one.name, one.default)
            shown.append((gettext(one.label), _shown(one, value)))
    return [(label, value) for label, value in shown if value]


def _shown(one: ConfigField, value: Any) -> str:
    """Say a value of the configuration as people read it."""
    if value in (None, "", [], ()):
        return ""
    if one.kind == "flag":
        return gettext("yes") if value else gettext("no")
    if one.kind == "choice":
        return gettext(choice_label(str(value)))
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _capabilities(row: PlatformConnection) -> Any:
    try:
        return connector_of(row).capabilities()
    except (ConnectorError, TypeError, ValueError):
        return None
