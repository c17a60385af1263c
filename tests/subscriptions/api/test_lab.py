"""The lab over HTTP: values, estimates, stopping, and the sandbox before access."""

import uuid

import pytest

from subscriptions.models import LabRun
from tests.subscriptions.api.test_story import ASK

pytestmark = pytest.mark.django_db(transaction=True)
PRODUCT = "flight-operations.flight-delays"
RELATION = "flight_operations_products.flight_delays_curated"


def test_ana_runs_with_values_estimates_and_stops(api, platform, work):
    asked = api.ana.post("/access-requests", ASK).json
    work()
    body = {
        "agreement": asked["agreement"]["id"],
        "sql": f"SELECT flight_id FROM {RELATION} WHERE carrier = :carrier",
        "parameters": {"carrier": "B6"},
    }
    chosen = str(uuid.uuid4())

    run = api.ana.post("/lab/runs", body | {"id": chosen})
    again = api.ana.post("/lab/runs", body | {"id": chosen})
    without = api.ana.post("/lab/runs", body | {"parameters": {}})
    number = api.ana.post("/lab/runs", body | {"parameters": {"carrier": 1}})
    estimate = api.ana.post("/lab/estimates", body)
    stopped = api.ana.post(f"/lab/runs/{chosen}/stop")

    assert (run.json["id"], run.json["rows"]) == (chosen, [[3]])
    assert again.code == "duplicate"
    assert (without.status, without.code) == (422, "query-refused")
    assert number.status == 400
    assert estimate.json["rows"] >= 1
    assert "planner" in estimate.json["basis"]
    assert (stopped.json["state"], stopped.json["parameters"]) == ("done", {"carrier": "B6"})
    assert api.olaf.post(f"/lab/runs/{chosen}/stop").code == "not-found"
    assert api.olaf.post("/lab/estimates", body).code == "not-allowed"
    assert LabRun.objects.count() == 2


def test_sid_tries_on_invented_rows_and_is_told_so(api, platform):
    sql = f"SELECT count(*) FROM {RELATION}"

    tried = api.sid.post("/lab/sandbox", {"product": PRODUCT, "port": "curated", "sql": sql})
    hidden = api.sid.post(
        "/lab/sandbox", {"product": "customer.secret-plans", "port": "plans", "sql": "SELECT 1"}
    )

    assert tried.json["rows"] == [[200]]
    assert tried.json["kind"] == "synthetic"
    assert "no row is of the data" in tried.json["basis"]
    assert tried.headers["Cache-Control"] == "no-store"
    assert hidden.code == "not-found"
