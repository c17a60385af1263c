"""Health, figures and the API's own pages."""

import pytest
from django.core.management import call_command
from django.db import OperationalError

from marketplace.portal import health
from marketplace.portal.reference import schema

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("place", ["", "/api/v1"])
def test_health_needs_no_sign_in(client, deliver, place):
    deliver()

    live = client.get(f"{place}/health/live")
    ready = client.get(f"{place}/health/ready")

    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert ready.json()["migrations"] == "ok"
    assert ready.json()["sweep_lag_seconds"] == 0


def test_what_is_overdue_shows(client, mesh):
    from marketplace.kernel.events.models import Delivery

    Delivery.objects.filter(next_at__isnull=False).update(next_at="2020-01-01T00:00:00Z")

    assert client.get("/health/ready").json()["sweep_lag_seconds"] > 100_000_000


def test_a_database_that_is_away_is_said(client, monkeypatch):
    def away(*_args: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(health, "_value", away)
    monkeypatch.setattr(health, "_complete", True)

    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()["code"]) == (503, "not-serving")
    assert answer.json()["reason"] == "database-away"


@pytest.mark.parametrize("place", ["/metrics", "/api/v1/metrics"])
def test_figures_are_prometheus_text(client, mesh, place):
    answer = client.get(place)
    text = answer.content.decode()

    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert "emporion_up 1.0" in text
    assert "emporion_outbox_age_seconds" in text
    assert "emporion_deliveries_waiting" in text
    assert "emporion_handles_due 0.0" in text


def test_requests_are_counted_by_state(client, api, mesh):
    api.ana.post(
        "/access-requests",
        {
            "product": "customer.bookings",
            "port": "full",
            "consumer": {"kind": "team", "id": "growth"},
            "purpose": "analytics",
            "purpose_text": "Why.",
        },
    )

    text = client.get("/metrics").content.decode()

    assert 'emporion_access_requests{state="in_review"} 1.0' in text


def test_the_document_is_open_and_kept(client, people):
    first = client.get("/api/v1/openapi.json")
    again = client.get("/api/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]})

    assert first.json()["openapi"].startswith("3.1")
    assert again.status_code == 304
    assert "access.grant.verified" in first.json()["webhooks"]


def test_every_operation_has_an_answer_words_and_problems():
    for path, methods in schema()["paths"].items():
        for method, facts in methods.items():
            assert facts["summary"], (method, path)
            assert {"400", "429"} <= set(facts["responses"]), (method, path)


def test_the_reference_is_in_step(settings, tmp_path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(made))

    kept = settings.BASE_DIR / "docs" / "reference" / "openapi.yaml"
    assert made.read_text() == kept.read_text(), (
        "run: manage.py spectacular --file docs/reference/openapi.yaml"
    )


@pytest.mark.parametrize("page", ["/api/docs", "/api/try"])
def test_the_pages_have_a_policy_of_their_own(client, page):
    answer = client.get(page)

    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "worker-src 'self' blob:" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self'" in policy
