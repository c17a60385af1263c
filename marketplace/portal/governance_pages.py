"""Governance: how the instance stands, which rules decide, and what they decided."""

import json
import re
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance.actions import packs as acting
from governance.evaluate import judge_again
from governance.models import Policy, PolicyDecision
from governance.permissions import may_author_policy
from governance.policies.order import as_written
from governance.queries import policies as policy_versions
from governance.queries import policy_or_404
from marketplace.kernel.errors import (
    DomainError,
    FieldProblem,
    Invalid,
    NotAllowed,
    NotFound,
    SignInFirst,
)
from marketplace.kernel.web import states
from marketplace.portal.audit import reader
from marketplace.portal.fact_words import condition_words, fact_name, facts_said
from marketplace.portal.foretell import ROLES
from marketplace.portal.form_code import as_code, as_command, show_code
from marketplace.portal.governance_queries import (
    active_policies,
    agreements_by_state,
    decisions,
    orphans,
    personal_data,
    proof,
    requests_by_state,
    scores,
    verdicts_by_outcome,
)
from marketplace.portal.pages import REFUSED, attempt, show, uuid_or_none, words_of
from subscriptions.queries import names_of

PAGE: Final = 50
_PACK_LIMIT: Final = 1_000_000
_OUTCOMES: Final = ("allow", "review", "deny")
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


@require_safe
def governance(request: HttpRequest) -> HttpResponse:
    """Show the posture: scores, personal data, requests, proofs, rules."""
    actor = reader(request)
    spread = scores(actor)
    context = {
        "scores": spread,
        "most": max((number for _, number in spread.grades), default=0),
        "personal": personal_data(actor),
        "requests": requests_by_state(),
        "agreements": agreements_by_state(),
        "verdicts": verdicts_by_outcome(),
        "proof": proof(),
        "policies": active_policies(),
        "orphans": orphans(actor),
        "nav": "governance",
    }
    return show(request, "portal/governance.html", context)


@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """List the packs of rules, each with the version in force."""
    actor = reader(request)
    packs: dict[str, dict[str, Any]] = {}
    for row in policy_versions():
        pack = packs.setdefault(row.key, {"newest": row, "active": None, "versions": 0})
        pack["versions"] += 1
        if row.active:
            pack["active"] = row
    context = {
        "packs": list(packs.values()),
        "may_author": may_author_policy(actor),
        "nav": "governance",
    }
    return show(request, "portal/policies.html", context)


@require_safe
def policy(request: HttpRequest, key: str) -> HttpResponse:
    """Show one pack: its rules in words and as JSON, and its history."""
    actor = reader(request)
    wanted = request.GET.get("version", "")
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 9 else None  # noqa: PLR2004
    row = policy_or_404(key, number)
    context = {
        "policy": row,
        "rules": [_rule(rule) for rule in row.pack.get("rules", ())],
        "json": json.dumps(as_written(row.pack), indent=2, ensure_ascii=False),
        "versions": list(policy_versions(key)),
        "may_author": may_author_policy(actor),
        "nav": "governance",
    }
    return show(request, "portal/policy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def policy_new(request: HttpRequest) -> HttpResponse:
    """Keep a new version of a pack, which decides nothing until it is activated."""
    actor = reader(request)
    if not may_author_policy(actor):
        raise NotAllowed("Policies are written by governance.")
    named = request.GET.get("from", "")
    text = request.POST.get("pack", "")
    problem: dict[str, Any] | None = None
    if request.method == "POST":
        try:
            if "code" in request.POST:
                return show_code(request, _as_calls(_pack(text)), reverse("governance_policy_new"))
            kept = acting.put_policy(actor, pack=_pack(text))
        except (NotFound, SignInFirst):
            raise
        except DomainError as refused:
            listed = list(refused.problems) if isinstance(refused, Invalid) else []
            title = refused.title if listed else words_of(refused)
            problem = {"title": title, "listed": listed}
        else:
            messages.success(request, "Kept. It decides nothing until it is activated.")
            return redirect(
                f"{reverse('governance_policy', args=[kept.key])}?version={kept.number}"
            )
    elif named:
        text = _next_version(policy_versions(named).first())
    context = {"text": text, "problems": problem, "nav": "governance"}
    part, target = "problems", "policy-code"
    status = REFUSED if problem else 200
    return show(request, "portal/policy_new.html", context, part=part, target=target, status=status)


@require_POST
def policy_activate(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Let one version of a pack decide from now on."""
    actor = reader(request)
    attempt(
        request,
        lambda: acting.activate_policy(actor, key=key, number=number),
        f"Version {number} of {key} decides from now on.",
    )
    return redirect("governance_policy", key)


@require_safe
def verdicts(request: HttpRequest) -> HttpResponse:
    """Show each verdict with its sentence, newest first."""
    reader(request)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in _OUTCOMES else ""
    rows = decisions(outcome)
    before = uuid_or_none(request.GET.get("before", ""))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    address = reverse("governance_verdicts")
    kept = f"&outcome={outcome}" if outcome else ""
    context = {
        "rows": _with_names(page[:PAGE]),
        "outcome": outcome,
        "outcomes": [(one, states.look("verdict", one).label) for one in _OUTCOMES],
        "newer": f"{address}?{kept.lstrip('&')}" if before else "",
        "older": f"{address}?before={page[PAGE - 1].pk}{kept}" if len(page) > PAGE else "",
        "nav": "governance",
    }
    return show(request, "portal/governance_verdicts.html", context)


@require_safe
def verdict(request: HttpRequest, decision_id: Any) -> HttpResponse:
    """Show one verdict with its facts, and make it again from them."""
    reader(request)
    row = PolicyDecision.objects.filter(pk=decision_id).first()
    if row is None:
        raise NotFound
    again = judge_again(row).to_json()
    told = {"outcome": row.outcome, "reasons": row.reasons, "stages": row.stages}
    context = {
        "row": _with_names([row])[0],
        "facts": facts_said(row.facts),
        "stages": [_stage(stage) for stage in row.stages],
        "same": {name: again[name] for name in told} == told,
        "again": again["outcome"],
        "nav": "governance",
    }
    return show(request, "portal/governance_verdict.html", context)


def _with_names(rows: list[PolicyDecision]) -> list[PolicyDecision]:
    """Give each verdict the name of its consumer, and of its product, as ``called``."""
    names = names_of(
        pair
        for row in rows
        for pair in (_consumer(row), ("data_product", row.facts.get("product", "")))
    )
    for row in rows:
        kind, key = _consumer(row)
        product = row.facts.get("product", "")
        row.called = {  # type: ignore[attr-defined] # for the page only
            "consumer": names.get((kind, key), key),
            "product": names.get(("data_product", product), product),
        }
    return rows


def _consumer(row: PolicyDecision) -> tuple[str, str]:
    return row.facts.get("consumer_kind", ""), row.facts.get("consumer_key", "")


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Say a rule in words: what it is for, when it speaks, and what it answers."""
    return {
        "id": rule["id"],
        "title": rule["title"],
        "verdict": rule["verdict"],
        "sentence": _PLACEHOLDER.sub(_named, rule["sentence"]),
        "notice": rule.get("notice", False),
        "stages": [_stage(stage) for stage in rule.get("stages", ())],
        "when": condition_words(rule["when"], outside=True),
        "json": json.dumps(as_written(rule), indent=2, ensure_ascii=False),
    }


def _stage(stage: dict[str, Any]) -> dict[str, str]:
    role = ROLES.get(stage["role"], stage["role"].replace("_", " "))
    return {"role": role, "why": _PLACEHOLDER.sub(_named, stage.get("why", ""))}


def _named(found: re.Match[str]) -> str:
    """Show a placeholder as what will stand there."""
    return f"[{fact_name(found[1])}]"


def _pack(text: str) -> dict[str, Any]:
    """Read the text as a JSON object."""
    if len(text) > _PACK_LIMIT:
        raise Invalid(FieldProblem("", "too-long", "This is more than a megabyte."))
    try:
        pack = json.loads(text)
    except ValueError as wrong:
        raise Invalid(FieldProblem("", "not-json", f"This is no JSON: {wrong}.")) from None
    except RecursionError:
        raise Invalid(FieldProblem("", "too-deep", "This is nested too deeply.")) from None
    if not isinstance(pack, dict):
        raise Invalid(FieldProblem("", "not-an-object", "A pack is a JSON object."))
    return pack


def _as_calls(pack: dict[str, Any]) -> list[dict[str, str]]:
    """Give the call that keeps the pack, and the one that lets a kept version decide."""
    key = str(pack.get("key", "")) or "KEY"
    activate = as_code("POST", f"policies/{key}/activate", {"version": 2})[0]
    command = as_command("policies", "put", "pack.json", "--person", "NAME")
    return [
        *as_code("POST", "policies", pack),
        command,
        {"title": gettext("Then let it decide"), "text": activate["text"]},
    ]


def _next_version(row: Policy | None) -> str:
    if row is None:
        raise NotFound
    return json.dumps(as_written(row.pack), indent=2, ensure_ascii=False)
