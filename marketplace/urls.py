"""Where every address leads."""

from django.urls import include, path

from catalog.views import open_file, report
from marketplace.kernel.identity.admin import site

urlpatterns = [
    path("api/v1/", include("marketplace.api")),
    path("admin/", site.urls),
    path("accounts/", include("allauth.urls")),
    path("callbacks/<slug:platform>", report, name="report"),
    path("files/<slug:platform>/<str:token>", open_file, name="open-file"),
    path("", include("marketplace.portal.urls")),
]

handler400 = "marketplace.portal.errors.bad_request"
handler403 = "marketplace.portal.errors.not_allowed"
handler404 = "marketplace.portal.errors.not_found"
handler500 = "marketplace.portal.errors.broken"
