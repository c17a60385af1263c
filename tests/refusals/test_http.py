"""Refusals of the web's own: who calls, how, how often, with what."""

import gzip

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.test import Client
from rest_framework.settings import api_settings

from marketplace.channels.signing import new_secret
from marketplace.kernel.identity.models import User
from marketplace.kernel.rest.models import IdempotencyKey
from subscriptions.models import Follow
from tests.catalog.actions.test_platform_reports import HANDLE, desk_with_an_order, done, send
from tests.refusals.provoked import provokes
from tests.rows import nothing_changes

pytestmark = pytest.mark.django_db

DELAYS = "/products/flight-operations.flight-delays"


@provokes("sign-in-first")
def test_nobody_reads_without_a_token(api, mesh):
    with nothing_changes():
        answer = api.nobody.put("/follows/flight-operations.flight-delays")

    assert (answer.status, answer.code) == (401, "sign-in-first")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@provokes("not-allowed")
def test_ana_makes_no_domain(api, mesh):
    with nothing_changes():
        answer = api.ana.put("/domains/night", {"name": "Night", "owner_team": "growth"})

    assert (answer.status, answer.code) == (403, "not-allowed")


@provokes("not-found")
def test_what_is_hidden_is_not_there(api, mesh):
    with nothing_changes():
        hidden = api.ana.put("/follows/customer.secret-plans")
        absent = api.ana.put("/follows/customer.no-such-thing")

    assert (hidden.status, hidden.code) == (404, "not-found")
    assert {**hidden.json, "instance": ""} == {**absent.json, "instance": ""}


@provokes("bad-request")
def test_a_host_that_is_not_ours_is_not_answered(people):
    answer = Client().get("/api/v1/me", headers={"Host": "evil_host.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "evil" not in answer.text


@provokes("malformed")
def test_a_body_that_is_no_json(api, mesh):
    with nothing_changes():
        answer = api.gus.put("/domains/night", "{not json")

    assert (answer.status, answer.code) == (400, "malformed")


@provokes("invalid")
def test_a_field_that_nobody_knows(api, mesh):
    with nothing_changes():
        answer = api.gus.put("/domains/night", {"name": "Night", "colour": "black"})

    assert (answer.status, answer.code) == (400, "invalid")
    assert ("/colour", "unknown-field") in answer.errors


@provokes("method-not-allowed")
def test_a_method_that_the_address_does_not_take(api, mesh):
    with nothing_changes():
        answer = api.ana.delete(DELAYS)

    assert (answer.status, answer.code) == (405, "method-not-allowed")


@provokes("unsupported-media-type")
def test_a_form_where_json_is_read(api, mesh):
    with nothing_changes():
        answer = api.gus.put("/domains/night", "name=x", kind="application/x-www-form-urlencoded")

    assert (answer.status, answer.code) == (415, "unsupported-media-type")


@provokes("unsupported-encoding")
def test_a_body_packed_in_an_unknown_way(api, mesh):
    with nothing_changes():
        answer = api.olaf.post("/lineage", gzip.compress(b"{}"), Content_Encoding="br")

    assert (answer.status, answer.code) == (415, "unsupported-encoding")


@provokes("too-large")
def test_a_body_of_more_than_a_megabyte(api, mesh):
    with nothing_changes():
        answer = api.gus.put("/domains/night", {"name": "x" * 1_100_000})

    assert (answer.status, answer.code) == (413, "too-large")


@provokes("too-many-requests")
def test_more_requests_than_the_rate(api, mesh, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "actor", "1/min")
    api.ana.get("/me")

    with nothing_changes():
        answer = api.ana.put("/follows/flight-operations.flight-delays")

    assert (answer.status, answer.code) == (429, "too-many-requests")
    assert int(answer.headers["Retry-After"]) > 0


@provokes("precondition-needed")
def test_a_write_that_does_not_say_what_it_read(api, mesh):
    body = {"name": "Late", "owner_team": "flight-operations", "status": "active"}

    with nothing_changes():
        answer = api.olaf.put(DELAYS, body)

    assert (answer.status, answer.code) == (428, "precondition-needed")


@provokes("stale")
def test_a_write_on_an_old_version(api, mesh):
    body = {"name": "Late", "owner_team": "flight-operations", "status": "active"}

    with nothing_changes():
        answer = api.olaf.put(DELAYS, body, If_Match='"v999"')

    assert (answer.status, answer.code) == (412, "stale")


@provokes("idempotency-key-reused")
def test_a_key_that_comes_with_another_body(api, people):
    api.ana.post("/tokens", {"name": "laptop"}, Idempotency_Key="k1")

    with nothing_changes():
        answer = api.ana.post("/tokens", {"name": "phone"}, Idempotency_Key="k1")

    assert (answer.status, answer.code) == (422, "idempotency-key-reused")
    assert not User.objects.get(username="ana").tokens.filter(name="phone").exists()


@provokes("still-running")
def test_a_key_whose_first_request_has_not_ended(api, people):
    first = api.ana.post("/tokens", {"name": "laptop"}, Idempotency_Key="k1")
    assert first.status == 201
    kept = IdempotencyKey.objects.get()
    IdempotencyKey.objects.filter(pk=kept.pk).update(status=None, body=None, created_at=Now())

    with nothing_changes():
        answer = api.ana.post("/tokens", {"name": "laptop"}, Idempotency_Key="k1")

    assert (answer.status, answer.code) == (409, "still-running")
    assert IdempotencyKey.objects.get(pk=kept.pk).status is None


@provokes("stale-form")
def test_a_form_without_its_token(people):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="ana"))

    with nothing_changes():
        page = client.post("/settings", {"display_name": "Mallory"})

    assert page.status_code == 403
    assert "This form is too old." in page.text


@provokes("internal")
@pytest.mark.urls("tests.refusals.bug")
def test_a_bug_says_nothing_of_itself(people):
    client = Client(raise_request_exception=False)

    answer = client.get("/api/v1/breaks")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["reference"]
    assert "secret detail" not in answer.text


@provokes("database-away")
def test_a_database_that_cannot_answer_now(api, mesh, busy):
    api.ana.get("/me")

    with busy("subscriptions_follow"):
        answer = api.ana.put("/follows/flight-operations.flight-delays")

    assert (answer.status, answer.code) == (503, "database-away")
    assert answer.headers["Retry-After"] == "2"
    assert not Follow.objects.exists()


@provokes("not-serving")
def test_an_instance_whose_database_cannot_answer_is_not_ready(client, db, busy):
    with busy("subscriptions_mail"), transaction.atomic():
        answer = client.get("/health/ready")
        transaction.set_rollback(True)

    assert (answer.status_code, answer.json()["code"]) == (503, "not-serving")
    assert answer.json()["reason"] == "database-away"


@provokes("stale-order")
def test_a_report_on_an_order_that_is_not_the_newest(client, mesh, tmp_path):
    secret = new_secret()
    orders = desk_with_an_order(tmp_path, secret)

    answer = send(client, secret, done(generation=2))

    assert (answer.status_code, answer.json()["code"]) == (409, "stale-order")
    assert orders.said(HANDLE) is None


@provokes("unsigned-report")
def test_a_report_that_another_signed(client, mesh, tmp_path):
    orders = desk_with_an_order(tmp_path, new_secret())

    answer = send(client, new_secret(), done())

    assert (answer.status_code, answer.json()["code"]) == (401, "unsigned-report")
    assert orders.said(HANDLE) is None
