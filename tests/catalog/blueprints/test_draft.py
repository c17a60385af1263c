"""A drafted descriptor is one that applies, and its DDL is one that PostgreSQL takes."""

import psycopg
import pytest
from django.conf import settings

from catalog.blueprints.ddl import create_table
from catalog.blueprints.draft import Draft, DraftColumn, slug_of, write
from catalog.descriptors.bundle import parse_bundle

COLUMNS = (
    DraftColumn("id", "integer", "bigint", required=True, primary_key=True),
    DraftColumn('odd "name"', "string", "", "It's odd."),
    DraftColumn("at", "timestamp", ""),
)


def test_what_is_drafted_is_read_back_as_a_product_and_its_contract():
    draft = Draft(
        "flight-operations",
        "flight-operations",
        "Gates & Stands",
        platform="warehouse",
        resource="ops.gates",
        columns=COLUMNS,
        basis="ops.gates on Warehouse",
    )

    text = write(draft)

    bundle = parse_bundle(text)
    (product,) = bundle.products
    (contract,) = bundle.contracts
    assert text.startswith("# Drafted from ops.gates on Warehouse.\n")
    assert (product.key, product.status, product.owner_team) == (
        "flight-operations.gates-stands",
        "draft",
        "flight-operations",
    )
    assert product.output_ports[0].contract_id == contract.id == "gates-stands-curated"
    assert [one.name for one in contract.objects[0].columns] == ["id", 'odd "name"', "at"]


def test_without_columns_there_is_one_to_start_from():
    assert "name: id" in write(Draft("a", "a", "Gates"))


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Gates & Stands", "gates-stands"), ("2013 flights", "flights"), ("Äöü", ""), ("  ", "")],
)
def test_names_become_keys(name, slug):
    assert slug_of(name) == slug


def test_the_table_stands_on_a_real_platform():
    ddl = create_table("drafted.gates", COLUMNS)

    with psycopg.connect(settings.WAREHOUSE_ADMIN_DSN) as owner:
        owner.execute("CREATE SCHEMA drafted")
        owner.execute(ddl)
        rows = owner.execute(
            "SELECT column_name, data_type, is_nullable, col_description("
            "'drafted.gates'::regclass, ordinal_position::int) FROM information_schema.columns "
            "WHERE table_schema = 'drafted' ORDER BY ordinal_position"
        ).fetchall()
        owner.rollback()

    assert rows == [
        ("id", "bigint", "NO", None),
        ('odd "name"', "text", "YES", "It's odd."),
        ("at", "timestamp with time zone", "YES", None),
    ]
