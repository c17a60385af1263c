"""Asks and kept searches over the API."""

import pytest

from catalog.models import Ask, SavedSearch

pytestmark = pytest.mark.django_db
DELAYS = "flight-operations.flight-delays"


def test_an_ask_goes_from_wish_to_answer(api, mesh):
    made = api.ana.post("/asks", {"title": "Weather", "columns": ["wind"]})
    assert (made.status, made.json["state"], made.json["votes"]) == (201, "open", 1)
    path = f"/asks/{made.json['id']}"

    assert api.sid.put(f"{path}/vote", {}).json["votes"] == 2
    assert api.sid.delete(f"{path}/vote").json["votes"] == 1
    assert api.olaf.post(f"{path}/claim", {"team": "flight-operations"}).json["team"] == (
        "flight-operations"
    )
    assert api.ana.post(f"{path}/claim", {"team": "growth"}).code == "not-allowed"
    done = api.olaf.post(f"{path}/answer", {"product": DELAYS, "note": "Here."}).json
    assert (done["state"], done["product"], done["outcome"]) == ("answered", DELAYS, "Here.")
    assert api.olaf.post(f"{path}/close", {"note": "No."}).code == "impossible-move"
    assert [one["id"] for one in api.sid.get("/asks?state=answered").json["results"]] == [
        made.json["id"]
    ]
    assert api.sid.get("/asks?state=open").json["results"] == []


def test_a_dry_run_and_a_wrong_ask_leave_nothing(api, mesh):
    assert api.ana.post("/asks?dry_run=true", {"title": "Weather"}).json["dry_run"] is True
    assert api.ana.post("/asks", {"title": "Weather", "domain": "moon"}).errors == [
        ("/domain", "unknown-domain")
    ]
    assert api.ana.post("/asks", {"titel": "Weather"}).errors[0] == ("/titel", "unknown-field")
    assert not Ask.objects.exists()


def test_searches_are_ones_own(api, mesh):
    made = api.ana.post("/saved-searches", {"name": "Late", "params": "q=late"})
    path = f"/saved-searches/{made.json['id']}"

    assert made.status == 201
    assert api.sid.get(path).code == "not-found"
    assert api.sid.get("/saved-searches").json["results"] == []
    assert api.ana.patch(path, {"alert": True}).json["alert"] is True
    assert api.ana.patch(path, {"params": "q=domian:x"}).errors == [("/params", "unknown-filter")]
    assert api.ana.post("/saved-searches", {"name": "Late"}).code == "duplicate"
    assert api.ana.delete(path).status == 204
    assert not SavedSearch.objects.exists()


def test_searches_in_vain_are_listed(api, mesh):
    assert api.ana.get("/asks/unmet").json == {"results": [], "next": None, "previous": None}
