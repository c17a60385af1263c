"""Protobuf payloads by the text of their schema: names and values, with no code made from it.

Pure. What a preview needs is read and no more: scalars, enums, nested messages, repeated and map
fields, timestamps. What cannot be read, groups and types of other files among it, comes back as
its size. Sources: the Protocol Buffers encoding guide and language guides (proto2 and proto3), and
Confluent's wire format, where a list of indexes before the payload says which message it is.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from marketplace.connectors.brokers.fields import SCALARS, proto_tokens, skip_statement

_DEEPEST: Final = 16
_MOST: Final = 10_000
_VARINT, _EIGHT, _SIZED, _FOUR = 0, 1, 2, 5
_LONGEST_VARINT: Final = 10
_FIXED: Final = {
    "double": ("<d", _EIGHT),
    "fixed64": ("<Q", _EIGHT),
    "sfixed64": ("<q", _EIGHT),
    "float": ("<f", _FOUR),
    "fixed32": ("<I", _FOUR),
    "sfixed32": ("<i", _FOUR),
}
_TIMESTAMP: Final = "google.protobuf.Timestamp"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UnreadablePayload(ValueError):
    """The bytes are no message of the schema, or the schema is none."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One field. ``implicit``: when it is not sent it has the value that its type begins with."""

    name: str
    kind: str
    repeated: bool = False
    key: str = ""
    implicit: bool = False


@dataclass(slots=True)
class _File:
    """What a schema says: fields by message and number, messages in order, names of enums."""

    proto3: bool = False
    package: str = ""
    messages: dict[str, dict[int, _Item]] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)
    enums: dict[str, dict[int, str]] = field(default_factory=dict)


def decode(text: str, body: bytes) -> dict[str, Any]:
    """Read a payload that begins with its indexes. Raises UnreadablePayload."""
    try:
        schema = _parsed(text)
        where, rest = _message_of(schema, body)
        return _decoded(schema, where, rest, 0)
    except (ValueError, KeyError, IndexError, StopIteration, struct.error, OverflowError) as error:
        raise UnreadablePayload(f"no message of this schema: {type(error).__name__}") from None


def _message_of(schema: _File, body: bytes) -> tuple[str, bytes]:
    """Follow the indexes; a single zero stands for the first message."""
    count, at = _varint(body, 0)
    count = _zigzag(count)
    path = [] if count else [0]
    if count > _DEEPEST:
        raise ValueError
    for _ in range(count):
        number, at = _varint(body, at)
        path.append(_zigzag(number))
    found = ""
    for number in path:
        if number < 0:
            raise IndexError
        found = schema.order[found][number]
    return found, body[at:]


# --- the schema ------------------------------------------------------------------------------


def _parsed(text: str) -> _File:
    schema, tokens = _File(), proto_tokens(text)
    for part in tokens:
        if part == "message":
            _message(schema, "", tokens)
        elif part == "enum":
            _enum(schema, "", tokens)
        elif part == "package":
            schema.package = next(tokens)
        elif part == "syntax":
            next(tokens)
            schema.proto3 = next(tokens)[1:-1] == "proto3"
        else:
            skip_statement(part, tokens)
    return schema


def _message(schema: _File, scope: str, tokens: Iterator[str]) -> None:
    name = _inside(scope, next(tokens))
    items = schema.messages.setdefault(name, {})
    schema.order.setdefault(scope, []).append(name)
    choices = 0
    next(tokens)  # the brace
    for part in tokens:
        if part == "}" and not choices:
            return
        if part == "}":
            choices -= 1
        elif part == "message":
            _message(schema, name, tokens)
        elif part == "enum":
            _enum(schema, name, tokens)
        elif part == "oneof":
            next(tokens)
            next(tokens)  # the brace
            choices += 1
        elif part in {"option", "reserved", "extensions", "extend"}:
            skip_statement(part, tokens)
        elif part != ";":
            number, item = _item(part, tokens, implicit=schema.proto3 and not choices)
            items[number] = item
    raise ValueError


def _item(part: str, tokens: Iterator[str], *, implicit: bool) -> tuple[int, _Item]:
    label = part if part in {"optional", "required", "repeated"} else ""
    kind, key = (next(tokens) if label else part), ""
    if kind == "map":
        next(tokens)  # <
        key, _, kind, _ = (next(tokens) for _ in range(4))
    name = next(tokens)
    next(tokens)  # =
    number = int(next(tokens), 0)
    skip_statement("", tokens)
    item = _Item(name, kind, label == "repeated", key, implicit=implicit and not label)
    return number, item


def _enum(schema: _File, scope: str, tokens: Iterator[str]) -> None:
    names = schema.enums.setdefault(_inside(scope, next(tokens)), {})
    next(tokens)  # the brace
    for part in tokens:
        if part == "}":
            return
        if part in {"option", "reserved"}:
            skip_statement(part, tokens)
        elif part != ";":
            next(tokens)  # =
            sign, value = 1, next(tokens)
            if value == "-":
                sign, value = -1, next(tokens)
            names.setdefault(sign * int(value, 0), part)
            skip_statement("", tokens)
    raise ValueError


def _inside(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _resolved(schema: _File, kind: str, scope: str) -> str:
    """Find a type by its name as it is seen from a message, innermost first."""
    name = kind.removeprefix(".")
    if schema.package and name.startswith(f"{schema.package}."):
        name = name.removeprefix(f"{schema.package}.")
    while True:
        full = _inside(scope, name)
        if full in schema.messages or full in schema.enums or not scope:
            return full
        scope = scope.rpartition(".")[0]


# --- the payload -----------------------------------------------------------------------------


def _decoded(schema: _File, message: str, body: bytes, depth: int) -> dict[str, Any]:
    items = schema.messages[message]
    found: dict[str, Any] = {}
    for number, wire, raw in _fields(body):
        item = items.get(number)
        if item is None:
            continue
        if item.key:
            key, value = _entry(schema, message, item, raw, depth)
            found.setdefault(item.name, {})[key] = value
        elif item.repeated:
            many = _packed(schema, message, item, raw) if wire == _SIZED else [raw]
            found.setdefault(item.name, []).extend(
                _value(schema, message, item.kind, one, depth) for one in many
            )
        else:
            found[item.name] = _value(schema, message, item.kind, raw, depth)
    for item in items.values():
        start = _start(schema, message, item)
        if item.name not in found and start is not None:
            found[item.name] = start
    return {item.name: found[item.name] for item in items.values() if item.name in found}


def _start(schema: _File, message: str, item: _Item) -> Any:
    """Give what an absent field means; None when it is not there at all."""
    if item.key:
        return {}
    if item.repeated:
        return []
    if not item.implicit:
        return None
    kind = _resolved(schema, item.kind, message)
    if kind in schema.enums:
        return schema.enums[kind].get(0, 0)
    starts: dict[str, Any] = {"string": "", "bool": False, "bytes": "(0 bytes)"}
    if item.kind in {"double", "float"}:
        return 0.0
    return starts.get(item.kind, 0) if item.kind in SCALARS else None


def _fields(body: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    at = count = 0
    while at < len(body):
        tag, at = _varint(body, at)
        wire, raw = tag & 7, b""
        count += 1
        if count > _MOST:
            raise ValueError
        if wire == _VARINT:
            number, at = _varint(body, at)
            yield tag >> 3, wire, number
            continue
        if wire == _SIZED:
            size, at = _varint(body, at)
        elif wire in (_EIGHT, _FOUR):
            size = 8 if wire == _EIGHT else 4
        else:
            raise ValueError
        raw = body[at : at + size]
        if len(raw) < size:
            raise ValueError
        at += size
        yield tag >> 3, wire, raw


def _packed(schema: _File, message: str, item: _Item, raw: int | bytes) -> list[int | bytes]:
    """Cut what a repeated field was sent as: one value, or several numbers side by side."""
    is_enum = _resolved(schema, item.kind, message) in schema.enums
    if isinstance(raw, int) or not (is_enum or item.kind in SCALARS - {"string", "bytes"}):
        return [raw]
    found: list[int | bytes] = []
    at = 0
    while at < len(raw):
        if item.kind in _FIXED:
            size = struct.calcsize(_FIXED[item.kind][0])
            found.append(raw[at : at + size])
            at += size
        else:
            one, at = _varint(raw, at)
            found.append(one)
    return found


def _entry(
    schema: _File, message: str, item: _Item, raw: int | bytes, depth: int
) -> tuple[str, Any]:
    if isinstance(raw, int):
        raise UnreadablePayload
    parts = {number: value for number, _, value in _fields(raw)}
    starts: tuple[Any, ...] = ("" if item.key == "string" else 0, None)
    key = _value(schema, message, item.key, parts[1], depth) if 1 in parts else starts[0]
    value = _value(schema, message, item.kind, parts[2], depth) if 2 in parts else starts[1]  # noqa: PLR2004 - a map's entry
    return str(key), value


def _value(schema: _File, message: str, kind: str, raw: int | bytes, depth: int) -> Any:
    if isinstance(raw, int):
        return _number(schema, _resolved(schema, kind, message), kind, raw)
    if kind == "string":
        return raw.decode(errors="replace")
    if kind in _FIXED:
        return struct.unpack(_FIXED[kind][0], raw)[0]
    full = _resolved(schema, kind, message)
    if full in schema.messages and depth < _DEEPEST:
        return _decoded(schema, full, raw, depth + 1)
    if full == _TIMESTAMP:
        return _moment(raw)
    return f"({len(raw)} bytes)"


def _number(schema: _File, full: str, kind: str, raw: int) -> Any:
    if kind == "bool":
        return bool(raw)
    if kind in {"sint32", "sint64"}:
        return _zigzag(raw)
    if kind in {"uint32", "uint64"}:
        return raw
    signed = raw - (1 << 64) if raw >> 63 else raw
    if full in schema.enums:
        return schema.enums[full].get(signed, signed)
    return signed


def _moment(raw: bytes) -> str:
    parts = {number: value for number, _, value in _fields(raw) if isinstance(value, int)}
    seconds, nanos = parts.get(1, 0), parts.get(2, 0)
    seconds -= (1 << 64) if seconds >> 63 else 0
    return (_EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)).isoformat()


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_LONGEST_VARINT):
        byte = body[at + place]
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value & (1 << 64) - 1, at + place + 1
    raise ValueError


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
