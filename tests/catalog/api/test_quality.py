"""Quality, service levels and incidents over REST."""

import pytest

from catalog.models import Incident, QualityResult
from tests.catalog.observations import documents as make

pytestmark = pytest.mark.django_db

DELAYS = "/products/flight-operations.flight-delays"
QUALITY = f"{DELAYS}/quality"
LEVEL = {
    "property": "latency",
    "day": "2026-03-01",
    "state": "met",
    "source": "nightly",
    "value": 3,
    "objective": "24",
    "unit": "h",
}


@pytest.mark.parametrize(
    "document",
    [make.dbt(), make.openlineage(), make.oors(), make.datacontract()],
    ids=["dbt", "openlineage", "oors", "datacontract-cli"],
)
def test_olaf_s_tools_report_and_everybody_reads(api, mesh, document):
    taken = api.olaf.post(QUALITY, document)
    again = api.olaf.post(QUALITY, document)

    assert (taken.status, taken.json["results"], taken.json["new"]) == (201, 1, 1)
    assert again.json["new"] == 0
    listed = api.ana.get(f"{QUALITY}?days=365").json["results"]
    assert [(one["port"], one["observed_at"][:10]) for one in listed] in (
        [("curated", "2026-03-01")],
        [],
    )
    assert QualityResult.objects.get().port.name == "curated"


def test_a_report_can_be_rehearsed(api, mesh):
    answer = api.olaf.post(f"{QUALITY}?dry_run=true", make.oors())

    assert (answer.json["results"], answer.json["dry_run"]) == (1, True)
    assert not QualityResult.objects.exists()


def test_what_is_wrong_is_told_by_its_place_and_nothing_is_kept(api, mesh):
    bad = make.oors(make.oors_check(), make.oors_check(status="fine"))

    answer = api.olaf.post(QUALITY, bad)

    assert (answer.status, answer.errors) == (400, [("/results/1/status", "unknown")])
    assert api.olaf.post(QUALITY, {}).errors == [("", "unknown-format")]
    assert api.olaf.post(f"{QUALITY}?format=soda", make.oors()).status == 400
    assert api.ana.post(QUALITY, make.oors()).code == "not-allowed"
    assert api.olaf.post("/products/customer.secret-plans/quality", {}).code == "not-found"
    assert not QualityResult.objects.exists()


def test_service_levels_come_in_and_go_out(api, mesh):
    taken = api.olaf.post(f"{DELAYS}/service-levels", {"days": [LEVEL]})
    read = api.ana.get(f"{DELAYS}/service-levels?days=365").json

    assert (taken.status, taken.json) == (201, {"taken": 1})
    found = [one for one in read["objectives"] if one["property"] == "latency"]
    assert [(one["measured"], one["kept"]) for one in found] == [(1, 1)]
    assert read["days"] == [
        {"day": "2026-03-01", "state": "met", "basis": "latency 3 h, objective 24 h; nightly"}
    ]
    wrong = api.olaf.post(f"{DELAYS}/service-levels", {"days": [{**LEVEL, "state": "fine"}]})
    assert wrong.errors == [("/days/0/state", "unknown")]


def test_an_incident_runs_over_rest(api, mesh):
    body = {"title": "Late", "severity": "minor", "text": "Looking.", "ports": ["curated"]}
    made = api.olaf.post(f"{DELAYS}/incidents", body)
    at = f"/incidents/{made.json['id']}"
    moved = api.olaf.post(f"{at}/update", {"text": "Mended.", "state": "monitoring"})
    stale = api.olaf.post(f"{at}/resolve", {"text": "Over."}, If_Match=made.etag)
    ended = api.olaf.post(f"{at}/resolve", {"text": "Over.", "cause": "A late file."})

    assert (made.status, made.json["state"], moved.json["state"]) == (201, "open", "monitoring")
    assert stale.code == "stale"
    assert [one["text"] for one in ended.json["updates"]] == ["Looking.", "Mended.", "Over."]
    assert api.ana.get(at).json["cause"] == "A late file."
    assert api.ana.get("/incidents?state=open").json["results"] == []
    listed = api.ana.get(f"{DELAYS}/incidents").json["results"]
    assert [one["title"] for one in listed] == ["Late"]


def test_others_open_no_incident(api, mesh):
    body = {"title": "Late", "severity": "minor", "text": "Looking."}

    assert api.ana.post(f"{DELAYS}/incidents", body).code == "not-allowed"
    assert api.olaf.post(f"{DELAYS}/incidents", {**body, "severity": "odd"}).status == 400
    assert not Incident.objects.exists()
