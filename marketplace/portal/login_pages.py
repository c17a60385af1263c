"""Short-lived logins: one's own in the settings, everybody's for operators; each can be dropped."""

from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace.kernel.actors import Actor
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.operating import operator_of
from marketplace.portal.pages import attempt, show
from marketplace.portal.settings_pages import section_links
from subscriptions.actions import logins
from subscriptions.models import IssuedLogin
from subscriptions.queries.logins import standing, visible_logins

_SHOWN: Final = 200
_LIVE: Final = ("issuing", "live", "withdrawing")


@require_safe
def settings_logins(request: HttpRequest) -> HttpResponse:
    """Show the logins that were made for the reader."""
    actor = signed_in(request)
    rows = visible_logins(actor).filter(person=actor.subject)[:_SHOWN]
    context = _context(rows, actor) | {
        "sections": section_links(),
        "section": "settings_logins",
        "nav": "settings",
    }
    return show(request, "portal/settings_logins.html", context)


@require_safe
def operator_logins(request: HttpRequest) -> HttpResponse:
    """Show everybody's logins to the operators, or those of one person."""
    actor = operator_of(request)
    person = request.GET.get("person", "").replace("\x00", "").strip()[:150]
    rows = visible_logins(actor)
    if person:
        rows = rows.filter(person=person)
    context = _context(rows[:_SHOWN], actor) | {"person": person, "nav": "governance"}
    return show(request, "portal/operator_logins.html", context)


@require_POST
def login_revoke(request: HttpRequest, login_id: Any) -> HttpResponse:
    """Drop one login on its platform now; it counts when that was read back."""
    actor = signed_in(request)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:2000]
    attempt(
        request,
        lambda: logins.withdraw(actor, login_id=login_id, reason=reason or "Not needed any more."),
        "Dropped on the platform, and read back: nobody logs in with it any more.",
    )
    back = "operator_logins" if request.POST.get("from") == "operator" else "settings_logins"
    return redirect(back)


def _context(rows: Iterable[IssuedLogin], actor: Actor) -> dict[str, Any]:
    """Shape the rows; what a platform can do is asked once for each platform."""
    moment = timezone.now()
    can: dict[int | None, bool] = {}
    shown = []
    for row in rows:
        platform = row.agreement.port.platform_id
        if platform not in can:
            can[platform] = logins.droppable(row)
        state = standing(row, moment)
        shown.append(
            {
                "row": row,
                "state": state,
                "may_drop": state in _LIVE and can[platform],
                "own": row.person == actor.subject,
            }
        )
    return {
        "live": [one for one in shown if one["state"] in _LIVE],
        "over": [one for one in shown if one["state"] not in _LIVE],
        "cut": len(shown) == _SHOWN,
    }
