"""What a refusal means: the page behind the ``type`` of every problem document (RFC 9457)."""

import inspect

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.kernel.errors import NotFound, refusals


@require_safe
def explained(request: HttpRequest, code: str = "") -> HttpResponse:
    """Show every refusal, or the one with this code."""
    shown = [
        {
            "code": kind.code,
            "title": kind.title,
            "status": kind.status,
            "about": " ".join((inspect.getdoc(kind) or "").replace("``", "").split()),
        }
        for kind in refusals()
        if code in ("", kind.code)
    ]
    if not shown:
        raise NotFound
    return render(request, "portal/error_reference.html", {"refusals": shown, "code": code})
