"""Show a list as what it is to a program: the call that gives it, and its answer as YAML."""

import json
import re
from typing import Any, Final

import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import resolve, reverse
from django.views.decorators.http import require_safe

from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import actor_of
from marketplace.kernel.web.fragments import drawer_frame
from marketplace.portal.pages import guard, show

# Lists that have a page, by the last part of their address in the API.
LISTS: Final = {
    "products": "Products",
    "asks": "Asks",
    "notices": "Notices",
    "saved-searches": "Kept searches",
    "access-agreements": "Agreements",
    "access-requests": "Requests",
    "domains": "Domains",
    "tokens": "Tokens",
    "webhooks": "Webhooks",
    "notification-choices": "Notifications",
    "changes": "Changes",
    "incidents": "Incidents",
    "platforms": "Platform connections",
    "orders": "Orders",
    "drift": "Drift",
    "suspensions": "Suspensions",
    "accounts": "Accounts",
    "credentials": "Logins",
    "grants": "Grants",
    "audit": "Audit",
    "policies": "Policies",
    "verdicts": "Verdicts",
    "sessions": "Sessions",
    "passkeys": "Passkeys",
}
# Lists below one thing, which the page names as ``of``.
BELOW: Final = {
    "consumers": ("Consumers", "products/{of}/consumers"),
    "service-levels": ("Service levels", "products/{of}/service-levels"),
    "deliveries": ("Deliveries", "webhooks/{of}/deliveries"),
}
# What the command line of the server says of the same.
COMMANDS: Final = {
    "platforms": "python manage.py platforms list",
    "orders": "python manage.py orders list",
    "credentials": "python manage.py logins list",
    "policies": "python manage.py policies list",
}
_OF: Final = re.compile(r"[\w.-]{1,161}")


@require_safe
def show_as(request: HttpRequest, name: str) -> HttpResponse:
    """Give the call, with the very filters of the page."""
    title, place = _place(request, name)
    actor_of(request)
    address = f"/api/v1/{place}{_query(request)}"
    given = request.GET.urlencode(safe=":<>").replace("'", "%27")
    yaml_page = reverse("show_as_yaml", args=[name]) + (f"?{given}" if given else "")
    cli = [{"title": "Command line", "text": COMMANDS[name]}] if name in COMMANDS else []
    call = f"curl -H 'Authorization: Bearer '\"$TOKEN\" '{settings.BASE_URL}{address}'"
    context = {
        "snippets": [
            {"title": "curl", "text": call},
            {"title": "Python", "text": _python(f"{settings.BASE_URL}{address}")},
            *cli,
        ],
        "yaml": yaml_page,
        "address": address,
        "frame": drawer_frame(request),
        "eyebrow": title,
        "title": "Show as",
        "close": reverse("market"),
    }
    return show(request, "portal/show_as.html", context)


@require_safe
def show_as_yaml(request: HttpRequest, name: str) -> HttpResponse:
    """Give the API's own answer as YAML, for who is signed in here."""
    _, place = _place(request, name)
    request.path = request.path_info = f"/api/v1/{place}"
    request.GET = _filters(request)  # type: ignore[assignment] # as frozen as it was read
    found = resolve(request.path_info)
    answer: Any = found.func(request, *found.args, **found.kwargs)
    if hasattr(answer, "render"):
        answer = answer.render()
    text = yaml.safe_dump(json.loads(answer.content), sort_keys=False, allow_unicode=True)
    plain = HttpResponse(
        text, status=answer.status_code, content_type="application/yaml; charset=utf-8"
    )
    plain["Content-Disposition"] = f'inline; filename="{name}.yaml"'
    return guard(request, plain)


def _place(request: HttpRequest, name: str) -> tuple[str, str]:
    """Give what a list is called and its address below /api/v1."""
    if name in LISTS:
        return LISTS[name], name
    of = request.GET.get("of", "")
    if name not in BELOW or not _OF.fullmatch(of):
        raise NotFound
    title, place = BELOW[name]
    return title, place.format(of=of)


def _filters(request: HttpRequest) -> QueryDict:
    """Give the filters alone, without what names the thing that the list is below."""
    found = request.GET.copy()
    found.pop("of", None)
    return found


def _query(request: HttpRequest) -> str:
    """Give the filters as the end of an address."""
    given = _filters(request).urlencode(safe=":<>")
    return f"?{given.replace("'", '%27')}" if given else ""


def _python(address: str) -> str:
    return (
        "import json, os, urllib.request\n\n"
        f"ask = urllib.request.Request({address!r})\n"
        'ask.add_header("Authorization", f"Bearer {os.environ[\'TOKEN\']}")\n'
        "found = json.load(urllib.request.urlopen(ask))\n"
    )
