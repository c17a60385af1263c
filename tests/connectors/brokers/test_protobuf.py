"""Protobuf payloads by the text of their schema, against bytes that Google's own library wrote."""

from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

from marketplace.connectors.brokers.protobuf import UnreadablePayload, decode

SCHEMA = """
syntax = "proto3";
package flights.v1;
import "google/protobuf/timestamp.proto";
// What a delay is.
message Other { string note = 1; }
message Delay {
  enum Cause { UNKNOWN = 0; WEATHER = 1; CREW = -2; }
  message Leg { string from = 1; optional int32 minutes = 2; }
  int64 id = 1;
  sint32 drift = 2;
  double share = 3 [deprecated = true];
  bool late = 4;
  Cause cause = 5;
  repeated Leg legs = 6;
  repeated int32 stops = 7;
  map<string, .flights.v1.Other> notes = 8;
  bytes raw = 9;
  fixed32 gate = 10;
  oneof who { string carrier = 11; uint64 number = 12; }
  reserved 13 to 15, 99;
  google.protobuf.Timestamp at = 16;
  repeated float shares = 17;
}
"""
_KINDS = {
    "id": (1, "INT64"),
    "drift": (2, "SINT32"),
    "share": (3, "DOUBLE"),
    "late": (4, "BOOL"),
    "raw": (9, "BYTES"),
    "gate": (10, "FIXED32"),
    "carrier": (11, "STRING"),
    "number": (12, "UINT64"),
}


def classes() -> Any:
    """The same schema as descriptors, made by hand because no compiler is here."""
    stamp = "google/protobuf/timestamp.proto"
    file = descriptor_pb2.FileDescriptorProto(
        name="delay.proto", package="flights.v1", syntax="proto3", dependency=[stamp]
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    other = file.message_type.add(name="Other")
    note = {"name": "note", "number": 1, "type": 9, "label": 1}
    other.field.add(**note)
    delay = file.message_type.add(name="Delay")
    cause = delay.enum_type.add(name="Cause")
    for name, number in (("UNKNOWN", 0), ("WEATHER", 1), ("CREW", -2)):
        cause.value.add(name=name, number=number)
    leg = delay.nested_type.add(name="Leg")
    leg.field.add(name="from", number=1, type=9, label=1)
    leg.field.add(name="minutes", number=2, type=5, label=1)
    entry = delay.nested_type.add(name="NotesEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=9, label=1)
    where = ".flights.v1"
    entry.field.add(name="value", number=2, type=11, label=1, type_name=f"{where}.Other")
    types = descriptor_pb2.FieldDescriptorProto
    for name, (number, kind) in _KINDS.items():
        delay.field.add(name=name, number=number, type=getattr(types, f"TYPE_{kind}"), label=1)
    inside = f"{where}.Delay"
    delay.field.add(name="cause", number=5, type=14, label=1, type_name=f"{inside}.Cause")
    delay.field.add(name="legs", number=6, type=11, label=3, type_name=f"{inside}.Leg")
    delay.field.add(name="stops", number=7, type=5, label=3)
    delay.field.add(name="notes", number=8, type=11, label=3, type_name=f"{inside}.NotesEntry")
    delay.field.add(name="at", number=16, type=11, label=1, type_name=".google.protobuf.Timestamp")
    delay.field.add(name="shares", number=17, type=2, label=3)
    pool.AddSerializedFile(file.SerializeToString())
    found = pool.FindMessageTypeByName("flights.v1.Delay")
    return message_factory.GetMessageClass(found)


def test_every_kind_of_field_is_read_as_the_library_wrote_it() -> None:
    delay = classes()(
        id=-7,
        drift=-3,
        share=0.25,
        late=True,
        cause=-2,
        stops=[1, -1, 300],
        raw=b"abc",
        gate=12,
        carrier="LH",
        shares=[0.5, 1.5],
    )
    delay.legs.add(minutes=5, **{"from": "FRA"})
    delay.legs.add()
    delay.notes["first"].note = "é"
    delay.at.FromJsonString("2026-01-02T03:04:05.678Z")

    found = decode(SCHEMA, b"\x02\x02" + delay.SerializeToString())

    assert found == {
        "id": -7,
        "drift": -3,
        "share": 0.25,
        "late": True,
        "cause": "CREW",
        "legs": [{"from": "FRA", "minutes": 5}, {"from": ""}],
        "stops": [1, -1, 300],
        "notes": {"first": {"note": "é"}},
        "raw": "(3 bytes)",
        "gate": 12,
        "carrier": "LH",
        "at": "2026-01-02T03:04:05.678000+00:00",
        "shares": [0.5, 1.5],
    }
    assert list(found)[:3] == ["id", "drift", "share"]


def test_what_was_not_sent_has_the_value_that_its_type_begins_with() -> None:
    assert decode(SCHEMA, b"\x02\x02") == {
        "id": 0,
        "drift": 0,
        "share": 0.0,
        "late": False,
        "cause": "UNKNOWN",
        "legs": [],
        "stops": [],
        "notes": {},
        "raw": "(0 bytes)",
        "gate": 0,
        "shares": [],
    }


def test_the_indexes_choose_the_message() -> None:
    body = b"\x0a\x02hi"

    assert decode(SCHEMA, b"\x00" + body) == {"note": "hi"}
    assert decode(SCHEMA, b"\x04\x02\x00" + body) == {"from": "hi"}
    assert decode("message Old { required string note = 1; }", b"\x00" + body) == {"note": "hi"}


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (SCHEMA, b""),
        (SCHEMA, b"\x02\x12\x0a\x02hi"),  # no tenth message
        (SCHEMA, b"\x02\x01\x0a\x02hi"),  # index -1
        (SCHEMA, b"\x00\x0a\x09hi"),  # longer than the payload
        (SCHEMA, b"\x00\x0b"),  # a group
        (SCHEMA, b"\x00" + b"\xff" * 11),
        ("no schema", b"\x00"),
        ("message A {", b"\x00"),
        ("message A { group B = 1 { } }", b"\x00\x0b"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, body: bytes) -> None:
    with pytest.raises(UnreadablePayload):
        decode(text, body)
