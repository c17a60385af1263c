"""The descriptors of the demo mesh say what is true of the warehouse, and fit together."""

import json
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path

import jsonschema_rs
import pytest

from catalog.descriptors.bundle import parse_bundle, parse_files
from demo import descriptors
from demo.people import PEOPLE

PURPOSES = {
    "analytics",
    "reporting",
    "operations",
    "marketing",
    "machine_learning",
    "regulatory",
    "research",
}
CONTRACTS = descriptors.contracts()
BY_ID = {contract["id"]: contract for contract in CONTRACTS}
PORTS = [
    pytest.param(product, port, id=f"{product['id']}:{port['name']}")
    for product, port in descriptors.ports()
]
CHANGES = sorted(descriptors.CHANGES.glob("*.yaml"))
each_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=[c["id"] for c in CONTRACTS])
each_table = pytest.mark.parametrize(
    "contract",
    [c for c in CONTRACTS if descriptors.is_table(c)],
    ids=[c["id"] for c in CONTRACTS if descriptors.is_table(c)],
)
each_port = pytest.mark.parametrize(("product", "port"), PORTS)


def odcs_schema():
    folder = Path(find_spec("open_data_contract_standard").origin).parent
    return json.loads((folder / "schema.json").read_text())


ODCS = jsonschema_rs.validator_for(odcs_schema())


def table_columns(connection, relation):
    """name -> (type, not null), in the order of the table."""
    rows = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [relation],
    ).fetchall()
    return {name: (kind, not_null) for name, kind, not_null in rows}


def columns_of(contract):
    return contract["schema"][0]["properties"]


def test_the_mesh_has_five_domains_seven_teams_and_sixteen_products():
    assert sorted(document["id"] for document in descriptors.of_kind("Domain")) == [
        "airports-and-weather",
        "customer",
        "finance",
        "fleet",
        "flight-operations",
    ]
    assert sorted(document["id"] for document in descriptors.of_kind("Team")) == [
        "airports-and-weather",
        "customer",
        "finance",
        "fleet",
        "flight-operations",
        "governance",
        "growth",
    ]
    assert len(descriptors.products()) == 16
    assert len(BY_ID) == len(CONTRACTS) == 23


@pytest.mark.parametrize("path", [*descriptors.files(), *CHANGES], ids=lambda path: path.stem)
def test_every_file_is_one_yaml_document_of_a_known_kind(path):
    document = descriptors.read(path)

    assert document["kind"] in {"Domain", "Team", "DataProduct", "DataContract"}


@pytest.mark.parametrize("path", [*descriptors.files(), *CHANGES], ids=lambda path: path.stem)
def test_the_catalogue_accepts_every_file(path):
    bundle = parse_bundle(path.read_text(encoding="utf-8"), path.name)

    assert len([*bundle.domains, *bundle.teams, *bundle.products, *bundle.contracts]) == 1


def test_the_catalogue_accepts_the_mesh_as_a_whole_without_a_warning():
    bundle = parse_files(
        {str(path): path.read_text(encoding="utf-8") for path in descriptors.files()}
    )

    assert bundle.warnings == ()
    assert {product.key for product in bundle.products} == {p["id"] for p in descriptors.products()}
    bookings = bundle.contract("bookings-full")
    assert bookings.personal_columns == (
        "customer_id",
        "passenger_name",
        "email",
        "phone",
        "card_last_four",
    )
    assert (bookings.classification, bookings.max_duration_days) == ("restricted", 90)


@pytest.mark.parametrize(
    "document",
    [*CONTRACTS, *map(descriptors.read, CHANGES)],
    ids=lambda document: f"{document['id']}-{document['version']}",
)
def test_every_contract_is_valid_odcs(document):
    assert [error.message for error in ODCS.iter_errors(document)] == []


@each_table
def test_a_contract_has_the_columns_of_its_table_with_their_types(contract, warehouse):
    described = {
        column["name"]: (column["physicalType"], column.get("required", False))
        for column in columns_of(contract)
    }

    held = table_columns(warehouse, contract["schema"][0]["physicalName"])

    assert list(described.items()) == list(held.items())


@each_table
def test_a_contract_names_the_key_of_its_table(contract, warehouse):
    keyed = [column for column in columns_of(contract) if column.get("primaryKey")]
    keyed.sort(key=lambda column: column["primaryKeyPosition"])

    held = warehouse.execute(
        "SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::smallint[], a.attnum))"
        " FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid"
        " AND a.attnum = ANY(i.indkey) WHERE i.indrelid = %s::regclass AND i.indisprimary",
        [contract["schema"][0]["physicalName"]],
    ).fetchone()

    assert [column["name"] for column in keyed] == held[0]


@each_table
def test_every_value_of_an_enumerated_column_is_in_its_list(contract, warehouse):
    relation = contract["schema"][0]["physicalName"]
    for column in columns_of(contract):
        if "enum" not in column:
            continue
        found = warehouse.execute(f"SELECT DISTINCT {column['name']} FROM {relation}").fetchall()

        assert {value for (value,) in found} <= {entry["value"] for entry in column["enum"]}


def test_every_table_of_the_warehouse_has_a_contract(warehouse):
    tables = warehouse.execute(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN"
        " ('airports_weather', 'fleet', 'flight_operations', 'customer', 'finance')"
    ).fetchall()

    described = {c["schema"][0]["physicalName"] for c in CONTRACTS if descriptors.is_table(c)}

    assert described == {table for (table,) in tables}


@each_contract
def test_a_contract_says_who_it_is_for_and_how_long(contract):
    assert set(descriptors.custom(contract, "purposes")) <= PURPOSES
    assert 30 <= descriptors.custom(contract, "maxDurationDays") <= 1095
    assert {level["property"] for level in contract["slaProperties"]} >= {"availability", "latency"}
    for column in columns_of(contract):
        assert column["description"]
        assert column["classification"] in {"public", "internal", "confidential", "restricted"}


@each_port
def test_a_port_publishes_its_contract(product, port):
    contract = BY_ID[port["contractId"]]

    assert contract["dataProduct"] == product["id"]
    assert descriptors.custom(port, "resource") == contract["schema"][0]["physicalName"]
    names = [column["name"] for column in columns_of(contract)]
    assert set(descriptors.custom(port, "columns") or names) <= set(names)
    assert (descriptors.custom(port, "platform"), descriptors.custom(port, "interface")) in {
        ("warehouse", "sql"),
        ("files", "file"),
    }


@each_port
def test_personal_data_is_never_below_confidential(product, port):
    for column in columns_of(BY_ID[port["contractId"]]):
        if {"pii", "phi", "pci"} & set(column.get("tags", ())):
            assert column["classification"] in {"confidential", "restricted"}


@pytest.mark.parametrize(
    ("key", "name", "personal", "strictest"),
    [
        ("flight-operations.flight-delays", "curated", False, "internal"),
        ("flight-operations.flight-delays", "full", False, "confidential"),
        ("customer.bookings", "curated", False, "internal"),
        ("customer.bookings", "full", True, "restricted"),
        ("customer.customer-profiles", "curated", False, "internal"),
        ("customer.customer-profiles", "full", True, "restricted"),
        ("customer.loyalty-accounts", "curated", True, "confidential"),
        ("airports-and-weather.airports", "curated", False, "public"),
    ],
)
def test_how_closely_the_ports_of_the_story_are_kept(key, name, personal, strictest):
    (port,) = [
        port
        for product, port in descriptors.ports()
        if (product["id"], port["name"]) == (key, name)
    ]
    columns = columns_of(BY_ID[port["contractId"]])
    order = ["public", "internal", "confidential", "restricted"]

    assert any("pii" in column.get("tags", ()) for column in columns) is personal
    assert max((column["classification"] for column in columns), key=order.index) == strictest


def test_inputs_resolve_to_contracts_and_ports_name_versions_in_force():
    for product, port in descriptors.ports():
        inputs = {entry["contractId"] for entry in product.get("inputPorts", ())}
        assert inputs <= set(BY_ID)
        for used in port.get("inputContracts", ()):
            assert used["version"] == BY_ID[used["id"]]["version"]
            assert used["id"] in inputs or BY_ID[used["id"]]["dataProduct"] == product["id"]


def test_the_lineage_has_no_circle_and_is_five_products_deep():
    graph = {
        product["id"]: {
            BY_ID[e["contractId"]]["dataProduct"] for e in product.get("inputPorts", ())
        }
        for product in descriptors.products()
    }
    depth = {}
    for key in TopologicalSorter(graph).static_order():
        depth[key] = 1 + max((depth[before] for before in graph[key]), default=0)

    assert depth["finance.revenue-by-route"] == 5
    assert depth["flight-operations.on-time-performance"] == 4


def test_synthetic_products_say_so():
    for product in descriptors.products():
        if product["domain"] in {"customer", "finance"}:
            assert "synthetic" in product["tags"]
            assert product["description"]["limitations"].startswith("SYNTHETIC DATA.")


@pytest.mark.parametrize(
    ("file", "dropped"),
    [
        ("flight-delays-curated-2.0.0.yaml", {"distance_miles"}),
        ("on-time-performance-curated-2.0.0.yaml", {"mean_arrival_delay_minutes"}),
    ],
)
def test_a_change_drops_one_column_and_nothing_else(file, dropped):
    after = descriptors.read(descriptors.CHANGES / file)
    before = BY_ID[after["id"]]

    kept = [column for column in columns_of(before) if column["name"] not in dropped]

    assert {c["name"] for c in columns_of(before)} - {
        c["name"] for c in columns_of(after)
    } == dropped
    assert columns_of(after) == kept
    assert (before["version"], after["version"]) == ("1.0.0", "2.0.0")


def test_the_teams_of_the_descriptors_have_the_people_of_the_demo():
    described = {
        (team["id"], member["username"], member["role"])
        for team in descriptors.of_kind("Team")
        for member in team["members"]
    }

    assert described == {(team, one.username, role) for one in PEOPLE for team, role in one.teams}
