"""One's choices: by which ways, beside the inbox, one hears of what."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.models import User
from marketplace.portal.form_code import as_code
from marketplace.portal.pages import attempt, show
from marketplace.portal.settings_pages import section_links
from subscriptions.actions.notification_choices import choices_of, choose
from subscriptions.kinds import CHANNELS, EMAIL, INBOX_STAYS, KINDS, Kind, by_default
from subscriptions.queries import my_webhooks


@require_http_methods(["GET", "HEAD", "POST"])
def settings_notifications(request: HttpRequest) -> HttpResponse:
    """Show each kind of notice with its ways, and keep what was ticked."""
    actor, code = signed_in(request), None
    if request.method == "POST":
        ticked = set(request.POST.getlist("wants"))
        wanted = {
            kind.name: {
                channel: f"{kind.name}:{channel}" in ticked
                for channel in CHANNELS
                if not (channel == EMAIL and kind.locked)
            }
            for kind in KINDS
        }
        if "code" not in request.POST:
            said = "Saved. The inbox keeps everything."
            attempt(request, lambda: choose(actor, wanted=wanted), said)
            return redirect("settings_notifications")
        code = as_code("PATCH", "notification-choices", {"choices": wanted})
    account = User.objects.filter(pk=actor.user_id).first()
    if account is None:
        raise NotFound
    chosen = choices_of(account)
    if code:  # what was ticked is shown again, though nothing was kept
        chosen = {(kind, way): on for kind, ways in wanted.items() for way, on in ways.items()}
    context = {
        "groups": [
            {"title": title, "kinds": [_line(kind, account, chosen) for kind in kinds]}
            for title, kinds in groupby(KINDS, key=lambda kind: kind.group)
        ],
        "account": account,
        "code": code,
        "inbox_stays": INBOX_STAYS,
        "webhooks": my_webhooks(actor).filter(active=True).count(),
        "sections": section_links(),
        "section": "settings_notifications",
        "nav": "settings",
    }
    return show(request, "portal/settings_notifications.html", context)


def _line(kind: Kind, account: User, chosen: dict[tuple[str, str], bool]) -> dict[str, Any]:
    """Shape a kind for its row: each way with its tick and the value that its box sends."""
    ways = [
        {
            "channel": channel,
            "value": f"{kind.name}:{channel}",
            "on": chosen.get(
                (kind.name, channel), by_default(kind.name, channel, mails=account.mails)
            ),
            "locked": channel == EMAIL and bool(kind.locked),
        }
        for channel in CHANNELS
    ]
    return {"kind": kind, "ways": ways}
