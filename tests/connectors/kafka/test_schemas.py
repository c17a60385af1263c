"""Schemas of a registry: read into fields, and payloads read by the schema that they name."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import fastavro
import pytest

from marketplace.connectors.base import ConnectorError, NeedsHuman, Permanent, Transient
from marketplace.connectors.kafka import KafkaConnector
from tests.connectors.kafka.levers import KafkaLevers
from tests.connectors.kafka.registry import PASSWORD, RegistryDouble, a_registry

AVRO = json.dumps(
    {
        "type": "record",
        "name": "Delay",
        "fields": [
            {"name": "id", "type": "long", "doc": "The flight."},
            {"name": "carrier", "type": ["null", "string"]},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        ],
    }
)
JSON_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "note": {"type": "string"}},
        "required": ["id"],
    }
)
PROTOBUF = 'syntax = "proto3"; message Delay { int64 id = 1; repeated string legs = 2; }'
FIRST_OF_2026_MS = 1_767_225_600_000


def framed(number: int, body: bytes) -> bytes:
    return b"\0" + number.to_bytes(4) + body


def avro(value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(AVRO)), value)
    return out.getvalue()


@pytest.fixture
def registry() -> Iterator[RegistryDouble]:
    with a_registry() as registry:
        yield registry


@pytest.fixture
def connector(levers: KafkaLevers, registry: RegistryDouble) -> KafkaConnector:
    facts = {"registry_url": registry.url, "registry_user": "reader"}
    return KafkaConnector(replace(levers.config, registry_password=PASSWORD, **facts))


@pytest.mark.parametrize(
    ("kind", "text", "columns"),
    [
        (
            "AVRO",
            AVRO,
            [
                ("id", "long", False, "The flight."),
                ("carrier", "string", True, ""),
                ("at", "timestamp-millis", False, ""),
            ],
        ),
        ("JSON", JSON_SCHEMA, [("id", "integer", False, ""), ("note", "string", True, "")]),
        ("PROTOBUF", PROTOBUF, [("id", "int64", False, ""), ("legs", "repeated string", True, "")]),
    ],
)
def test_a_topics_newest_schema_becomes_its_columns(
    connector: KafkaConnector, registry: RegistryDouble, kind: str, text: str, columns: Any
) -> None:
    registry.registers("flights.delays-value", '"string"')
    registry.registers("flights.delays-value", text, kind)

    facts = connector.stream("flights", "delays")
    found = connector.describe("flights", "delays")

    assert facts.schema is not None
    assert (facts.schema.subject, facts.schema.version, facts.schema.text) == (
        "flights.delays-value",
        2,
        text,
    )
    assert [(one.name, one.type, one.nullable, one.comment) for one in found.columns] == columns
    assert found.rows_estimate == 3


def test_messages_are_read_by_the_schema_that_they_name(
    connector: KafkaConnector, registry: RegistryDouble, levers: KafkaLevers
) -> None:
    levers.makes_topic("flights.avro")
    numbers = {
        kind: registry.registers(f"flights.{kind}-value", text, kind)
        for kind, text in (("AVRO", AVRO), ("JSON", JSON_SCHEMA), ("PROTOBUF", PROTOBUF))
    }
    by_hand = bytes([0x54, 0x02, 0x04]) + b"AF" + avro_long(FIRST_OF_2026_MS)
    values = {"id": 1, "carrier": "LH", "at": FIRST_OF_2026_MS}
    levers.publish(
        "flights.avro",
        framed(numbers["AVRO"], avro(values)),
        framed(numbers["AVRO"], by_hand),
        framed(numbers["JSON"], b'{"id": 7}'),
        framed(numbers["PROTOBUF"], bytes([0x00, 0x08, 0x2A, 0x12, 0x02]) + b"LH"),
        framed(numbers["PROTOBUF"], bytes([0x08, 0x2A])),
        framed(numbers["AVRO"], b"\xff"),
        framed(99, b"{}"),
        b'{"id": 8}',
    )

    found = [one.value for one in connector.last_messages("flights", "avro", 10)]

    at = "2026-01-01 00:00:00+00:00"
    assert found[:2] == [
        {"id": 1, "carrier": "LH", "at": at},
        {"id": 42, "carrier": "AF", "at": at},
    ]
    unread = ["(2 bytes)", "(1 bytes)", "\x00\x00\x00\x00c{}"]
    assert found[2:] == [{"id": 7}, {"id": 42, "legs": ["LH"]}, *unread, {"id": 8}]
    assert len([one for one in registry.asked if "/ids/1" in one]) == 1


def avro_long(value: int) -> bytes:
    """Write a long as the Avro specification says: zigzag, seven bits at a time."""
    value, out = value << 1, b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


@pytest.mark.parametrize(
    ("status", "kind"), [(503, Transient), (403, NeedsHuman), (418, Permanent)]
)
def test_a_registry_that_refuses_or_is_away_is_told_apart(
    connector: KafkaConnector,
    registry: RegistryDouble,
    status: int,
    kind: type[ConnectorError],
) -> None:
    registry.broken = status

    with pytest.raises(kind, match="registry"):
        connector.stream("flights", "delays")


def test_a_wrong_password_of_the_registry_shows_nothing(
    connector: KafkaConnector, levers: KafkaLevers
) -> None:
    wrong = KafkaConnector(replace(connector.config, registry_password="wrong"))

    with pytest.raises(NeedsHuman) as caught:
        wrong.stream("flights", "delays")

    assert "wrong" not in str(caught.value)
    assert PASSWORD not in repr(vars(connector))


def test_a_schema_that_cannot_be_read_gives_way_to_the_messages(
    connector: KafkaConnector, registry: RegistryDouble
) -> None:
    registry.registers("flights.delays-value", "no schema", "PROTOBUF")

    found = connector.describe("flights", "delays")

    assert [one.name for one in found.columns] == ["id", "carrier", "minutes", "note"]
