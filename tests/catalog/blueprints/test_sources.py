"""Columns are read from files as they are, and never guessed beyond what every value says."""

import json

import pytest

from catalog.blueprints.draft import DraftColumn
from catalog.blueprints.sources import (
    NotReadable,
    columns_of_csv,
    logical_type,
    models_of_dbt,
)

CSV = b"""\xef\xbb\xbfflight_id;carrier;delay;late;day;seen_at;zip
1;UA;2.5;true;2013-01-01;2013-01-01T05:00:00Z;01234
2;AA;;false;2013-01-02;2013-01-02 06:10;10001
"""


def test_types_are_those_that_every_value_has():
    columns, basis = columns_of_csv(CSV)

    assert [(c.name, c.logical_type, c.physical_type, c.required) for c in columns] == [
        ("flight_id", "integer", "bigint", True),
        ("carrier", "string", "text", True),
        ("delay", "number", "numeric", False),
        ("late", "boolean", "boolean", True),
        ("day", "date", "date", True),
        ("seen_at", "timestamp", "timestamptz", True),
        ("zip", "string", "text", True),
    ]
    assert basis == "the header and the first 2 rows of a CSV file"


def test_a_header_alone_gives_text():
    columns, basis = columns_of_csv(b"a,b\n")

    assert columns == (DraftColumn("a", "string", "text"), DraftColumn("b", "string", "text"))
    assert basis == "the header and the first 0 rows of a CSV file"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "name every column"),
        (b"a,,c\n1,2,3\n", "name every column"),
        (b"a,a\n1,2\n", "the same name"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (",".join(f"c{i}" for i in range(501)).encode(), "At most 500"),
    ],
)
def test_what_is_no_table_says_why(content, words):
    with pytest.raises(NotReadable, match=words):
        columns_of_csv(content)


def test_models_of_dbt_bring_their_words_and_rules():
    node = {
        "resource_type": "model",
        "name": "gates",
        "schema": "ops",
        "alias": "gates_v1",
        "description": "One row a gate.",
        "columns": {
            "gate": {
                "name": "gate",
                "data_type": "varchar(8)",
                "description": "Its sign.",
                "constraints": [{"type": "primary_key"}, {"type": "not_null"}],
            },
            "opened": {"name": "opened", "data_type": "timestamp with time zone"},
        },
    }
    content = json.dumps({"nodes": {"model.a.gates": node, "test.a": {"resource_type": "test"}}})

    (model,) = models_of_dbt(content.encode())

    assert (model.name, model.resource, model.description) == (
        "gates",
        "ops.gates_v1",
        "One row a gate.",
    )
    assert model.columns == (
        DraftColumn("gate", "string", "varchar(8)", "Its sign.", required=True, primary_key=True),
        DraftColumn("opened", "timestamp", "timestamp with time zone"),
    )


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"nodes": []}', b'{"nodes": {}}', b"\xff"])
def test_what_is_no_manifest_is_refused(content):
    with pytest.raises(NotReadable):
        models_of_dbt(content)


@pytest.mark.parametrize(
    ("physical", "logical"),
    [
        ("bigint", "integer"),
        ("INT64", "integer"),
        ("numeric(10,2)", "number"),
        ("timestamp without time zone", "timestamp"),
        ("date", "date"),
        ("text[]", "array"),
        ("jsonb", "object"),
        ("interval", "string"),
        ("uuid", "string"),
    ],
)
def test_types_of_platforms_have_a_word_of_the_standard(physical, logical):
    assert logical_type(physical) == logical
