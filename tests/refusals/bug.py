"""Our addresses, and one whose view breaks."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def breaks(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret detail")


urlpatterns = [path("api/v1/breaks", breaks), path("", include("marketplace.urls"))]
handler500 = "marketplace.portal.errors.broken"
