"""Domains, teams, queries, bundles and lineage over REST."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from catalog.models import DataProduct, Domain, LineageEdge, LineageEvent
from marketplace.kernel.identity.models import Team
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db

EVENT = {
    "eventTime": "2026-05-01T00:00:00Z",
    "producer": "https://example.org/airflow",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "eventType": "COMPLETE",
    "run": {"runId": "0195fe2c-3f9d-7000-8000-000000000001"},
    "job": {"namespace": "airflow", "name": "load"},
    "inputs": [{"namespace": "raw", "name": "flights"}],
    "outputs": [{"namespace": "warehouse", "name": "flights"}],
}


def test_gus_keeps_the_tree_of_domains(api, mesh):
    made = api.gus.put("/domains/fleet", {"name": "Fleet", "owner_team": "flight-operations"})
    changed = api.gus.patch("/domains/fleet", {"description": "Aircraft."}, If_Match=made.etag)

    assert (made.status, made.json["parent"], made.json["etag"]) == (200, None, 1)
    assert (changed.json["name"], changed.json["description"]) == ("Fleet", "Aircraft.")
    assert api.gus.patch("/domains/fleet", {"name": "X"}, If_Match=made.etag).code == "stale"
    assert api.gus.patch("/domains/fleet", {"name": "X"}).code == "precondition-needed"
    assert [one["slug"] for one in api.ana.get("/domains?q=fle").json["results"]] == ["fleet"]
    assert api.gus.delete("/domains/fleet?dry_run=true").json == {"dry_run": True}
    assert api.gus.delete("/domains/fleet").status == 204
    assert api.gus.get("/domains/fleet").code == "not-found"


def test_a_domain_that_holds_something_stays(api, mesh):
    answer = api.gus.delete("/domains/customer")

    assert (answer.status, answer.code) == (409, "not-empty")
    assert Domain.objects.filter(slug="customer").exists()


def test_ana_shapes_no_domain(api, mesh):
    body = {"name": "Mine", "owner_team": "growth"}

    assert api.ana.put("/domains/mine", body).code == "not-allowed"
    assert api.ana.delete("/domains/customer").code == "not-allowed"
    assert api.gus.put("/domains/UPPER", body).errors == [("/slug", "slug")]
    assert not Domain.objects.filter(slug="mine").exists()


def test_teams_are_made_and_changed(api, mesh):
    body = {"name": "Finance", "members": [{"username": "sid", "role": "lead"}]}
    made = api.pia.put("/teams/finance", body)
    renamed = api.pia.patch("/teams/finance", {"name": "Money"}, If_Match=made.etag)

    assert made.json["members"] == [{"username": "sid", "role": "lead"}]
    assert (renamed.json["name"], renamed.json["members"]) == ("Money", made.json["members"])
    assert api.ana.put("/teams/other", {"name": "X"}).code == "not-allowed"
    wrong = api.pia.put("/teams/other", {"name": "X", "members": [{"username": "ghost"}]})
    assert wrong.errors == [("/members", "unknown-person")]
    assert not Team.objects.filter(slug="other").exists()
    assert api.pia.delete("/teams/finance").code == "not-empty"


def test_ana_keeps_a_query(api, mesh):
    key = "/queries/flight-operations.flight-delays:curated:late"
    body = {"title": "Late flights", "sql": "SELECT * FROM {relation}"}

    made = api.ana.put(key, body)
    again = api.ana.put(key, body | {"title": "Later"}, If_Match=made.etag)

    assert (made.status, made.json["author"]) == (200, "ana")
    assert again.json["title"] == "Later"
    assert api.olaf.get(key).json["title"] == "Later"
    assert api.sid.put(key, body, If_Match=again.etag).code == "not-allowed"
    assert api.ana.put("/queries/customer.secret-plans:plans:x", body).code == "not-found"
    assert api.ana.get("/queries/nonsense").code == "not-found"
    found = api.ana.get("/queries?product=flight-operations.flight-delays").json["results"]
    assert [one["slug"] for one in found] == ["late"]


def test_a_bundle_is_planned_and_applied(api, mesh):
    text = make.product("flight-operations.gates", ports=[make.port("all", resource="a.gates")])

    planned = api.olaf.post("/plan", text, kind="application/yaml")
    assert not DataProduct.objects.filter(slug="gates").exists()
    applied = api.olaf.post("/apply", {"documents": text})
    again = api.olaf.post("/apply", text, kind="text/yaml")

    expected = [{"kind": "DataProduct", "key": "flight-operations.gates", "outcome": "created"}]
    assert (planned.json["documents"], planned.json["dry_run"]) == (expected, True)
    assert (applied.status, applied.json["documents"]) == (200, expected)
    assert again.json["documents"][0]["outcome"] == "unchanged"


def test_files_of_a_form_are_one_bundle(api, mesh, tmp_path):
    (tmp_path / "one.yaml").write_text(
        make.product("flight-operations.gates", ports=[make.port("all", contract="gates")])
    )
    (tmp_path / "two.yaml").write_text(make.contract("gates", product="flight-operations.gates"))
    with (tmp_path / "one.yaml").open() as one, (tmp_path / "two.yaml").open() as two:
        answer = Client().post(
            "/api/v1/apply",
            {"file": [one, two]},
            headers={"Authorization": f"Bearer {api.olaf.token}"},
        )

    assert answer.status_code == 200, answer.content
    assert {d["kind"] for d in answer.json()["documents"]} == {"DataContract", "DataProduct"}


def test_a_wrong_bundle_is_refused_with_place_and_line(api, mesh):
    text = make.product("flight-operations.gates").replace("status: active", "status: sleepy")

    answer = api.olaf.post("/apply", text, kind="application/yaml")
    bomb = api.olaf.post("/apply", "a: &a [1]\nb: *a\n", kind="application/yaml")
    empty = api.olaf.post("/apply", "  ", kind="application/yaml")

    assert (answer.status, answer.errors[0][0]) == (400, "/status")
    assert answer.json["errors"][0]["detail"].startswith("Line ")
    assert bomb.status == empty.status == 400
    assert not DataProduct.objects.filter(slug="gates").exists()


def test_a_breaking_contract_is_not_slipped_in(api, mesh):
    text = make.contract(version="2.0.0", columns={"flight_id": {"logicalType": "integer"}})

    answer = api.olaf.post("/apply", text, kind="application/yaml")

    assert (answer.status, answer.code) == (409, "breaking-change")
    assert {one["impact"] for one in answer.json["differences"]} == {"MAJOR"}


def test_ana_applies_nothing(api, mesh):
    answer = api.ana.post("/apply", make.product("flight-operations.gates"), kind="text/yaml")

    assert answer.code == "not-allowed"
    assert not DataProduct.objects.filter(slug="gates").exists()


def test_the_command_applies_files(mesh, tmp_path, capsys):
    file = tmp_path / "gates.yaml"
    file.write_text(make.product("flight-operations.gates", ports=[make.port("g", resource="a.g")]))

    call_command("apply", str(tmp_path), "--as", "olaf", "--dry-run")
    assert not DataProduct.objects.filter(slug="gates").exists()
    call_command("apply", str(file), "--as", "olaf")

    assert "created    DataProduct   flight-operations.gates" in capsys.readouterr().out
    assert DataProduct.objects.filter(slug="gates").exists()
    with pytest.raises(CommandError, match="not-allowed"):
        call_command("apply", str(file).replace("gates", "gates"), "--as", "sid")
    file.write_text("kind: Nothing\n")
    with pytest.raises(CommandError, match="unknown-kind"):
        call_command("apply", str(file))
    with pytest.raises(CommandError, match="no account"):
        call_command("apply", str(file), "--as", "ghost")


def test_the_graph_is_read_and_drawn(api, mesh):
    sent = api.olaf.post("/lineage", EVENT)
    again = api.olaf.post("/lineage", EVENT)
    found = api.ana.get("/lineage?node=job/airflow/load&up=1&down=1").json

    assert (sent.status, again.status) == (201, 201)
    assert LineageEvent.objects.count() == 1
    assert {node["id"] for node in found["nodes"]} == {
        "job/airflow/load",
        "dataset/raw/flights",
        "dataset/warehouse/flights",
    }
    assert {(e["from"], e["to"], e["kind"]) for e in found["edges"]} == {
        ("dataset/raw/flights", "job/airflow/load", "observed"),
        ("job/airflow/load", "dataset/warehouse/flights", "observed"),
    }
    assert found["total_nodes"] == 3


def test_a_batch_takes_what_is_right_and_names_the_rest(api, mesh):
    other = EVENT | {"job": {"namespace": "airflow", "name": "clean"}, "run": {"runId": "r2"}}

    answer = api.olaf.post("/lineage/batch", [EVENT, {"nonsense": 1}, other])

    assert answer.status == 200
    assert answer.json["status"] == "partial_success"
    assert answer.json["summary"]["successful"] == 2
    assert [one["index"] for one in answer.json["failed_events"]] == [1]
    assert LineageEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "/node"),
        ("?node=x&up=11", "/up"),
        ("?node=x&down=no", "/down"),
        ("?node=x&level=row", "/level"),
    ],
)
def test_a_wrong_question_about_lineage_is_refused(api, mesh, query, pointer):
    answer = api.ana.get(f"/lineage{query}")

    assert [at for at, _ in answer.errors] == [pointer]


def test_hidden_nodes_are_not_there(api, mesh):
    assert api.ana.get("/lineage?node=customer.secret-plans").code == "not-found"
    assert api.petra.get("/lineage?node=customer.secret-plans").status == 200
    assert api.ana.get("/lineage?node=customer.bookings").status == 200
    assert not LineageEdge.objects.exists()
    assert api.ana.post("/lineage", {"nonsense": 1}).status == 400


def test_a_query_is_copied_and_taken_away(api, mesh):
    key = "/queries/flight-operations.flight-delays:curated:late"
    api.olaf.put(key, {"title": "Late flights", "sql": "SELECT * FROM {relation}"})

    rehearsed = api.ana.post(f"{key}/copy?dry_run=true", {})
    copied = api.ana.post(f"{key}/copy", {"title": "Mine"})
    again = api.ana.post(f"{key}/copy", {})

    assert rehearsed.json["dry_run"] is True
    assert (copied.status, copied.json["title"], copied.json["author"]) == (201, "Mine", "ana")
    assert (copied.json["sql"], copied.json["forked_from"]) == ("SELECT * FROM {relation}", "late")
    assert (again.json["title"], again.json["slug"]) == ("Late flights", "late-flights")
    assert api.sid.delete(key).code == "not-allowed"
    assert api.ana.delete(key).code == "not-allowed"
    assert api.ana.delete("/queries/customer.secret-plans:plans:x").code == "not-found"
    assert api.ana.post("/queries/customer.secret-plans:plans:x/copy", {}).code == "not-found"
    assert api.olaf.delete(f"{key}?dry_run=true").status == 200
    assert api.olaf.get(key).status == 200

    assert api.olaf.delete(key).status == 204

    assert api.olaf.get(key).code == "not-found"
    left = api.ana.get("/queries?author=ana").json["results"]
    assert {(one["slug"], one["forked_from"]) for one in left} == {
        ("mine", None),
        ("late-flights", None),
    }
