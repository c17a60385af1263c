"""One's sessions: in which browsers one is signed in, since when, and a way to end them."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.queries import my_sessions
from marketplace.kernel.identity.session_actions import end_session, end_sessions
from marketplace.kernel.web.browsers import browser_of
from marketplace.portal.pages import attempt, show
from marketplace.portal.settings_pages import section_links

_SHOWN: Final = 50
_METHODS: Final = {
    "password": "by password",
    "passkey": "by passkey",
    "socialaccount": "by single sign-on",
}


@require_safe
def settings_sessions(request: HttpRequest) -> HttpResponse:
    """List the browsers that are signed in, this one first."""
    actor = signed_in(request)
    here = request.session.session_key
    rows = [
        {
            "row": row,
            "browser": browser_of(row.agent),
            "method": _METHODS.get(row.method, ""),
            "here": row.session_key == here,
        }
        for row in my_sessions(actor)[:_SHOWN]
    ]
    context = {
        "rows": sorted(rows, key=lambda one: not one["here"]),
        "others": any(not one["here"] for one in rows),
        "sections": section_links(),
        "section": "settings_sessions",
        "nav": "settings",
    }
    return show(request, "portal/settings_sessions.html", context)


@require_POST
def session_end(request: HttpRequest, ref: Any) -> HttpResponse:
    """Sign one browser out."""
    actor = signed_in(request)
    attempt(request, lambda: end_session(actor, ref=ref), "That browser is signed out.")
    return redirect("settings_sessions")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign every browser out but this one."""
    actor = signed_in(request)
    here = request.session.session_key or ""
    attempt(
        request,
        lambda: end_sessions(actor, but=here),
        "Every other browser is signed out. Tokens stay: revoke them on their own page.",
    )
    return redirect("settings_sessions")
