"""allauth's own addresses beside the names that the frame needs."""

from django.urls import include, path

from tests.marketplace.web import urls

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    *(entry for entry in urls.urlpatterns if not str(entry.name).startswith("account_")),
]
