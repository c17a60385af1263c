"""Calls without a session go straight to their view, and are as safe as the long way."""

import pytest
from django.test import Client

from marketplace.kernel.identity.models import User

pytestmark = pytest.mark.django_db
DELAYS = "/api/v1/products/flight-operations.flight-delays"
SAFE = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def test_an_answer_of_the_api_says_that_nothing_in_it_may_run(client, mesh):
    answer = client.get("/api/v1/health/live")

    assert {name: answer[name] for name in SAFE} == SAFE
    assert answer["Content-Length"] == str(len(answer.content))
    assert len(answer["X-Request-Id"]) >= 8


def test_a_host_that_is_not_ours_is_refused(client, mesh):
    assert client.get("/api/v1/health/live", headers={"host": "evil.example"}).status_code == 400


def test_anas_session_takes_the_long_way_and_still_needs_its_origin_checked(mesh, people):
    ana = Client(enforce_csrf_checks=True)
    ana.force_login(User.objects.get(username="ana"))

    assert ana.get(DELAYS).status_code == 200
    refused = ana.post("/api/v1/follows", {"product": "flight-operations.flight-delays"})
    assert refused.status_code == 403


def test_over_https_browsers_are_told_to_stay_there(client, mesh, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000

    answer = client.get("/api/v1/health/live", secure=True)

    assert answer["Strict-Transport-Security"] == "max-age=31536000"
