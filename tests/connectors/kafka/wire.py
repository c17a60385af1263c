"""The bytes of the Kafka protocol: primitive types, and messages written as tables of fields.

Source: the protocol guide of Apache Kafka (kafka.apache.org/protocol) and KIP-482 for the compact
types and tagged fields of flexible versions.
"""

import struct
from typing import Any

type Spec = str | list[Any] | tuple[tuple[str, Any], ...]
"""A type's word, a list of one spec (an array), or named fields (a structure)."""

_NUMBERS = {"int8": ">b", "int16": ">h", "int32": ">i", "int64": ">q"}


class Malformed(Exception):
    """The bytes are not what the version promises."""


class Reader:
    """Reads fields in order; a flexible message uses the compact types."""

    def __init__(self, raw: bytes, *, flexible: bool = False) -> None:
        self.raw, self.place, self.flexible = raw, 0, flexible

    def take(self, count: int) -> bytes:
        found = self.raw[self.place : self.place + count]
        if count < 0 or len(found) != count:
            raise Malformed("the message is too short")
        self.place += count
        return found

    def number(self, word: str) -> int:
        form = _NUMBERS[word]
        return int(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def varint(self) -> int:
        value = shift = 0
        while True:
            (byte,) = self.take(1)
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def length(self, word: str) -> int:
        return self.varint() - 1 if self.flexible else self.number(word)

    def tags(self) -> None:
        if self.flexible:
            for _ in range(self.varint()):
                self.varint()
                self.take(self.varint())

    def read(self, spec: Spec) -> Any:
        if isinstance(spec, list):
            count = self.length("int32")
            return None if count < 0 else [self.read(spec[0]) for _ in range(count)]
        if isinstance(spec, tuple):
            found = {name: self.read(kind) for name, kind in spec}
            self.tags()
            return found
        if spec in _NUMBERS:
            return self.number(spec)
        if spec == "bool":
            return self.take(1) != b"\0"
        size = self.length("int16" if spec == "string" else "int32")
        if size < 0:
            return None
        raw = self.take(size)
        return raw.decode() if spec == "string" else raw


class Writer:
    """Writes what `Reader` reads."""

    def __init__(self, *, flexible: bool = False) -> None:
        self.parts: list[bytes] = []
        self.flexible = flexible

    def number(self, word: str, value: int) -> None:
        self.parts.append(struct.pack(_NUMBERS[word], value))

    def varint(self, value: int) -> None:
        while value > 127:
            self.parts.append(bytes([value & 127 | 128]))
            value >>= 7
        self.parts.append(bytes([value]))

    def length(self, word: str, value: int) -> None:
        if self.flexible:
            self.varint(value + 1)
        else:
            self.number(word, value)

    def write(self, spec: Spec, value: Any) -> None:
        if isinstance(spec, list):
            self.length("int32", -1 if value is None else len(value))
            for one in value or ():
                self.write(spec[0], one)
        elif isinstance(spec, tuple):
            for name, kind in spec:
                self.write(kind, value[name])
            if self.flexible:
                self.varint(0)
        elif spec in _NUMBERS:
            self.number(spec, value)
        elif spec == "bool":
            self.parts.append(b"\1" if value else b"\0")
        else:
            raw = value.encode() if isinstance(value, str) else value
            self.length("int16" if spec == "string" else "int32", -1 if raw is None else len(raw))
            self.parts.append(raw or b"")

    def done(self) -> bytes:
        return b"".join(self.parts)
