"""The kill switch: what it would hit, pulling it, and giving back exactly what was."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from catalog.permissions import PUBLISHERS
from marketplace.kernel.actors import AUDITOR, GOVERNANCE, OPERATOR, PRIVACY, Actor
from marketplace.kernel.errors import DomainError, NotAllowed, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.form_code import as_code, as_command, show_code
from marketplace.portal.pages import REFUSED, attempt, blame, show
from subscriptions.actions.kill_switch import affected, confirm, pull, restore
from subscriptions.models import KillSwitch
from subscriptions.models.kill_switch import SCOPES
from subscriptions.queries import named, visible_switches

_SHOWN: Final = 100
_HOURS: Final = [("", "Until somebody restores it"), ("1", "1 hour"), ("8", "8 hours"),
                 ("24", "1 day"), ("168", "7 days")]  # fmt: skip


class SwitchForm(forms.Form):
    """What to suspend, why, and for how long."""

    scope = forms.ChoiceField(label="Suspend", choices=SCOPES, initial="product")
    key = forms.CharField(
        label="Which one",
        max_length=180,
        help_text="A product's or platform's key, a domain, a classification, or team:growth.",
    )
    reason = forms.CharField(
        label="Why", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    hours = forms.ChoiceField(label="Restore by itself", choices=_HOURS, required=False)
    second_person = forms.BooleanField(
        label="Only once a second person has confirmed", required=False
    )


@require_http_methods(["GET", "HEAD", "POST"])
def suspensions(request: HttpRequest) -> HttpResponse:
    """Preview what a switch would hit; pull it; list those that were pulled."""
    actor = _reader(request)
    given = request.POST if request.method == "POST" else request.GET
    form = SwitchForm(given if "scope" in given else None)
    if "code" in request.POST:
        return show_code(request, _code(request), reverse("suspensions"))
    context: dict[str, Any] = {"form": form, "preview": None, "nav": "governance"}
    status = 200
    if form.is_bound and form.is_valid():
        clean = form.cleaned_data
        try:
            if request.method == "POST" and "pull" in request.POST:
                hours = int(clean["hours"] or 0)
                switch = pull(
                    actor,
                    scope=clean["scope"],
                    key=clean["key"],
                    reason=clean["reason"],
                    second_person=clean["second_person"],
                    restore_at=timezone.now() + timedelta(hours=hours) if hours else None,
                )
                return redirect("suspension", switch.pk)
            context["preview"] = _preview(actor, clean["scope"], clean["key"])
        except NotFound:
            form.add_error("key", "There is nothing of this name.")
            status = REFUSED
        except DomainError as refused:
            blame(form, refused, {"/reason": "reason", "/scope": "scope", "/restore_at": "hours"})
            status = REFUSED
            if request.method == "POST" and not isinstance(refused, NotAllowed):
                context["preview"] = _preview(actor, clean["scope"], clean["key"])
    form.fields["reason"].required = True  # a preview needs none, pulling does
    context["oversees"] = actor.holds(GOVERNANCE, OPERATOR, PRIVACY, AUDITOR)
    context["switches"] = list(visible_switches(actor)[:_SHOWN])
    return show(request, "portal/suspensions.html", context, status=status)


def _code(request: HttpRequest) -> list[dict[str, str]]:
    """Give the call that pulls the switch, with what stands in the form."""
    said = {name: request.POST.get(name, "") for name in ("scope", "key", "reason")}
    body: dict[str, Any] = dict(said)
    if "second_person" in request.POST:
        body["second_person"] = True
    hours = request.POST.get("hours", "")
    if hours in dict(_HOURS) and hours:
        body["restore_at"] = f"{timezone.now() + timedelta(hours=int(hours)):%Y-%m-%dT%H:%M:%SZ}"
    command = ["kill_switch", "pull", said["scope"], said["key"], "--reason", said["reason"]]
    return [*as_code("POST", "suspensions", body), as_command(*command)]


@require_http_methods(["GET", "HEAD"])
def suspension(request: HttpRequest, switch_id: Any) -> HttpResponse:
    """Show one switch and what it holds."""
    actor = _reader(request)
    switch = _switch(actor, switch_id)
    held = switch.held.select_related("port__product", "grant").order_by("port__product__key", "pk")
    context = {
        "switch": switch,
        "held": list(named(held)[:_SHOWN]),
        **held.order_by().aggregate(
            number=Count("pk"),
            refused=Count("pk", filter=Q(grant__state="verified_removed")),
            given_back=Count("pk", filter=Q(grant__state="verified", state="active")),
        ),
        "may_confirm": switch.state == "proposed" and actor.subject != switch.pulled_by,
        "nav": "governance",
    }
    return show(request, "portal/suspension.html", context)


@require_POST
def suspension_move(request: HttpRequest, switch_id: Any, move: str) -> HttpResponse:
    """Confirm as the second person, or restore."""
    actor = _reader(request)
    _switch(actor, switch_id)
    if move == "confirm":
        attempt(request, lambda: confirm(actor, switch_id=switch_id), "It takes effect now.")
    elif move == "restore":
        words = "What it took is given back; each is active when it was proven again."
        attempt(request, lambda: restore(actor, switch_id=switch_id), words)
    else:
        raise NotFound
    return redirect("suspension", switch_id)


def _preview(actor: Actor, scope: str, key: str) -> dict[str, Any]:
    found = affected(actor, scope=scope, key=key)
    rows = named(found).select_related("port__product")
    return {
        "number": found.count(),
        "products": found.values("port__product").order_by().distinct().count(),
        "consumers": found.values("consumer_kind", "consumer_key").order_by().distinct().count(),
        "rows": list(rows[:_SHOWN]),
    }


def _switch(actor: Actor, switch_id: Any) -> KillSwitch:
    switch = visible_switches(actor).filter(pk=switch_id).first()
    if switch is None:
        raise NotFound
    return switch


def _reader(request: HttpRequest) -> Actor:
    actor = signed_in(request)
    owns = any(role in PUBLISHERS for _, role in actor.memberships)
    if not owns and not actor.holds(OPERATOR, GOVERNANCE, PRIVACY, AUDITOR):
        raise NotAllowed("This is for owners of products and for those who oversee.")
    return actor
