"""The drift inbox: what stands on platforms otherwise than was agreed, and its answers."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from catalog.models import OutputPort
from catalog.models.platform import ON_DRIFT
from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import AUDITOR, GOVERNANCE, OPERATOR, PRIVACY, Actor
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web import states
from marketplace.portal.form_code import as_code, show_code
from marketplace.portal.pages import attempt, show
from subscriptions.actions.census import answer, ask_census, set_reaction
from subscriptions.models import DriftFinding
from subscriptions.models.drift import DRIFT_KINDS, STANDING
from subscriptions.permissions import may_answer_drift
from subscriptions.provisioning import reaction_of
from subscriptions.queries import visible_findings

_SHOWN: Final = 100
_DONE: Final = {
    "heal": "A worker brings it in step now.",
    "accept": "It is left as it is.",
    "quarantine": "The access is being suspended.",
    "adopt": "The owner is asked after the fact.",
}


@require_safe
def drift(request: HttpRequest) -> HttpResponse:
    """Show what stands open on the reader's products, or on all for those who oversee."""
    actor = _reader(request)
    chosen = request.GET.get("kind", "")
    over = request.GET.get("show") == "closed"
    rows = visible_findings(actor)
    rows = rows.exclude(state__in=STANDING) if over else rows.filter(state__in=STANDING)
    if chosen in dict(DRIFT_KINDS):
        rows = rows.filter(kind=chosen)
    found = list(rows[:_SHOWN])
    oversees = actor.holds(OPERATOR, GOVERNANCE, PRIVACY, AUDITOR)
    context = {
        "rows": [_row(actor, one) for one in found],
        "kinds": [(kind, states.look("drift", kind).label) for kind, _ in DRIFT_KINDS],
        "chosen": chosen,
        "over": over,
        "operator": actor.holds(OPERATOR),
        "oversees": oversees,
        "reactions": ON_DRIFT,
        "nav": "governance" if oversees else "owner",
    }
    return show(request, "portal/drift.html", context)


@require_POST
def drift_answer(request: HttpRequest, finding_id: Any, how: str) -> HttpResponse:
    """Heal, leave, suspend or adopt one finding."""
    actor = _reader(request)
    if how not in _DONE:
        raise NotFound
    facts = {
        name: request.POST.get(name, "").replace("\x00", "").strip()
        for name in ("words", "consumer_kind", "consumer_key")
    }
    if "code" in request.POST:
        body = {"how": how} | {name: value for name, value in facts.items() if value}
        code = as_code("POST", f"drift/{finding_id}/answer", body)
        return show_code(request, code, reverse("drift"))
    attempt(request, lambda: answer(actor, finding_id=finding_id, how=how, **facts), _DONE[how])
    return redirect("drift")


@require_POST
def drift_reaction(request: HttpRequest, port_id: int) -> HttpResponse:
    """Say for one port what follows drift from now on."""
    actor = _reader(request)
    port = OutputPort.objects.select_related("product").filter(pk=port_id).first()
    if port is None:
        raise NotFound
    reaction = request.POST.get("reaction", "")
    if "code" in request.POST:
        place = f"products/{port.product.key}/ports/{port.name}/drift-reaction"
        code = as_code("PUT", f"{place}?version={port.version_name}", {"reaction": reaction})
        return show_code(request, code, reverse("drift"))
    attempt(
        request,
        lambda: set_reaction(actor, port_id=port_id, reaction=reaction),
        "Kept; it counts from the next look on.",
    )
    return redirect("drift")


@require_POST
def drift_census(request: HttpRequest, key: str) -> HttpResponse:
    """Have every handle of a platform compared now."""
    actor = _reader(request)
    attempt(request, lambda: ask_census(actor, key=key), "Every handle is compared now.")
    return redirect("platform", key)


def _reader(request: HttpRequest) -> Actor:
    actor = signed_in(request)
    owns = any(role in PUBLISHERS for _, role in actor.memberships)
    if not owns and not actor.holds(OPERATOR, GOVERNANCE, PRIVACY, AUDITOR):
        raise NotAllowed("This is for owners of products and for operators.")
    return actor


def _row(actor: Actor, one: DriftFinding) -> dict[str, Any]:
    answers = may_answer_drift(actor, one.handle.port.product)
    open_now = one.state in ("open", "quarantined", "refused", "accepted")
    foreign = one.kind == "foreign"
    rule = getattr(one.handle.port, "drift_rule", None)
    return {
        "finding": one,
        "code_place": f"drift-code-{one.pk}",
        "rule_place": f"rule-code-{one.pk}",
        "port": one.handle.port,
        "reaction": dict(ON_DRIFT)[reaction_of(one.handle)],
        "rule": rule.reaction if rule else "",
        "answers": answers and open_now,
        "may_heal": not foreign,
        "may_suspend": one.grant_id is not None and one.state == "open" and not foreign,
        "may_adopt": one.kind in ("foreign", "excess"),
        "needs_consumer": not one.principal,
        "sets_reaction": answers,
    }
