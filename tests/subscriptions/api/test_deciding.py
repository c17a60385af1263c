"""The same answer to several requests over REST."""

import pytest

from subscriptions.models import AccessRequest

pytestmark = pytest.mark.django_db
WHERE = "/access-requests/decide"


@pytest.fixture
def two(api, mesh) -> list[dict]:
    """Two requests for Bookings, full: for team growth and for Ana herself."""
    ask = {"product": "customer.bookings", "port": "full", "purpose": "analytics"}
    return [
        api.ana.post("/access-requests", ask | {"consumer": {"kind": kind, "id": key}}).json
        for kind, key in (("team", "growth"), ("user", "ana"))
    ]


def test_each_is_answered_for_itself(api, two):
    picks = [{"id": two[0]["id"], "etag": 99}, {"id": two[1]["id"], "etag": two[1]["etag"]}]

    answer = api.petra.post(
        WHERE, {"decision": "reject", "note": "Not this year.", "requests": picks}
    )

    assert answer.status == 200
    first, second = answer.json["results"]
    assert (first["done"], first["problem"]["code"], first["request"]) == (False, "stale", None)
    assert (second["done"], second["request"]["state"], second["problem"]) == (
        True,
        "rejected",
        None,
    )
    assert list(AccessRequest.objects.order_by("id").values_list("state", flat=True)) == [
        "in_review",
        "rejected",
    ]


def test_who_may_not_decide_changes_nothing(api, two):
    picks = [{"id": one["id"]} for one in two]

    own = api.ana.post(WHERE, {"decision": "approve", "requests": picks})
    stranger = api.sid.post(WHERE, {"decision": "approve", "requests": picks})

    assert [one["problem"]["code"] for one in own.json["results"]] == ["not-allowed"] * 2
    assert [one["problem"]["code"] for one in stranger.json["results"]] == ["not-found"] * 2
    assert AccessRequest.objects.filter(state="in_review").count() == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"decision": "burn", "requests": [{"id": "x"}]}, "/decision"),
        ({"decision": "approve", "requests": []}, "/requests"),
        ({"decision": "approve", "requests": [{"id": "x"}]}, "/requests/0/id"),
    ],
)
def test_a_wrong_body_says_where(api, two, body, pointer):
    answer = api.petra.post(WHERE, body)

    assert answer.status == 400
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
