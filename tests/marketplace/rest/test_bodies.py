"""Bodies as they come over the wire: what is read, and what never reaches an action."""

import gzip
import json

import pytest

from catalog.models import Domain, LineageEvent
from marketplace.kernel.events.models import Event

pytestmark = pytest.mark.django_db

EVENT = {
    "eventTime": "2026-05-01T00:00:00Z",
    "producer": "https://example.org/airflow",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "eventType": "COMPLETE",
    "run": {"runId": "0195fe2c-3f9d-7000-8000-000000000001"},
    "job": {"namespace": "airflow", "name": "load"},
}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("{not json", "malformed"),
        ('{"a": NaN}', "malformed"),
        ('{"a": 1, "a": 2}', "malformed"),
        (b'{"a": "\xff"}', "malformed"),
        ("[" * 100_000, "malformed"),
        ('{"name": "a\\u0000b"}', "invalid"),
        ('{"na\\u202eme": "x"}', "invalid"),
        ('{"name": "\\ud800"}', "invalid"),
        ("null", "invalid"),
        ("[]", "invalid"),
        ('"text"', "invalid"),
        ('{"n": ' + "9" * 5000 + "}", "malformed"),
    ],
)
def test_a_body_that_is_no_clean_json_is_refused(api, mesh, raw, code):
    answer = api.gus.put("/domains/new-domain", raw)

    assert (answer.status, answer.code) == (400, code)
    assert not Domain.objects.filter(slug="new-domain").exists()


def test_a_body_of_another_kind_is_refused(api, mesh):
    answer = api.gus.put("/domains/new-domain", "name=x", kind="application/x-www-form-urlencoded")

    assert (answer.status, answer.code) == (415, "unsupported-media-type")


def test_a_large_body_is_refused_before_it_is_read(api, mesh):
    answer = api.gus.put("/domains/new-domain", json.dumps({"name": "x" * 1_100_000}))

    assert (answer.status, answer.code, answer.json["most"]) == (413, "too-large", 1_000_000)


def test_a_packed_body_is_opened_within_its_bound(api, mesh):
    packed = gzip.compress(json.dumps(EVENT).encode())
    bomb = gzip.compress(b" " * 30_000_000)

    taken = api.olaf.post("/lineage", packed, Content_Encoding="gzip")
    refused = api.olaf.post("/lineage", bomb, Content_Encoding="gzip")
    cut = api.olaf.post("/lineage", packed[:-10], Content_Encoding="gzip")
    other = api.olaf.post("/lineage", packed, Content_Encoding="br")

    assert (taken.status, taken.json) == (201, {"accepted": 1})
    assert (refused.status, refused.code) == (413, "too-large")
    assert (cut.status, cut.code) == (400, "malformed")
    assert (other.status, other.code) == (415, "unsupported-encoding")
    assert LineageEvent.objects.count() == 1


def test_who_may_not_is_refused_before_the_body_is_read(api, mesh):
    bomb = gzip.compress(b" " * 30_000_000)
    events = Event.objects.count()

    nobody = api.nobody.post("/lineage", bomb, Content_Encoding="gzip")
    reader = api.with_scopes("olaf", "read").post("/lineage", bomb, Content_Encoding="gzip")

    assert (nobody.status, nobody.code) == (401, "sign-in-first")
    assert nobody.headers["WWW-Authenticate"] == "Bearer"
    assert (reader.status, reader.code) == (403, "not-allowed")
    assert Event.objects.count() == events + 1  # the token that was made


def test_every_answer_has_a_request_id(api, mesh):
    answer = api.nobody.get("/products/x", X_Request_Id="my-request-1")

    assert answer.headers["X-Request-Id"] == "my-request-1"
    assert answer.code == "sign-in-first"


def test_an_unknown_address_is_a_problem_too(api, people):
    assert api.ana.get("/planets").code == "not-found"
    assert api.ana.get("/products/a%2Fb").code == "not-found"
    assert api.ana.get("/products/a%00b").code == "not-found"
    assert api.ana.get("/access-requests/not-a-uuid").code == "not-found"


def test_a_method_that_is_not_offered(api, mesh):
    answer = api.ana.delete("/products")

    assert (answer.status, answer.code) == (405, "method-not-allowed")
    assert api.ana.call("OPTIONS", "/products").status == 405
