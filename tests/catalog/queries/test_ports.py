"""Ports: the newest version, the columns they show, the view they publish, how to connect."""

import pytest

from catalog.actions.platforms import register_platform
from catalog.models import OutputPort, PlatformConnection, SchemaColumn
from catalog.queries import (
    columns_of,
    connector_of,
    port_or_404,
    sample,
    schema,
    snippets,
    variant_of,
)
from marketplace.connectors.base import RowFilter
from marketplace.kernel.errors import NotFound
from tests.factories import descriptors as make

DELAYS = "flight-operations.flight-delays"


@pytest.fixture
def versions(apply, mesh):
    """Port curated in versions 1, 2 (narrowed) and 10 (deprecated), in a retired one too."""
    shown = [
        make.port(contract="flight-delays-curated", version=number, **how)
        for number, how in {
            "1": {},
            "2": {
                "columns": ["flight_id", "dep_delay"],
                "row_filter": [
                    {"column": "origin", "op": "!=", "value": "JFK"},
                    {"column": "carrier", "op": "not_in", "value": ["AA", "UA"]},
                    {"column": "dep_delay", "op": "not_null"},
                ],
            },
            "10": {},
            "3": {},
        }.items()
    ]
    apply(make.product(version="1.1.0", ports=shown))
    OutputPort.objects.filter(version_name="10").update(status="deprecated")
    OutputPort.objects.filter(version_name="3").update(status="retired")


def test_the_newest_active_version_is_given(versions, ana):
    assert port_or_404(ana, DELAYS, "curated").version_name == "2"
    assert port_or_404(ana, DELAYS, "curated", "10").version_name == "10"
    assert port_or_404(ana, DELAYS, "curated", "3").status == "retired"


def test_without_an_active_version_the_deprecated_one_is_given(versions, ana):
    OutputPort.objects.filter(status="active").update(status="retired")

    assert port_or_404(ana, DELAYS, "curated").version_name == "10"


@pytest.mark.parametrize(
    ("key", "name", "version"),
    [
        (DELAYS, "curated", "4"),
        (DELAYS, "nothing", None),
        ("customer.secret-plans", "plans", None),
        ("customer.no-such", "plans", None),
    ],
)
def test_hidden_and_absent_ports_are_not_told_apart(versions, ana, key, name, version):
    with pytest.raises(NotFound) as refused:
        port_or_404(ana, key, name, version)

    assert (str(refused.value), refused.value.facts) == (NotFound.title, {})


def test_a_port_comes_with_all_around_it_in_one_statement(mesh, ana, django_assert_num_queries):
    with django_assert_num_queries(1):
        port = port_or_404(ana, DELAYS, "curated")
        around = (
            port.product.owner_team.slug,
            port.product.domain.owner_team.slug,
            port.platform.key,
            port.contract.contract.key,
        )

    assert around == (
        "flight-operations",
        "flight-operations",
        "warehouse",
        "flight-delays-curated",
    )


def test_a_port_shows_its_own_choice_of_the_contracts_columns(versions, ana):
    assert [c.name for c in columns_of(port_or_404(ana, DELAYS, "curated", "1"))] == [
        "flight_id",
        "carrier",
        "origin",
        "dep_delay",
    ]
    narrowed = port_or_404(ana, DELAYS, "curated", "2")
    assert [c.name for c in columns_of(narrowed)] == ["flight_id", "dep_delay"]
    assert schema(narrowed) == {
        "version": "1.0.0",
        "columns": [
            {
                "name": "flight_id",
                "type": "bigint",
                "description": "",
                "classification": "internal",
                "nullable": False,
                "key": True,
                "personal_data": False,
                "masked": "",
            },
            {
                "name": "dep_delay",
                "type": "integer",
                "description": "Minutes late at departure.",
                "classification": "internal",
                "nullable": True,
                "key": False,
                "personal_data": False,
                "masked": "",
            },
        ],
    }


def test_the_published_view_is_that_of_the_port(versions, ana):
    port = port_or_404(ana, DELAYS, "curated", "2")

    variant = variant_of(port)

    assert (variant.port_id, variant.port_key) == (str(port.pk), f"{DELAYS}:curated@2")
    assert (variant.base_schema, variant.base_table) == ("flight_operations", "flights")
    assert (variant.relation_schema, variant.relation_name) == (
        port.relation_schema,
        "flight_delays_curated_v2",
    )
    assert variant.columns == ("flight_id", "dep_delay")
    assert variant.row_filters == (
        RowFilter("origin", "<>", "JFK"),
        RowFilter("carrier", "not in", ("AA", "UA")),
        RowFilter("dep_delay", "is not null"),
    )


def test_a_port_masks_columns_by_name_and_by_classification(apply, mesh, ana):
    rules = [
        {"classification": "internal", "how": "partial", "keep": 2},
        {"classification": "confidential", "how": "null"},
        {"column": "carrier", "how": "hash"},
    ]
    apply(
        make.product(
            version="1.1.0", ports=[make.port(contract="flight-delays-curated", masks=rules)]
        )
    )
    port = port_or_404(ana, DELAYS, "curated")
    SchemaColumn.objects.filter(contract_version=port.contract_id).update(classification="public")
    SchemaColumn.objects.filter(name__in=["origin", "carrier"]).update(classification="internal")
    SchemaColumn.objects.filter(name="dep_delay").update(classification="restricted")

    variant = variant_of(port)
    narrow = variant_of(port, columns=("carrier",), variant="abcd1234")

    assert {one.column: (one.how, one.keep) for one in variant.masks} == {
        "carrier": ("hash", 4),
        "origin": ("partial", 2),
        "dep_delay": ("null", 4),
    }
    assert [one.column for one in narrow.masks] == ["carrier"]
    shown = {one["name"]: one["masked"] for one in schema(port)["columns"]}
    assert (shown["carrier"], shown["flight_id"]) == ("hash", "")


def test_a_narrower_view_stands_beside_the_whole_one(curated):
    whole = variant_of(curated)
    narrow = variant_of(curated, columns=("carrier",), variant="abcd1234")

    assert whole.relation_name == "flight_delays_curated"
    assert narrow.relation_name == "flight_delays_curated_abcd1234"
    assert narrow.columns == ("carrier",)
    assert narrow.handle("test") != whole.handle("test")


def test_the_connector_of_a_platform_gets_its_secret(warehouse, settings):
    connector = connector_of(PlatformConnection.objects.get(key="warehouse"))

    assert connector.kind == "postgres"
    assert connector.config.password == settings.WAREHOUSE["password"]
    assert connector.config.env == settings.PLATFORM_ENV
    assert settings.WAREHOUSE["password"].encode() not in bytes(warehouse.secret)


def test_snippets_have_real_names_and_no_secret(curated, settings, warehouse):
    texts = {one["kind"]: one["text"] for one in snippets(curated, "mp_demo_abc_c")}

    assert list(texts) == [
        "sql",
        "psql",
        "python",
        "dbt",
        "spark",
        "jdbc",
        "odbc",
        "powerbi",
        "tableau",
    ]
    assert texts["sql"] == f"SELECT * FROM {curated.relation} LIMIT 100;"
    place = f"{settings.WAREHOUSE['host']}:{settings.WAREHOUSE['port']}"
    assert f"postgresql://mp_demo_abc_c@{place}/warehouse" in texts["psql"]
    assert f"jdbc:postgresql://{place}/warehouse?user=mp_demo_abc_c" == texts["jdbc"]
    assert settings.WAREHOUSE["password"] not in str(texts)
    assert settings.WAREHOUSE["user"] not in str(texts)


def test_without_a_login_and_without_a_relation(curated):
    assert "<user>" in snippets(curated)[1]["text"]
    curated.relation_name = ""
    assert snippets(curated) == []


def test_no_sample_was_taken(curated):
    assert sample(curated) is None


def test_another_kind_of_platform_gets_no_secret_it_did_not_have(pia):
    memory = register_platform(pia, key="toy", name="Toy", kind="memory", config={})

    assert connector_of(memory).kind == "memory"
