"""A form as what it is to a program: the call that does the same, with what stands in it."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from marketplace.kernel.web.fragments import wants_fragment
from marketplace.portal.pages import guard


def show_code(request: HttpRequest, code: list[dict[str, str]], back: str) -> HttpResponse:
    """Answer with a form's call: the snippets alone for the page's script, else a page of them.

    Whatever element the script fills, it gets the snippets: each form has a place of its own.
    """
    context = {"code": code, "title": gettext("Show as code"), "back": back}
    template = "portal/form_code.html" + ("#code" if wants_fragment(request) else "")
    return guard(request, render(request, template, context))


def as_command(*words: str) -> dict[str, str]:
    """Give the command of the server's own shell that does the same."""
    return {"title": "Command line", "text": shlex.join(["python", "manage.py", *words])}


def as_code(method: str, address: str, body: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give the call as curl and Python, and its body as YAML; ``address`` is below /api/v1."""
    url = f"{settings.BASE_URL}/api/v1/{address}"
    sent = json.dumps(body, ensure_ascii=False)
    curl = (
        f"curl -X {method} {shlex.quote(url)} \\\n"
        '  -H "Authorization: Bearer $TOKEN" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(sent)}"
    )
    python = (
        "import json, os, urllib.request\n\n"
        f"body = {body!r}\n"
        f"ask = urllib.request.Request({url!r}, json.dumps(body).encode(), method={method!r})\n"
        'ask.add_header("Authorization", f"Bearer {os.environ[\'TOKEN\']}")\n'
        'ask.add_header("Content-Type", "application/json")\n'
        "made = json.load(urllib.request.urlopen(ask))\n"
    )
    plain = yaml.safe_dump(dict(body), sort_keys=False, allow_unicode=True)
    return [
        {"title": "curl", "text": curl},
        {"title": "Python", "text": python},
        {"title": "YAML", "text": plain},
    ]
