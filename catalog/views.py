"""Doors for programs that are not signed in: a signed link, a signed report."""

from django.http import FileResponse, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from catalog.actions.platform_reports import take_report
from catalog.models import PlatformConnection
from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.problem import CONTENT_TYPE, body_of


@never_cache
@require_GET
def open_file(request: HttpRequest, platform: str, token: str) -> FileResponse:
    """Give what a signed link stands for, as Parquet or CSV (`?format=csv`).

    Every use asks the platform whether the access still stands. A link that is not ours, one that
    has ended and a platform without links are answered alike.
    """
    row = PlatformConnection.objects.filter(key=platform).first()
    opening = getattr(connector_of(row), "open_link", None) if row else None
    if opening is None:
        raise NotFound
    try:
        name, path = opening(token, request.GET.get("format", "parquet"))
    except ConnectorError:
        raise NotFound from None
    content = path.open("rb")
    path.unlink()  # what is open stays readable until it is closed
    return FileResponse(content, as_attachment=True, filename=name)


@csrf_exempt  # the signature over the body is the proof of who sends it
@require_POST
def report(request: HttpRequest, platform: str) -> JsonResponse:
    """Take a signed report on the newest order of a platform that others change."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        taken = take_report(key=platform, headers=headers, body=request.body)
    except DomainError as problem:
        return JsonResponse(body_of(problem), status=problem.status, content_type=CONTENT_TYPE)
    return JsonResponse(taken)
