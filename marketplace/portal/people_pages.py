"""Accounts in the operators' console: who is active, what a departure hits, and coming back."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.kernel.actions import rehearse
from marketplace.kernel.actors import OPERATOR, Actor
from marketplace.kernel.errors import DomainError, NotAllowed, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.models import Team, User
from marketplace.kernel.identity.permissions import may_deactivate, may_see_accounts
from marketplace.kernel.web.said import told
from marketplace.portal.form_code import as_code, as_command, show_code
from marketplace.portal.owner_queries import called
from marketplace.portal.pages import REFUSED, attempt, show, words_of
from subscriptions.actions.leavers import deactivate, reactivate
from subscriptions.models import Departure

_SHOWN: Final = 200
_TITLES: Final = {
    "agreements": "Access that ends",
    "requests": "Requests that are taken back",
    "logins": "Logins that are dropped",
    "remaining": "Logins that end by themselves",
    "tokens": "Tokens that are revoked",
    "webhooks": "Webhooks that stop",
    "teams": "Teams that are left",
    "roles": "Roles that are taken",
}


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List the accounts, those who left last."""
    actor = _operates(request)
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:150]
    rows = User.objects.prefetch_related("memberships__team").order_by("-is_active", "username")
    if asked:
        rows = rows.filter(username__icontains=asked) | rows.filter(display_name__icontains=asked)
    context = {
        "rows": list(rows[:_SHOWN]),
        "q": asked,
        "operator": actor.holds(OPERATOR),
        "nav": "governance",
    }
    return show(request, "portal/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, username: str) -> HttpResponse:
    """Show what deactivating an account would hit, and do it; or let it sign in again."""
    actor = _operates(request)
    account = User.objects.prefetch_related("memberships__team").filter(username=username).first()
    if account is None:
        raise NotFound
    problem, status = "", 200
    if request.method == "POST":
        reason = request.POST.get("reason", "").replace("\x00", "").strip()[:2000]
        if "code" in request.POST:
            return show_code(request, _code(username, reason), reverse("person", args=[username]))
        run = deactivate if account.is_active else reactivate
        try:
            run(actor, username=username, reason=reason)
        except NotFound:
            raise
        except DomainError as refused:
            problem, status = words_of(refused), REFUSED
        else:
            attempt(request, lambda: True, _done(account))
            return redirect("person", username)
    preview, refused_why = _preview(actor, account)
    context = {
        "account": account,
        "teams": [one.team for one in account.memberships.all()],
        "may": may_deactivate(actor, account),
        "preview": preview,
        "refused_why": refused_why,
        "departures": [
            {"row": row, "hits": _listed(row.hits)}
            for row in Departure.objects.filter(username=username)[:20]
        ],
        "problem": problem,
        "operator": actor.holds(OPERATOR),
        "nav": "governance",
    }
    return show(request, "portal/person.html", context, status=status)


def _code(username: str, reason: str) -> list[dict[str, str]]:
    """Give the call and the command that deactivate an account."""
    command = as_command("leaver", "deactivate", username, "--reason", reason)
    code = as_code("POST", f"accounts/{username}/deactivate", {"reason": reason})
    return [*code, command]


def _done(account: User) -> str:
    if account.is_active:
        return f"{account.called} may do nothing any more; what is ending is proven next."
    return f"{account.called} may sign in again, without anything from before."


def _preview(actor: Actor, account: User) -> tuple[list[dict[str, Any]] | None, str]:
    """Rehearse the departure: what it would hit, or why it would be refused."""
    if not account.is_active or not may_deactivate(actor, account):
        return None, ""
    facts = {"username": account.username, "reason": "A preview."}
    try:
        return rehearse(lambda row: _listed(row.hits), deactivate, actor, **facts), ""
    except DomainError as refused:
        return None, words_of(refused)


def _listed(hits: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what was hit, by kind, with words; what is rerouted comes last."""
    teams = dict(Team.objects.filter(slug__in=hits.get("teams", ())).values_list("slug", "name"))
    named = hits | {
        "agreements": [told(one) for one in hits.get("agreements", ())],
        "requests": [told(one) for one in hits.get("requests", ())],
        "teams": [teams.get(slug, slug) for slug in hits.get("teams", ())],
    }
    found = [
        {"title": title, "lines": named[kind]} for kind, title in _TITLES.items() if named.get(kind)
    ]
    routed = hits.get("routed", ())
    heirs = called(heir for _, _, heir in routed)
    lines = [told(_routed(what, name, heirs.get(heir, heir))) for what, name, heir in routed]
    return [*found, {"title": "Who answers instead", "lines": lines}] if lines else found


def _routed(what: str, name: str, heir: str) -> str:
    """Say what goes on to whom."""
    said = {
        "agreement": f"Agreement on {name}: {heir}",
        "request": f"{name}: {heir}",
        "program": f"Program {name}: {heir}",
        "product": f"Product {name}: {heir}",
        "approval": f"Answer to {name}: {heir}",
    }
    return said.get(what, f"{what} {name}: {heir}")


def _operates(request: HttpRequest) -> Actor:
    actor = signed_in(request)
    if not may_see_accounts(actor):
        raise NotAllowed("This is for operators and governance.")
    return actor
