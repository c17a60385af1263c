"""Where every address leads."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("marketplace.api")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("marketplace.portal.urls")),
]
