"""Schemas of messages as trees of fields."""

import json
from typing import Any

import pytest

from marketplace.connectors.brokers.fields import (
    DEEPEST,
    Field,
    UnreadableSchema,
    tree_of,
    tree_of_messages,
)

AVRO = {
    "type": "record",
    "name": "Delay",
    "namespace": "flights",
    "fields": [
        {"name": "id", "type": "long", "doc": "The flight"},
        {"name": "carrier", "type": ["null", "string"], "default": None},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A"]}},
        {"name": "either", "type": ["string", "int"]},
        {
            "name": "legs",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Leg",
                    "fields": [{"name": "from", "type": "string"}],
                },
            },
        },
        {"name": "last", "type": "Leg"},
        {"name": "tags", "type": {"type": "map", "values": "string"}},
    ],
}
JSON_SCHEMA = {
    "type": "object",
    "required": ["id", "legs"],
    "properties": {
        "id": {"type": "integer", "description": "The flight"},
        "at": {"type": "string", "format": "date-time"},
        "note": {"type": ["string", "null"]},
        "legs": {"type": "array", "items": {"$ref": "#/$defs/leg"}},
        "elsewhere": {"$ref": "https://example.org/other.json"},
    },
    "$defs": {
        "leg": {
            "type": "object",
            "required": ["from"],
            "properties": {"from": {"type": "string"}, "next": {"$ref": "#/$defs/leg"}},
        }
    },
}
PROTOBUF = """
syntax = "proto3"; // the newer one
package flights;
import "google/protobuf/timestamp.proto";
option java_package = "org.example; {";
/* a delay
   of a flight */
message Delay {
  option deprecated = true;
  reserved 8, 9 to 11;
  int64 id = 1 [deprecated = true, (words) = { text: "a;b" }];
  optional string carrier = 2;
  repeated Leg legs = 3;
  map<string, Leg> by_name = 4;
  message Leg { string from = 1; google.protobuf.Timestamp at = 2; }
  enum Kind { UNKNOWN = 0; }
  oneof either { string text = 5; Kind kind = 6; }
}
message Other { string x = 1; }
service Flights { rpc Get (Delay) returns (Other) {} }
"""


def flat(fields: tuple[Field, ...]) -> list[tuple[Any, ...]]:
    return [(one.name, one.type, one.required, flat(one.children)) for one in fields]


def test_avro_is_read() -> None:
    leg = [("from", "string", True, [])]

    found = tree_of("avro", json.dumps(AVRO))

    assert flat(found) == [
        ("id", "long", True, []),
        ("carrier", "string", False, []),
        ("at", "timestamp-millis", True, []),
        ("kind", "enum Kind", True, []),
        ("either", "string | int", True, []),
        ("legs", "array of record Leg", True, leg),
        ("last", "Leg", True, []),
        ("tags", "map of string", True, []),
    ]
    assert found[0].description == "The flight"
    assert flat(tree_of("avro", '"string"')) == [("value", "string", True, [])]


def test_json_schema_is_read_and_one_that_names_itself_ends() -> None:
    found = tree_of("json-schema", json.dumps(JSON_SCHEMA))

    assert [(one.name, one.type, one.required) for one in found] == [
        ("id", "integer", True),
        ("at", "date-time", False),
        ("note", "string", False),
        ("legs", "array of object", True),
        ("elsewhere", "any", False),
    ]
    assert found[0].description == "The flight"
    depth, node = 0, found[3]
    while node.children:
        depth, node = depth + 1, node.children[-1]
    assert depth == DEEPEST


def test_protobuf_is_read() -> None:
    leg = [("from", "string", True, []), ("at", "google.protobuf.Timestamp", True, [])]

    assert flat(tree_of("protobuf", PROTOBUF)) == [
        ("id", "int64", True, []),
        ("carrier", "string", False, []),
        ("legs", "repeated Leg", False, leg),
        ("by_name", "map of string to Leg", True, leg),
        ("text", "string", False, []),
        ("kind", "Kind", False, []),
    ]


def test_messages_tell_their_fields() -> None:
    found = tree_of_messages(
        [{"id": 1, "leg": {"from": "HAM"}}, {"id": 2.5, "leg": None, "tags": [{"a": True}]}, "text"]
    )

    assert flat(found) == [
        ("id", "integer | number", True, []),
        ("leg", "object", False, [("from", "string", True, [])]),
        ("tags", "array", False, [("a", "boolean", True, [])]),
    ]
    assert found[1].as_json()["children"][0]["name"] == "from"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("avro", "{"),
        ("avro", '{"type": "record", "name": "x"}'),
        ("avro", "[" * 20_000 + "]" * 20_000),
        ("json-schema", "[]"),
        ("json-schema", '{"properties": {"a": {"$ref": "#/nowhere"}}}'),
        ("protobuf", "message A { string a = 1;"),
        ("protobuf", "message"),
        ("protobuf", ""),
        ("xml", "<a/>"),
    ],
)
def test_what_is_no_schema_is_refused(form: str, text: str) -> None:
    with pytest.raises(UnreadableSchema):
        tree_of(form, text)
