"""A table becomes a draft that our own reader takes, and nothing is guessed."""

import pytest

from catalog.descriptors.bundle import parse_bundle
from catalog.descriptors.harvest import draft, logical_type
from marketplace.connectors.base import ColumnInfo, Schema

TABLE = Schema(
    "raw",
    "delays",
    "table",
    (
        ColumnInfo("id", "bigint", nullable=False, primary_key=True, comment="Number."),
        ColumnInfo("no", "varchar(20)", nullable=True, primary_key=False, comment=""),
        ColumnInfo(
            "left_at",
            "timestamp with time zone",
            nullable=True,
            primary_key=False,
            comment="When it left.",
        ),
    ),
    "Every departure.",
    3,
)


def test_a_draft_reads_back_with_what_the_platform_knows() -> None:
    text = draft(TABLE, product="flights.delays", team="flight-ops", platform="warehouse")

    bundle = parse_bundle(text)
    (contract,), (product,) = bundle.contracts, bundle.products

    assert (contract.id, contract.status, contract.data_product) == (
        "delays-contract",
        "draft",
        "flights.delays",
    )
    assert [(c.name, c.logical_type, c.physical_type, c.required) for c in contract.columns] == [
        ("id", "integer", "bigint", True),
        ("no", "string", "varchar(20)", False),
        ("left_at", "timestamp", "timestamp with time zone", False),
    ]
    assert [c.primary_key for c in contract.columns] == [True, False, False]
    assert {c.classification for c in contract.columns} == {""}
    (port,) = product.output_ports
    assert (port.platform, port.resource, port.contract_id) == (
        "warehouse",
        "raw.delays",
        "delays-contract",
    )
    assert (product.owner_team, product.status, product.purpose) == (
        "flight-ops",
        "draft",
        "Every departure.",
    )


@pytest.mark.parametrize(
    ("physical", "logical"),
    [
        ("tinyint(1)", "boolean"),
        ("tinyint(4)", "integer"),
        ("int(11)", "integer"),
        ("BIGINT", "integer"),
        ("interval", "string"),
        ("int8", "integer"),
        ("integer", "integer"),
        ("double precision", "number"),
        ("numeric(10,2)", "number"),
        ("date", "date"),
        ("datetime", "timestamp"),
        ("time without time zone", "time"),
        ("text[]", "array"),
        ("jsonb", "object"),
        ("NUMBER(38,0)", "integer"),
        ("NUMBER(10,2)", "number"),
        ("TIMESTAMP_NTZ", "timestamp"),
        ("VARIANT", "object"),
        ("TEXT", "string"),
        ("uuid", "string"),
    ],
)
def test_types_have_the_words_of_the_standard(physical: str, logical: str) -> None:
    assert logical_type(physical) == logical


@pytest.mark.parametrize("key", ["delays", "Flights.delays", "a.b.c", "a b.c", ""])
def test_a_bad_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"domain\.product"):
        draft(TABLE, product=key, team="t", platform="p")
