"""Show a list as what it is to a program: the call that gives it, and its answer as YAML."""

import json
from typing import Any, Final

import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse
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
}


@require_safe
def show_as(request: HttpRequest, name: str) -> HttpResponse:
    """Give the call, with the very filters of the page."""
    if name not in LISTS:
        raise NotFound
    actor_of(request)
    address = f"/api/v1/{name}{_query(request)}"
    yaml_page = f"{reverse('show_as_yaml', args=[name])}{_query(request)}"
    call = f"curl -H 'Authorization: Bearer '\"$TOKEN\" '{settings.BASE_URL}{address}'"
    context = {
        "snippets": [
            {"title": "curl", "text": call},
            {"title": "Python", "text": _python(f"{settings.BASE_URL}{address}")},
        ],
        "yaml": yaml_page,
        "address": address,
        "frame": drawer_frame(request),
        "eyebrow": LISTS[name],
        "title": "Show as",
        "close": reverse("market"),
    }
    return show(request, "portal/show_as.html", context)


@require_safe
def show_as_yaml(request: HttpRequest, name: str) -> HttpResponse:
    """Give the API's own answer as YAML, for who is signed in here."""
    if name not in LISTS:
        raise NotFound
    request.path = request.path_info = f"/api/v1/{name}"
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


def _query(request: HttpRequest) -> str:
    given = request.GET.urlencode(safe=":<>")
    return f"?{given.replace("'", '%27')}" if given else ""


def _python(address: str) -> str:
    return (
        "import json, os, urllib.request\n\n"
        f"ask = urllib.request.Request({address!r})\n"
        'ask.add_header("Authorization", f"Bearer {os.environ[\'TOKEN\']}")\n'
        "found = json.load(urllib.request.urlopen(ask))\n"
    )
