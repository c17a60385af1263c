"""Addresses of the portal's pages, grouped by area."""

from django.urls import URLPattern, URLResolver, path

from marketplace.portal import (
    access,
    changes,
    health,
    lab,
    lineage,
    market,
    palette,
    product,
    reference,
    requests,
    style,
)

_MARKET: list[URLPattern | URLResolver] = [
    path("", market.market, name="market"),
    path("palette", palette.palette, name="palette"),
]
_PRODUCT: list[URLPattern | URLResolver] = [
    path("products/<str:key>", product.product, name="product"),
    path("products/<str:key>/request", requests.request_drawer, name="request_drawer"),
    path("products/<str:key>/request/verdict", requests.request_verdict, name="request_verdict"),
    path("products/<str:key>/follow", product.follow, name="follow"),
    path("products/<str:key>/unfollow", product.unfollow, name="unfollow"),
    path("products/<str:key>/<slug:tab>", product.product, name="product"),
]
_ACCESS: list[URLPattern | URLResolver] = [
    path("requests/<uuid:request_id>", requests.request_page, name="request_page"),
    path("requests/<uuid:request_id>/<slug:move>", requests.request_move, name="request_move"),
    path("access", access.access, name="access"),
    path("access/<uuid:agreement_id>/end", access.access_end, name="access_end"),
    path("access/<uuid:agreement_id>/renew", access.access_renew, name="access_renew"),
    path("access/<uuid:agreement_id>/login", access.access_login, name="access_login"),
    path("lab", lab.lab, name="lab"),
    path("lab/run", lab.lab_run, name="lab_run"),
    path("lab/csv", lab.lab_csv, name="lab_csv"),
]
_LINEAGE_AND_CHANGES: list[URLPattern | URLResolver] = [
    path("lineage", lineage.lineage, name="lineage"),
    path("lineage/graph", lineage.lineage_graph, name="lineage_graph"),
    path("changes/<uuid:change_id>", changes.change, name="change"),
    path("changes/<uuid:change_id>/answer", changes.change_answer, name="change_answer"),
    path("changes/<uuid:change_id>/release", changes.change_release, name="change_release"),
    path("changes/<uuid:change_id>/withdraw", changes.change_withdraw, name="change_withdraw"),
]
_SYSTEM: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", health.metrics, name="metrics"),
    path("api/docs", reference.docs, name="api-docs"),
    path("api/try", reference.attempt, name="api-try"),
    path("style", style.show, name="style"),
]
urlpatterns = [*_MARKET, *_PRODUCT, *_ACCESS, *_LINEAGE_AND_CHANGES, *_SYSTEM]
