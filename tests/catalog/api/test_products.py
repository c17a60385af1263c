"""Products over REST: found, read, described anew, offered and ended."""

import pytest

from catalog.models import DataProduct
from marketplace.kernel.events.models import Event

DELAYS = "/products/flight-operations.flight-delays"
HIDDEN = "/products/customer.secret-plans"

pytestmark = pytest.mark.django_db


def test_ana_finds_what_she_may_know_of(api, mesh):
    found = api.ana.get("/products?q=delay").json

    assert [one["key"] for one in found["results"]] == ["flight-operations.flight-delays"]
    assert (found["total"], found["next"], found["previous"]) == (1, None, None)


def test_counts_are_given_only_for_the_facets_that_are_asked_for(api, mesh):
    found = api.ana.get("/products?facets=domain,interface").json

    assert sorted(found["facets"]) == ["domain", "interface"]
    assert [(o["value"], o["count"]) for o in found["facets"]["domain"]] == [
        ("customer", 1),
        ("flight-operations", 1),
    ]


def test_pages_go_on_where_they_ended(api, mesh):
    first = api.petra.get("/products?page_size=2&ordering=name").json
    second = api.petra.get(first["next"]).json

    assert [one["name"] for one in first["results"]] == ["Bookings", "Flight delays"]
    assert [one["name"] for one in second["results"]] == ["Secret plans"]
    assert second["next"] is None


def test_the_detail_is_the_stored_document(api, mesh):
    answer = api.ana.get(DELAYS)

    assert answer.status == 200
    assert answer.json["key"] == "flight-operations.flight-delays"
    assert answer.json["ports"][0]["name"] == "curated"
    assert answer.etag == f'"v{answer.json["etag"]}"'
    assert api.ana.get(DELAYS, If_None_Match=answer.etag).status == 304


def test_hidden_and_absent_give_the_same_answer(api, mesh):
    hidden, absent = api.ana.get(HIDDEN), api.ana.get("/products/customer.nothing")

    assert (hidden.status, hidden.code) == (404, "not-found")
    assert hidden.content == absent.content
    assert api.petra.get(HIDDEN).status == 200


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("colour=red", "/colour", "unknown-parameter"),
        ("page_size=201", "/page_size", "out-of-range"),
        ("page_size=many", "/page_size", "out-of-range"),
        ("q=a&q=b", "/q", "doubled"),
        ("q=a%00b", "/q", "control-character"),
        ("q=a%E2%80%AEb", "/q", "bidi-character"),
        ("facets=colour", "/facets", "unknown"),
        ("ordering=colour", "/ordering", "unknown"),
        ("cursor=nonsense", "/cursor", "broken"),
        ("min_score=200", "/min_score", "out-of-range"),
        ("personal_data=perhaps", "/personal_data", "invalid"),
        ("score=101", "/score", "out-of-range"),
        ("fresh=soon", "/fresh", "unknown"),
        ("q=domian:customer", "/q", "unknown-filter"),
        ("q=late fresh:yesterday", "/q", "unknown-value"),
    ],
)
def test_a_wrong_query_is_refused_with_its_place(api, mesh, query, pointer, code):
    answer = api.ana.get(f"/products?{query}")

    assert (answer.status, answer.code) == (400, "invalid")
    assert answer.errors == [(pointer, code)]


def test_a_slash_at_the_end_changes_nothing(api, mesh):
    assert api.ana.get(f"{DELAYS}/").json == api.ana.get(DELAYS).json
    assert api.ana.get(f"{DELAYS}//").code == "not-found"


def test_the_descriptor_comes_back_as_it_was_sent(api, mesh):
    answer = api.ana.get(f"{DELAYS}/descriptor.yaml")

    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    kept = DataProduct.objects.get(key="flight-operations.flight-delays").descriptor_text
    assert answer.text == kept


def test_olaf_replaces_his_product_from_its_fields(api, mesh):
    before = api.olaf.get(DELAYS)
    body = {"name": "Late flights", "owner_team": "flight-operations", "status": "active"}

    answer = api.olaf.put(DELAYS, body, If_Match=before.etag)

    assert answer.status == 200
    assert answer.json["name"] == "Late flights"
    assert [port["name"] for port in answer.json["ports"]] == ["curated"]
    assert answer.etag != before.etag
    assert api.ana.get(DELAYS).json["name"] == "Late flights"


def test_replacing_needs_the_version_that_was_read(api, mesh):
    body = {"name": "Late flights", "owner_team": "flight-operations", "status": "active"}

    assert api.olaf.put(DELAYS, body).code == "precondition-needed"
    assert api.olaf.put(DELAYS, body, If_Match='"v99"').code == "stale"
    assert api.olaf.put(DELAYS, body, If_Match='"x"').code == "stale"
    assert api.olaf.get(DELAYS).json["name"] == "Flight delays"


def test_a_rehearsed_write_says_what_would_be_and_changes_nothing(api, mesh):
    before = api.olaf.get(DELAYS)
    events = Event.objects.count()
    body = {"name": "Late flights", "owner_team": "flight-operations", "status": "active"}

    answer = api.olaf.put(f"{DELAYS}?dry_run=true", body, If_Match=before.etag)

    assert (answer.json["name"], answer.json["dry_run"]) == ("Late flights", True)
    assert api.olaf.get(DELAYS).json == before.json
    assert Event.objects.count() == events


def test_olaf_makes_a_new_product(api, mesh):
    body = {
        "name": "Runway use",
        "owner_team": "flight-operations",
        "purpose": "Which runway, when.",
        "ports": [
            {"name": "all", "platform": "warehouse", "resource": "flight_operations.runways"}
        ],
    }

    answer = api.olaf.put("/products/flight-operations.runway-use", body)

    assert answer.status == 200
    assert (answer.json["status"], answer.json["ports"][0]["name"]) == ("draft", "all")
    assert api.ana.get("/products/flight-operations.runway-use").status == 404


def test_ana_may_not_write(api, mesh):
    before = api.ana.get(DELAYS)
    body = {"name": "Mine now", "owner_team": "growth", "status": "active"}

    answer = api.ana.put(DELAYS, body, If_Match=before.etag)

    assert (answer.status, answer.code) == (403, "not-allowed")
    assert api.ana.get(DELAYS).json == before.json


def test_fields_that_nobody_knows_are_refused(api, mesh):
    body = {"name": "X", "owner_team": "flight-operations", "score": 100, "ports": [{"nam": "x"}]}

    answer = api.olaf.put("/products/flight-operations.x", body)

    assert ("/score", "unknown-field") in answer.errors
    assert answer.status == 400
    assert not DataProduct.objects.filter(slug="x").exists()


def test_a_product_is_deprecated_and_retired(api, mesh):
    assert (
        api.olaf.post(f"{DELAYS}/deprecate", {"reason": "Use v2."}).json["status"] == "deprecated"
    )
    assert api.olaf.post(f"{DELAYS}/publish").json["status"] == "active"
    assert api.olaf.post(f"{DELAYS}/deprecate").json["status"] == "deprecated"
    assert api.olaf.post(f"{DELAYS}/retire").json["status"] == "retired"
    assert api.olaf.post(f"{DELAYS}/publish").code == "impossible-move"
    assert api.ana.get(DELAYS).status == 404


def test_a_stale_move_is_refused(api, mesh):
    answer = api.olaf.post(f"{DELAYS}/deprecate", {}, If_Match='"v99"')

    assert (answer.status, answer.code) == (412, "stale")
    assert api.olaf.get(DELAYS).json["status"] == "active"


def test_an_action_on_a_hidden_product_says_nothing(api, mesh):
    assert api.ana.post(f"{HIDDEN}/publish").code == "not-found"
    assert api.ana.put(HIDDEN, {"name": "X", "owner_team": "growth"}).code == "not-allowed"
    assert api.ana.put(f"{HIDDEN}x", {"name": "X", "owner_team": "growth"}).code == "not-allowed"


def test_a_whole_odps_document_is_taken_as_json(api, mesh):
    document = {
        "apiVersion": "v1.1.0",
        "kind": "DataProduct",
        "id": "flight-operations.gates",
        "domain": "flight-operations",
        "name": "Gates",
        "version": "1.0.0",
        "status": "draft",
        "team": {"name": "flight-operations"},
    }

    answer = api.olaf.put("/products/flight-operations.gates", document)

    assert (answer.status, answer.json["name"]) == (200, "Gates")
    assert api.olaf.put("/products/flight-operations.other", document).errors == [
        ("/id", "another-key")
    ]
