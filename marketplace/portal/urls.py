"""Addresses of the portal's pages, grouped by area."""

from django.urls import URLPattern, URLResolver, path

from marketplace.portal import style

urlpatterns: list[URLPattern | URLResolver] = [
    path("style", style.show, name="style"),
]
