"""Ports over REST."""

import pytest

from catalog.models import OutputPort

pytestmark = pytest.mark.django_db

PORTS = "/products/flight-operations.flight-delays/ports"
CURATED = f"{PORTS}/curated"


def test_a_port_is_read_with_its_schema_and_how_to_connect(api, mesh):
    port = api.ana.get(CURATED)
    schema = api.ana.get(f"{CURATED}/schema").json
    snippets = api.ana.get(f"{CURATED}/snippets").json

    assert (port.json["name"], port.json["contract"]) == ("curated", "flight-delays-curated")
    assert [one["name"] for one in api.ana.get(PORTS).json["results"]] == ["curated"]
    assert schema["version"] == "1.0.0"
    assert schema["columns"][0] == {
        "name": "flight_id",
        "type": "bigint",
        "description": "",
        "classification": "internal",
        "nullable": False,
        "key": True,
        "personal_data": False,
        "masked": "",
    }
    assert snippets["relation"] == port.json["relation"]
    assert {"kind", "title", "text"} == set(snippets["snippets"][0])
    assert api.ana.get(f"{CURATED}/sample").json["kind"] == "none"
    assert api.ana.get(CURATED, If_None_Match=port.etag).status == 304


def test_the_contract_comes_back_as_it_was_sent(api, mesh, curated):
    answer = api.ana.get(f"{CURATED}/contract.yaml")

    assert answer.text == curated.contract.text
    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"


def test_a_version_that_is_not_there(api, mesh):
    assert api.ana.get(f"{CURATED}?version=1").status == 200
    assert api.ana.get(f"{CURATED}?version=9").code == "not-found"
    assert api.ana.get(f"{PORTS}/nothing/schema").code == "not-found"
    assert api.ana.get("/products/customer.secret-plans/ports/plans").code == "not-found"


def test_olaf_adds_a_port_and_changes_it(api, mesh):
    body = {"platform": "warehouse", "resource": "flight_operations.gates", "description": "Gates."}

    made = api.olaf.put(f"{PORTS}/gates", body)
    refused = api.olaf.put(f"{PORTS}/gates", body | {"description": "All gates."})
    changed = api.olaf.put(
        f"{PORTS}/gates", body | {"description": "All gates."}, If_Match=made.etag
    )

    assert (made.status, made.json["description"]) == (200, "Gates.")
    assert refused.code == "precondition-needed"
    assert changed.json["description"] == "All gates."
    assert api.olaf.put(f"{PORTS}/gates", body, If_Match=made.etag).code == "stale"
    names = [one["name"] for one in api.ana.get(PORTS).json["results"]]
    assert names == ["curated", "gates"]


def test_ana_adds_no_port(api, mesh):
    answer = api.ana.put(f"{PORTS}/gates", {"resource": "flight_operations.gates"})

    assert answer.code == "not-allowed"
    assert OutputPort.objects.filter(name="gates").count() == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"interface": "telepathy"}, "/interface"),
        ({"columns": "all"}, "/columns"),
        ({"columns": [7]}, "/columns/0"),
        ({"status": "active"}, "/status"),
        ({"masks": [{"column": "origin", "how": "blur"}]}, "/masks/0/how"),
        ({"masks": [{"how": "hash"}]}, "/masks/0"),
        ({"row_filter": [{"column": "origin", "op": "=", "colour": 1}]}, "/row_filter/0/colour"),
    ],
)
def test_a_wrong_port_is_refused(api, mesh, body, pointer):
    answer = api.olaf.put(f"{PORTS}/gates", body)

    assert answer.status == 400
    assert [at for at, _ in answer.errors] == [pointer]
    assert not OutputPort.objects.filter(name="gates").exists()
