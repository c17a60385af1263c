"""Requests over REST: what would happen, what is refused, who sees what."""

import pytest

from governance.models import PolicyDecision
from marketplace.kernel.events.models import Event
from subscriptions.models import AccessRequest

pytestmark = pytest.mark.django_db

ASK = {
    "product": "flight-operations.flight-delays",
    "port": "curated",
    "consumer": {"kind": "team", "id": "growth"},
    "purpose": "analytics",
    "purpose_text": "Weekly delay report",
    "duration_days": 90,
}
BOOKINGS = ASK | {"product": "customer.bookings", "port": "full"}


def test_evaluating_says_what_would_happen_and_makes_nothing(api, mesh):
    ana = api.ana
    events = Event.objects.count()

    allowed = ana.post("/access-requests/evaluate", ASK)
    review = ana.post("/access-requests/evaluate", BOOKINGS)

    assert allowed.status == review.status == 200
    assert allowed.json["verdict"]["outcome"] == "allow"
    assert allowed.json["would_get"]["columns"] == ["flight_id", "carrier", "origin", "dep_delay"]
    assert allowed.json["wait"] is None
    assert review.json["verdict"]["outcome"] == "review"
    assert {"product_owner"} <= {stage["role"] for stage in review.json["verdict"]["stages"]}
    assert not AccessRequest.objects.exists()
    assert not PolicyDecision.objects.exists()
    assert Event.objects.count() == events


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"port": 7}, "/port", "invalid"),
        ({"colour": "red"}, "/colour", "unknown-field"),
        ({"state": "approved"}, "/state", "unknown-field"),
        ({"purpose": "fun"}, "/purpose", "unknown"),
        ({"duration_days": 0}, "/duration_days", "min_value"),
        ({"duration_days": "90"}, "/duration_days", "invalid"),
        ({"duration_days": True}, "/duration_days", "invalid"),
        ({"duration_days": 10**30}, "/duration_days", "max_value"),
        ({"end_at": "2030-01-01T00:00:00Z"}, "/end_at", "both"),
        ({"consumer": {"kind": "planet", "id": "growth"}}, "/consumer/kind", "unknown"),
        ({"consumer": {"kind": "team", "id": "nobody"}}, "/consumer/id", "unknown-consumer"),
        ({"consumer": "growth"}, "/consumer", "invalid"),
        ({"purpose_text": "a\x00b"}, "/purpose_text", "control-character"),
        ({"purpose_text": "a\u202eb"}, "/purpose_text", "bidi-character"),
        ({"purpose_text": "x" * 4001}, "/purpose_text", "max_length"),
        ({"slice": {"columns": ["wings"]}}, "/slice/columns", "unknown-column"),
        ({"slice": {"masking": {"origin": "masked"}}}, "/slice/masking", "not-offered"),
    ],
)
def test_a_wrong_body_is_refused_with_its_place(api, mesh, change, pointer, code):
    answer = api.ana.post("/access-requests", ASK | change)

    assert (answer.status, answer.code) == (400, "invalid")
    assert (pointer, code) in answer.errors
    assert not AccessRequest.objects.exists()


def test_a_policy_refuses_with_its_reason(api, mesh):
    answer = api.ana.post("/access-requests", ASK | {"purpose": "marketing"})

    assert (answer.status, answer.code) == (403, "denied-by-policy")
    assert answer.json["verdict"]["outcome"] == "deny"
    assert not AccessRequest.objects.exists()


def test_hidden_ports_are_not_there(api, mesh):
    hidden = ASK | {"product": "customer.secret-plans", "port": "plans"}
    absent = ASK | {"product": "customer.nothing", "port": "plans"}

    assert api.ana.post("/access-requests", hidden).code == "not-found"
    assert (
        api.ana.post("/access-requests/evaluate", hidden).content
        == api.ana.post("/access-requests/evaluate", absent).content
    )


def test_asking_twice_is_refused(api, mesh):
    first = api.ana.post("/access-requests", BOOKINGS).json

    answer = api.ana.post("/access-requests", BOOKINGS)

    assert (answer.status, answer.code) == (409, "duplicate")
    assert answer.json["request"] == first["id"]


def test_sid_asks_for_nobody_but_himself(api, mesh):
    answer = api.sid.post("/access-requests", ASK)

    assert (answer.status, answer.code) == (403, "not-allowed")
    assert not AccessRequest.objects.exists()


def test_both_sides_see_a_request_and_others_do_not(api, mesh):
    asked = api.ana.post("/access-requests", BOOKINGS).json
    path = f"/access-requests/{asked['id']}"

    seen = {name: getattr(api, name).get(path).status for name in ("ana", "petra", "dana", "gus")}

    assert set(seen.values()) == {200}
    assert api.olaf.get(path).code == api.sid.get(path).code == "not-found"
    assert [one["id"] for one in api.ana.get("/access-requests").json["results"]] == [asked["id"]]
    assert api.sid.get("/access-requests").json["results"] == []


def test_a_rehearsed_request_shows_its_verdict_and_is_not_made(api, mesh):
    ana = api.ana
    events = Event.objects.count()

    answer = ana.post("/access-requests?dry_run=true", BOOKINGS)

    assert (answer.status, answer.json["state"], answer.json["dry_run"]) == (200, "in_review", True)
    assert len(answer.json["stages"]) == len(answer.json["verdict"]["stages"])
    assert not AccessRequest.objects.exists()
    assert Event.objects.count() == events


def test_a_conversation_and_a_return(api, mesh):
    asked = api.ana.post("/access-requests", BOOKINGS).json
    path = f"/access-requests/{asked['id']}"

    said = api.petra.post(f"{path}/comments", {"text": "Do you need e-mail?"})
    returned = api.petra.post(f"{path}/return", {"note": "Say why."})
    again = api.ana.post(f"{path}/resubmit", {"purpose_text": "For the churn report."})

    assert (said.status, said.json["author"]) == (201, "petra")
    assert returned.json["state"] == "returned"
    assert again.json["state"] == "in_review"
    assert again.json["digest"] != asked["digest"]
    texts = [one["text"] for one in api.ana.get(f"{path}/comments").json["results"]]
    assert texts == ["Do you need e-mail?"]


def test_a_counter_offer_is_narrower(api, mesh):
    asked = api.ana.post("/access-requests", BOOKINGS).json
    path = f"/access-requests/{asked['id']}"

    wider = api.petra.post(f"{path}/counter", {"duration_days": 300})
    offered = api.petra.post(f"{path}/counter", {"columns": ["booking_id"], "note": "No e-mail."})
    taken = api.ana.post(f"{path}/accept-counter")

    assert wider.errors == [("/duration_days", "wider")]
    assert (offered.json["state"], offered.json["offer"]) == (
        "countered",
        {"columns": ["booking_id"]},
    )
    assert (taken.json["state"], taken.json["slice"]) == (
        "in_review",
        {"columns": ["booking_id"]},
    )


def test_a_refusal_needs_words(api, mesh):
    asked = api.ana.post("/access-requests", BOOKINGS).json
    path = f"/access-requests/{asked['id']}"

    silent = api.petra.post(f"{path}/reject", {})
    said = api.petra.post(f"{path}/reject", {"note": "Not for this."})

    assert silent.errors == [("/note", "required")]
    assert (said.json["state"], said.json["note"]) == ("rejected", "Not for this.")


def test_withdrawing(api, mesh):
    asked = api.ana.post("/access-requests", BOOKINGS).json

    assert api.petra.post(f"/access-requests/{asked['id']}/withdraw").code == "not-allowed"
    assert api.ana.post(f"/access-requests/{asked['id']}/withdraw").json["state"] == "withdrawn"


def test_lists_are_filtered_and_paged(api, mesh):
    api.ana.post("/access-requests", ASK)
    api.ana.post("/access-requests", BOOKINGS)

    reviewed = api.gus.get("/access-requests?state=in_review,approved&product=customer.bookings")
    first = api.gus.get("/access-requests?page_size=1").json
    second = api.gus.get(first["next"]).json
    back = api.gus.get(second["previous"]).json

    assert [one["port"] for one in reviewed.json["results"]] == ["full"]
    assert [one["port"] for one in first["results"]] == ["full"]
    assert [one["port"] for one in second["results"]] == ["curated"]
    assert (second["next"], back["results"]) == (None, first["results"])
    assert api.gus.get("/access-requests?cursor=bm9wZQ").errors == [("/cursor", "broken")]


def test_a_token_without_the_scope_reaches_no_further(api, mesh):
    reader = api.with_scopes("ana", "read")

    answer = reader.post("/access-requests", "{not json")

    assert (answer.status, answer.code, answer.json["scope"]) == (403, "not-allowed", "request")
    assert reader.get("/access-requests").status == 200
    assert api.with_scopes("ana", "request").get("/access-requests").code == "not-allowed"
