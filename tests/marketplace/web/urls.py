"""The names that the frame of a page needs, without the pages themselves."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import engines
from django.urls import path

from marketplace.kernel.web.fragments import drawer_frame
from marketplace.portal.style import examples, show


def blank(_request: HttpRequest, **_kwargs: str) -> HttpResponse:
    return HttpResponse("")


def palette(request: HttpRequest) -> HttpResponse:
    context = {"groups": examples()["groups"], "query": request.GET.get("q", "")}
    return render(request, "components/palette.html", context)


NAMES = (
    *(
        "home",
        "asks",
        "domains",
        "help",
        "status",
        "api-docs",
        "market",
        "lab",
        "access",
        "inbox",
        "owner",
        "reviews",
        "governance-audit",
        "settings",
    ),
    *("account_login", "account_logout", "account_reset_password"),
)
urlpatterns = [
    path("style", show, name="style"),
    path("palette", palette, name="palette"),
    *(path(f"at/{name}", blank, name=name) for name in NAMES),
]

STEPS: Iterator[str] = iter(())  # set by the test: what the server says, one after the other
LIVE = (
    '<section id="state" {% if state != "ready" %}data-live="/live" data-live-every="0.05"'
    '{% endif %} data-live-say="{{ state }}"><p>{{ state }}</p></section>'
)
PAGE = (
    '{% extends "base.html" %}{% block main %}<h1>A page</h1>'
    '<a id="ask" href="/drawer" data-drawer>Ask</a><a id="lost" href="/gone" data-drawer>Lost</a>'
    f"{LIVE}{{% endblock %}}"
)
DRAWER = (
    "{% extends frame %}{% block drawer_body %}<form><label>Why"
    '<input name="why"></label></form>{% endblock %}'
)


def parts(request: HttpRequest) -> HttpResponse:
    page = engines["django"].from_string(PAGE)
    return HttpResponse(page.render({"state": "waiting", "nav": "access"}, request))


def live(request: HttpRequest) -> HttpResponse:
    part = engines["django"].from_string(LIVE)
    return HttpResponse(part.render({"state": next(STEPS)}, request))


def drawer(request: HttpRequest) -> HttpResponse:
    page = engines["django"].from_string(DRAWER)
    context = {"frame": drawer_frame(request), "eyebrow": "Request", "title": "Flight delays"}
    return HttpResponse(page.render(context, request))


urlpatterns += [path("parts", parts), path("live", live), path("drawer", drawer)]
