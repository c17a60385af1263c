"""Follows, notices, webhooks and changes over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import ChangeProposal
from subscriptions.models import Follow, NoticeRecipient, WebhookEndpoint
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db

DELAYS = "flight-operations.flight-delays"
ASK = {
    "product": DELAYS,
    "port": "curated",
    "consumer": {"kind": "team", "id": "growth"},
    "purpose": "analytics",
    "purpose_text": "Weekly delay report",
}
BREAKING = make.contract(
    version="2.0.0", columns={k: v for k, v in make.FLIGHT_COLUMNS.items() if k != "origin"}
)


def test_following_is_hearing_and_no_access(api, mesh):
    first = api.ana.put(f"/follows/{DELAYS}")
    again = api.ana.put(f"/follows/{DELAYS}")

    assert first.status == again.status == 200
    assert [one["product"] for one in api.ana.get("/follows").json["results"]] == [DELAYS]
    assert api.ana.get("/access-agreements").json["results"] == []
    assert api.ana.put("/follows/customer.secret-plans").code == "not-found"
    assert api.ana.delete(f"/follows/{DELAYS}").status == 204
    assert not Follow.objects.exists()


def test_a_webhook_is_kept_with_its_secret_shown_once(api, mesh):
    made = api.ana.post("/webhooks", {"url": "https://example.org/hook", "types": ["access."]})
    path = f"/webhooks/{made.json['id']}"
    read = api.ana.get(path)
    paused = api.ana.patch(path, {"active": False}, If_Match=read.etag)

    assert (made.status, made.json["secret"][:6]) == (201, "whsec_")
    assert "secret" not in read.json
    assert paused.json["active"] is False
    assert api.ana.patch(path, {"active": True}).code == "precondition-needed"
    assert api.ana.patch(path, {"active": True}, If_Match=read.etag).code == "stale"
    assert api.ana.post(f"{path}/rotate").json["secret"] != made.json["secret"]
    assert api.olaf.get(path).code == api.olaf.delete(path).code == "not-found"
    assert api.ana.delete(path).status == 204
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "http://127.0.0.1/"}, "/url"),
        ({"url": "https://169.254.169.254/latest"}, "/url"),
        ({"url": 5}, "/url"),
        ({"url": "https://example.org", "types": ["no.such"]}, "/types"),
        ({"url": "https://example.org", "secret": "mine"}, "/secret"),
    ],
)
def test_a_wrong_webhook_is_refused(api, mesh, body, pointer):
    answer = api.ana.post("/webhooks", body)

    assert [at for at, _ in answer.errors] == [pointer]
    assert not WebhookEndpoint.objects.exists()


def test_a_test_event_is_queued_and_replayed(api, mesh, deliver):
    hook = api.ana.post("/webhooks", {"url": "https://example.org/hook"}).json
    path = f"/webhooks/{hook['id']}"

    tested = api.ana.post(f"{path}/test")
    deliver()
    sent = api.ana.get(f"{path}/deliveries?type=webhook.changed").json["results"]
    again = api.ana.post(f"{path}/deliveries/{sent[0]['id']}/replay")

    assert tested.status == 202
    assert {one["state"] for one in sent} == {"queued"}
    assert (again.status, again.json["replay"]) == (202, 1)
    assert api.ana.get(f"{path}/deliveries/{again.json['id']}").json["event"] == sent[0]["event"]
    assert api.olaf.get(f"{path}/deliveries").code == "not-found"


def test_a_breaking_change_waits_for_its_consumers(api, mesh, deliver):
    api.ana.post("/access-requests", ASK)
    deliver()
    drafted = api.olaf.post("/changes", {"text": BREAKING, "note": "Origin moves."})
    path = f"/changes/{drafted.json['id']}"

    assert (drafted.status, drafted.json["state"]) == (201, "draft")
    assert drafted.json["impact"] == "MAJOR"
    assert api.ana.get(path).code == "not-found"
    assert api.olaf.post(f"{path}/propose").json["state"] == "proposed"
    early = api.olaf.post(f"{path}/release")
    deliver()
    refused = api.olaf.post(f"{path}/release")
    impact = api.olaf.get(f"{path}/impact").json

    assert (early.status, early.code) == (409, "consumers-not-ready")
    assert refused.json["waiting_for"] == ["growth"]
    assert (impact["affected"], impact["ready"], impact["waiting_for"]) == (1, False, 1)
    assert impact["consumers"][0]["consumer"] == {"kind": "team", "id": "growth"}
    assert impact["consumers"][0]["acknowledgement"] == "pending"
    assert api.sid.get(f"{path}/impact").json["consumers"] == []
    assert ChangeProposal.objects.get().released_at is None

    notice = api.ana.get("/notices?type=BREAKING_CHANGE").json["results"][0]
    whole = api.ana.get(f"/notices/{notice['id']}").json
    given = api.ana.post(f"/notices/{notice['id']}/acknowledge", {"note": "Fine."})
    released = api.olaf.post(f"{path}/release")

    assert [one["state"] for one in whole["acknowledgements"]] == ["pending"]
    assert [one["state"] for one in given.json["acknowledgements"]] == ["acknowledged"]
    assert api.ana.get("/notices?unread=true&type=BREAKING_CHANGE").json["results"] == []
    assert (released.status, released.json["state"]) == (200, "released")
    schema = api.ana.get(f"/products/{DELAYS}/ports/curated/schema").json
    assert (schema["version"], [c["name"] for c in schema["columns"]]) == (
        "2.0.0",
        ["flight_id", "carrier", "dep_delay"],
    )


def test_ana_changes_no_contract(api, mesh):
    assert api.ana.post("/changes", {"text": BREAKING}).code == "not-allowed"
    assert api.olaf.post("/changes", {}).errors == [("/text", "required")]
    assert api.olaf.post("/changes", {"text": "kind: x"}).status == 400
    assert not ChangeProposal.objects.exists()


def test_a_change_is_withdrawn(api, mesh):
    drafted = api.olaf.post("/changes", {"contract": BREAKING}).json
    path = f"/changes/{drafted['id']}"

    assert api.olaf.post(f"{path}/withdraw", {}, If_Match='"v9"').code == "stale"
    assert api.petra.post(f"{path}/withdraw").code == "not-found"
    assert api.olaf.post(f"{path}/withdraw").json["state"] == "withdrawn"
    assert api.olaf.post(f"{path}/propose").code == "impossible-move"


def test_a_notice_is_put_off_and_brought_back(api, mesh, deliver):
    api.ana.put(f"/follows/{DELAYS}")
    api.olaf.post(f"/products/{DELAYS}/deprecate", {"reason": "Use gates."})
    deliver()
    path = f"/notices/{api.ana.get('/notices').json['results'][0]['id']}/snooze"
    until = (timezone.now() + timedelta(days=3)).isoformat().replace("+00:00", "Z")

    def mine() -> NoticeRecipient:
        return NoticeRecipient.objects.get(user__username="ana")

    rehearsed = api.ana.put(f"{path}?dry_run=true", {"until": until})
    assert (rehearsed.status, mine().snoozed_until) == (200, None)
    done = api.ana.put(path, {"until": until})

    assert (done.status, done.json["snoozed_until"]) == (200, until)
    assert api.ana.get("/notices").json["results"][0]["snoozed_until"] == until
    assert api.ana.put(path, {"until": "2099-01-01T00:00:00Z"}).code == "invalid"
    assert api.ana.put(path, {"until": "soon"}).code == "invalid"
    assert api.sid.put(path, {"until": until}).code == "not-found"
    assert api.ana.delete(path).status == 204
    assert mine().snoozed_until is None


def test_notices_are_the_readers_own(api, mesh, deliver):
    api.ana.put(f"/follows/{DELAYS}")
    api.olaf.post(f"/products/{DELAYS}/deprecate", {"reason": "Use gates."})
    deliver()

    found = api.ana.get("/notices").json["results"]

    assert [(one["type"], one["product"]) for one in found] == [("DEPRECATION", DELAYS)]
    assert api.sid.get("/notices").json["results"] == []
    assert api.sid.get(f"/notices/{found[0]['id']}").code == "not-found"
    assert api.sid.post(f"/notices/{found[0]['id']}/acknowledge").code == "not-found"


def test_who_uses_a_product_is_for_its_owners(api, mesh):
    api.ana.post("/access-requests", ASK)
    path = f"/products/{DELAYS}"

    def seen(name):
        rows = getattr(api, name).get(f"{path}/consumers").json["results"]
        return [one["consumer"]["id"] for one in rows]

    assert seen("olaf") == seen("ana") == seen("gus") == ["growth"]
    assert seen("sid") == seen("petra") == []
    assert api.olaf.get(f"{path}/metrics").json["requests"] == {"approved": 1}
    assert api.sid.get(f"{path}/metrics").json["requests"] == {}
    assert api.olaf.get(f"{path}/metrics?days=0").errors == [("/days", "out-of-range")]


def test_a_new_proof_is_asked_for(api, mesh):
    asked = api.ana.post("/access-requests", ASK).json
    agreement = api.ana.get(f"/access-agreements/{asked['agreement']['id']}").json
    path = f"/grants/{agreement['grant']['id']}"

    answer = api.ana.post(f"{path}/verify")

    assert (answer.status, answer.json["in_step"]) == (202, False)
    assert api.sid.get(path).code == api.sid.post(f"{path}/verify").code == "not-found"
    found = api.ana.get(f"/grants?agreement={agreement['id']}").json["results"]
    assert [one["id"] for one in found] == [agreement["grant"]["id"]]
    assert api.ana.get("/grants?agreement=nonsense").errors == [("/agreement", "invalid")]


def test_agreements_are_for_both_sides(api, mesh):
    asked = api.ana.post("/access-requests", ASK).json
    path = f"/access-agreements/{asked['agreement']['id']}"

    assert api.ana.get(path).json["state"] == "pending"
    assert api.olaf.get(path).status == 200
    assert api.sid.get(path).code == "not-found"
    assert api.sid.post(f"{path}/revoke", {"reason": "No."}).code == "not-found"
    assert api.ana.post(f"{path}/revoke", {"reason": "No."}).code == "not-allowed"
    assert api.olaf.post(f"{path}/revoke").errors == [("/reason", "required")]
    assert api.ana.post(f"{path}/renew", {"duration_days": 30}).code == "impossible-move"
    assert api.ana.post(
        "/lab/runs", {"agreement": asked["agreement"]["id"], "sql": "SELECT 1"}
    ).code == ("not-ready")
    assert api.ana.post(f"{path}/terminate").json["end_kind"] == "terminated"


def test_choices_are_read_and_changed(api, mesh):
    path = "/notification-choices"
    before = {one["kind"]: one for one in api.ana.get(path).json["kinds"]}
    assert before["SUNSET"]["email"] is True
    assert before["SUNSET"]["locked"] == "What you read stops working on its date."

    changed = api.ana.patch(path, {"choices": {"INCIDENT": {"email": False, "webhook": True}}})

    after = {one["kind"]: one for one in changed.json["kinds"]}
    assert (after["INCIDENT"]["email"], after["INCIDENT"]["webhook"]) == (False, True)
    assert {k: v for k, v in after.items() if k != "INCIDENT"} == {
        k: v for k, v in before.items() if k != "INCIDENT"
    }
    refused = api.ana.patch(path, {"choices": {"SUNSET": {"email": False}}})
    assert (refused.status, refused.code) == (400, "invalid")
    assert api.ana.get(path).json == changed.json
