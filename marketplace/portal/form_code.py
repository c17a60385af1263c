"""A form as what it is to a program: the call that does the same, with what stands in it."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

import yaml
from django.conf import settings
from django.forms import BaseForm, BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from marketplace.kernel.web.fragments import wants_fragment
from marketplace.portal.pages import REFUSED, guard


def show_code(request: HttpRequest, code: list[dict[str, str]], back: str) -> HttpResponse:
    """Answer with a form's call: the snippets alone for the page's script, else a page of them.

    Whatever element the script fills, it gets the snippets: each form has a place of its own.
    """
    context = {"code": code, "title": gettext("Show as code"), "back": back}
    template = "portal/form_code.html" + ("#code" if wants_fragment(request) else "")
    return guard(request, render(request, template, context))


def show_errors(request: HttpRequest, form: "BaseForm | BaseFormSet[Any]") -> HttpResponse:
    """Answer the page's script that there is no call yet, with what is wrong in the form."""
    forms: list[BaseForm] = form.forms if isinstance(form, BaseFormSet) else [form]
    listed = [
        {"label": one.fields[name].label if name in one.fields else "", "text": text}
        for one in forms
        for name, texts in one.errors.items()
        for text in texts
    ]
    context = {"code": [], "title": gettext("Show as code"), "wrong": listed}
    answer = render(request, "portal/form_code.html#code", context, status=REFUSED)
    return guard(request, answer)


def bundle_code(text: str, *, name: str = "product.yaml") -> list[dict[str, str]]:
    """Give a bundle as the file it is, and what looks at it and applies it."""
    return [{"title": name, "text": text}, *apply_code(name)]


def apply_code(name: str = "product.yaml") -> list[dict[str, str]]:
    """Give what applies a text from a file, and what only looks at it."""
    call = (
        "curl -X POST '{}/api/v1/{}' \\\n"
        '  -H "Authorization: Bearer $TOKEN" \\\n'
        "  -H 'Content-Type: application/yaml' \\\n"
        "  --data-binary @{}"
    )
    calls = ((gettext("Look at it first"), "plan"), (gettext("Apply it"), "apply"))
    return [
        *(
            {"title": title, "text": call.format(settings.BASE_URL, address, name)}
            for title, address in calls
        ),
        as_command("apply", "--dry-run", name),
    ]


def as_command(*words: str) -> dict[str, str]:
    """Give the command of the server's own shell that does the same."""
    return {"title": gettext("Command line"), "text": shlex.join(["python", "manage.py", *words])}


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
