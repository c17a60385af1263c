"""The story over HTTP: ask, be let in, query, be revoked."""

import pytest

from subscriptions.models import AccessAgreement, AccessRequest

pytestmark = pytest.mark.django_db(transaction=True)

ASK = {
    "product": "flight-operations.flight-delays",
    "port": "curated",
    "consumer": {"kind": "team", "id": "growth"},
    "purpose": "analytics",
    "purpose_text": "Weekly delay report",
    "duration_days": 90,
}
BOOKINGS = ASK | {"product": "customer.bookings", "port": "full"}


def test_ana_asks_and_reads_real_rows(api, platform, work):
    asked = api.ana.post("/access-requests", ASK)
    work()
    agreement = api.ana.get(f"/access-agreements/{asked.json['agreement']['id']}").json
    grant = api.ana.get(f"/grants/{agreement['grant']['id']}").json
    run = api.ana.post(
        "/lab/runs",
        {
            "agreement": agreement["id"],
            "sql": f"SELECT carrier, dep_delay FROM {agreement['relation']} ORDER BY flight_id",
        },
    )

    assert (asked.status, asked.json["state"]) == (201, "approved")
    assert asked.json["verdict"]["outcome"] == "allow"
    assert asked.headers["Location"] == f"/api/v1/access-requests/{asked.json['id']}"
    assert (agreement["state"], grant["state"]) == ("active", "verified")
    assert grant["evidence"]["level"] == "proven"
    assert run.json["rows"] == [["UA", 2], ["AA", 33], ["B6", None]]
    assert [column["name"] for column in run.json["columns"]] == ["carrier", "dep_delay"]
    assert (run.json["row_count"], run.json["truncated"]) == (3, False)
    assert run.headers["Cache-Control"] == "no-store"
    kept = api.ana.get(f"/lab/runs/{run.json['id']}").json
    assert (kept["state"], kept["row_count"]) == ("done", 3)
    assert api.petra.get(f"/lab/runs/{run.json['id']}").code == "not-found"


def test_petra_decides_and_revokes(api, platform, work):
    asked = api.ana.post("/access-requests", BOOKINGS).json
    path = f"/access-requests/{asked['id']}"
    waiting = api.petra.get("/access-requests?waiting=true").json["results"]
    rehearsed = api.petra.post(f"{path}/approve?dry_run=true").json
    stale = api.petra.post(f"{path}/approve", {}, If_Match='"v99"')
    yes = api.petra.post(f"{path}/approve", {"note": "Fine."}, If_Match=f'"v{asked["etag"]}"')
    work()
    agreement = f"/access-agreements/{yes.json['agreement']['id']}"

    assert asked["state"] == "in_review"
    assert [one["id"] for one in waiting] == [asked["id"]]
    assert rehearsed["dry_run"] is True
    assert any("CREATE VIEW" in statement for statement in rehearsed["plan"]["statements"])
    assert (stale.status, stale.code) == (412, "stale")
    assert (yes.status, yes.json["state"]) == (200, "approved")
    assert api.ana.get(agreement).json["state"] == "active"

    revoked = api.petra.post(f"{agreement}/revoke", {"reason": "The report is done."})
    work()
    refused = api.ana.post(
        "/lab/runs", {"agreement": agreement.rpartition("/")[2], "sql": "SELECT 1"}
    )

    assert revoked.json["state"] == "ending"
    assert api.ana.get(agreement).json["state"] == "revoked"
    assert (refused.status, refused.code) == (403, "access-ended")
    assert refused.json["request_again"].startswith("/products/customer.bookings")


def test_nobody_approves_their_own_request(api, platform):
    asked = api.ana.post("/access-requests", BOOKINGS).json

    answer = api.ana.post(f"/access-requests/{asked['id']}/approve")

    assert (answer.status, answer.code) == (403, "not-allowed")
    assert AccessRequest.objects.get().state == "in_review"


def test_credentials_are_shown_once_and_work(api, platform, work):
    import psycopg

    asked = api.ana.post("/access-requests", ASK).json
    work()

    given = api.ana.post(
        f"/access-agreements/{asked['agreement']['id']}/credentials", {"minutes": 5}
    )

    assert given.status == 200
    assert given.headers["Cache-Control"] == "no-store"
    assert [part["name"] for part in given.json["parts"]] == ["address", "password"]
    assert given.json["login"] == given.json["user"]
    with psycopg.connect(given.json["url"]) as consumer:
        row = consumer.execute(f"SELECT count(*) FROM {given.json['relation']}").fetchone()
    assert row == (3,)


def test_a_lab_query_is_refused_with_its_code(api, platform, work):
    asked = api.ana.post("/access-requests", ASK).json
    work()
    agreement = asked["agreement"]["id"]

    broken = api.ana.post("/lab/runs", {"agreement": agreement, "sql": "SELECT nothing FROM no"})
    strange = api.sid.post("/lab/runs", {"agreement": agreement, "sql": "SELECT 1"})
    none = api.ana.post("/lab/runs", {"agreement": agreement, "sql": " "})

    assert (broken.status, broken.code) == (422, "query-refused")
    assert strange.code == "not-found"
    assert none.errors == [("/sql", "required")]


def test_suspending_and_resuming(api, platform, work):
    asked = api.ana.post("/access-requests", ASK).json
    work()
    path = f"/access-agreements/{asked['agreement']['id']}"
    etag = api.olaf.get(path).etag

    stale = api.olaf.post(f"{path}/suspend", {"reason": "Audit."}, If_Match='"v99"')
    suspended = api.olaf.post(f"{path}/suspend", {"reason": "Audit."}, If_Match=etag)
    work()
    resumed = api.olaf.post(f"{path}/resume")
    work()

    assert stale.code == "stale"
    assert suspended.json["state"] == "suspended"
    assert resumed.json["state"] == "pending"
    assert AccessAgreement.objects.get().state == "active"


def test_the_same_key_gives_one_request(api, platform):
    first = api.ana.post("/access-requests", ASK, Idempotency_Key="weekly-1")
    again = api.ana.post("/access-requests", ASK, Idempotency_Key="weekly-1")
    other = api.ana.post("/access-requests", BOOKINGS, Idempotency_Key="weekly-1")

    assert first.status == again.status == 201
    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert (other.status, other.code) == (422, "idempotency-key-reused")
    assert AccessRequest.objects.count() == 1
