"""The API's own description, and pages to read and to try it."""

import hashlib
from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

_MEDIA = "application/vnd.oai.openapi+json"
# The two readers draw with inline styles, fonts and workers of their own; nobody signs in there.
_LOOSER: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "worker-src": [CSP.SELF, "blob:"],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
}


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the OpenAPI document; it is the same until the program changes."""
    text, etag = document()
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    headers = {"ETag": etag, "Cache-Control": "public, max-age=300"}
    return HttpResponse(text, content_type="application/json", headers=headers)


@cache
def document() -> tuple[bytes, str]:
    """Make the document once per process; give it with its entity tag."""
    text = orjson.dumps(schema(), option=orjson.OPT_NON_STR_KEYS, default=str)
    return text, f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def schema() -> dict[str, Any]:
    """Make the OpenAPI document as a mapping."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    made: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


@csp_override(_LOOSER)
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the API for reading (Redoc)."""
    context = {
        "title": "API reference",
        "reader": static("drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"),
    }
    return render(request, "portal/api_docs.html", context)


@csp_override(_LOOSER)
@require_safe
def attempt(request: HttpRequest) -> HttpResponse:
    """Show the API for trying (Swagger)."""
    folder = "drf_spectacular_sidecar/swagger-ui-dist"
    context = {
        "title": "Try the API",
        "reader": static(f"{folder}/swagger-ui-bundle.js"),
        "style": static(f"{folder}/swagger-ui.css"),
    }
    return render(request, "portal/api_try.html", context)
