"""Files behind signed links: the link is the credential, so nobody is signed in here."""

from django.http import FileResponse, HttpRequest
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from catalog.models import PlatformConnection
from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError
from marketplace.kernel.errors import NotFound


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
