"""Invented rows: the same every time, of the contract's form, never an example about people."""

import pytest

from catalog.descriptors.model import Column, EnumValue, QualityRule
from catalog.synthetic import invent, type_of
from marketplace.connectors.sandbox import TYPES


def column(name, logical="string", physical="", **facts):
    return Column(name=name, position=1, logical_type=logical, physical_type=physical, **facts)


def drawn(one, **more):
    return [row[0] for row in invent([one], seed="s", **more).rows]


@pytest.mark.parametrize(
    ("physical", "logical", "kind"),
    [
        ("varchar(3)", "string", "text"),
        ("numeric(10, 2)", "number", "numeric"),
        ("timestamp(6) with time zone", "timestamp", "timestamptz"),
        ("TIMESTAMP", "timestamp", "timestamp"),
        ("int4[]", "array", "integer[]"),
        ("text[]", "array", "text[]"),
        ("geometry(Point)", "string", "text"),
        ("", "integer", "bigint"),
        ("", "", "text"),
        ("integer); DROP ROLE x", "integer", "bigint"),
    ],
)
def test_a_type_is_one_of_a_list(physical, logical, kind):
    assert type_of(column("a", logical, physical)) == kind
    assert kind in TYPES


def test_the_same_contract_gives_the_same_rows_and_another_seed_others():
    columns = [column("carrier"), column("minutes", "integer", primary_key=True)]

    assert invent(columns, seed="a") == invent(columns, seed="a")
    assert invent(columns, seed="a").rows != invent(columns, seed="b").rows
    assert [r[0] for r in invent(columns, seed="a").rows] == [
        r[0] for r in invent(columns[:1], seed="a").rows
    ]


def test_keys_are_there_and_apart():
    assert drawn(column("id", "integer", primary_key=True), rows=3) == ["1", "2", "3"]
    assert drawn(column("tail number", unique=True, required=True), rows=2) == [
        "tail number 1",
        "tail number 2",
    ]


def test_allowed_values_come_before_examples():
    rule = QualityRule(extra={"arguments": {"validValues": ["on time", "late"]}})

    assert set(drawn(column("a", quality=(rule,), examples=("x",), required=True))) == {
        "on time",
        "late",
    }
    assert set(drawn(column("a", enum=(EnumValue(value="only"),), required=True))) == {"only"}
    assert set(drawn(column("a", "integer", examples=(7, "no number"), required=True))) == {"7"}


def test_examples_about_people_are_not_shown():
    one = column("email", examples=("real@example.com",), tags=("pii",), required=True)

    assert drawn(one, rows=2) == ["person1@example.org", "person2@example.org"]


def test_what_may_be_empty_is_sometimes():
    assert None in drawn(column("note"))
    assert None not in drawn(column("note", required=True))


def test_bounds_are_the_contracts_else_by_name():
    numbers = drawn(
        column("x", "integer", options={"minimum": 3, "maximum": 4}, required=True), rows=50
    )
    hours = [int(v) for v in drawn(column("hour", "integer", required=True))]

    assert set(numbers) == {"3", "4"}
    assert 0 <= min(hours) <= max(hours) <= 23


def test_a_contract_without_columns_gives_nothing():
    assert invent([], seed="a").rows == ()
