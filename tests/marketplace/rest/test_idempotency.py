"""The same POST twice is one POST."""

import pytest
from django.db.models.functions import Now

from marketplace.kernel.errors import KeyReused, StillRunning
from marketplace.kernel.identity.models import ApiToken
from marketplace.kernel.rest import idempotency
from marketplace.kernel.rest.models import IdempotencyKey

pytestmark = pytest.mark.django_db


def test_the_first_answer_is_given_again(api, people):
    first = api.ana.post("/tokens", {"name": "laptop"}, Idempotency_Key="k1")
    again = api.ana.post("/tokens", {"name": "laptop"}, Idempotency_Key="k1")

    assert first.status == again.status == 201
    assert again.json == first.json
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ApiToken.objects.filter(name="laptop").count() == 1


def test_a_kept_answer_holds_no_secret_in_clear(api, people):
    made = api.ana.post("/tokens", {"name": "laptop"}, Idempotency_Key="k1").json

    assert made["token"].startswith("mp_")
    assert made["token"] not in str(IdempotencyKey.objects.get().body)


def test_another_body_under_the_same_key_is_refused(api, people):
    api.ana.post("/tokens", {"name": "laptop"}, Idempotency_Key="k1")

    answer = api.ana.post("/tokens", {"name": "phone"}, Idempotency_Key="k1")

    assert (answer.status, answer.code) == (422, "idempotency-key-reused")
    assert not ApiToken.objects.filter(name="phone").exists()


def test_keys_are_the_callers_own(api, people):
    api.ana.post("/tokens", {"name": "laptop"}, Idempotency_Key="k1")

    assert api.olaf.post("/tokens", {"name": "phone"}, Idempotency_Key="k1").status == 201


def test_a_refusal_is_an_answer_too(api, people):
    first = api.ana.post("/tokens", {"days": 900}, Idempotency_Key="k1")
    again = api.ana.post("/tokens", {"days": 900}, Idempotency_Key="k1")

    assert first.status == again.status == 400
    assert again.json == first.json
    assert again.headers["Content-Type"] == "application/problem+json"


def test_a_malformed_key_is_refused(api, people):
    answer = api.ana.post("/tokens", {"name": "laptop"}, Idempotency_Key="x" * 101)

    assert answer.errors == [("/Idempotency-Key", "malformed")]
    assert not ApiToken.objects.filter(name="laptop").exists()


def test_a_request_that_still_runs_is_not_run_again():
    idempotency.claim("ana", "k1", path="/x", data={})

    with pytest.raises(StillRunning):
        idempotency.claim("ana", "k1", path="/x", data={})
    with pytest.raises(KeyReused):
        idempotency.claim("ana", "k1", path="/x", data={"a": 1})


def test_an_abandoned_claim_is_free_again_and_old_answers_are_forgotten():
    first = idempotency.claim("ana", "k1", path="/x", data={})
    IdempotencyKey.objects.update(created_at=Now() - idempotency.ABANDONED * 2)

    second = idempotency.claim("ana", "k1", path="/x", data={})
    assert isinstance(second, idempotency.Claim)
    assert second != first

    second.keep(200, {"a": 1}, {})
    IdempotencyKey.objects.update(created_at=Now() - idempotency.KEPT * 2)
    assert isinstance(idempotency.claim("ana", "k1", path="/x", data={}), idempotency.Claim)
