"""Rows out of messages: the fields of a JSON payload by their names, for previews and profiles."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from marketplace.connectors.base import (
    Column,
    ColumnInfo,
    ColumnProfile,
    Limits,
    PortVariant,
    QueryRefused,
    Rows,
)
from marketplace.connectors.brokers.streams import Message
from marketplace.connectors.histogram import bins_of

_WHOLE: Final = re.compile(
    r"\s*select\s+\*\s+from\s+(?P<what>.+?)(?:\s+limit\s+(?P<n>\d+))?\s*;?\s*", re.IGNORECASE
)
_TYPES: Final = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)
_CUT: Final = 100
_TOP: Final = 5


def rows_asked(variant: PortVariant, sql: str, limits: Limits) -> int:
    """Read how many messages a query wants: a stream is only read whole, its last messages.

    Raises QueryRefused for anything but `SELECT * FROM relation [LIMIT n]`.
    """
    relation = f"{variant.relation_schema}.{variant.relation_name}"
    found = _WHOLE.fullmatch(sql)
    if found is None or found["what"].replace('"', "").lower() != relation.lower():
        words = f"Only the last messages of {relation} can be read, with all their fields."
        raise QueryRefused("syntax-error", words)
    return min(int(found["n"] or limits.rows), limits.rows)


def decode(payload: bytes) -> Any:
    """Read a payload as JSON; what is none comes back as text, or as its size."""
    try:
        return json.loads(payload)
    except (ValueError, UnicodeDecodeError):
        pass
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return f"({len(payload)} bytes)"


def fields_of(payloads: Iterable[Any]) -> tuple[str, ...]:
    """Name the fields that these payloads have, in the order they are met."""
    names: dict[str, None] = {}
    for one in payloads:
        names |= dict.fromkeys(one if isinstance(one, dict) else ("value",))
    return tuple(names)


def to_rows(
    payloads: Sequence[Any], names: Sequence[str], limits: Limits, *, elapsed_ms: float
) -> Rows:
    """Lay payloads out as rows, oldest first; a field that is not there is None."""
    rows, size, truncated = [], 0, len(payloads) > limits.rows
    for one in payloads[-limits.rows :]:
        row = tuple(_cell(one, name) for name in names)
        size += sum(len(str(cell)) for cell in row)
        if size > limits.bytes:
            truncated = True
            break
        rows.append(row)
    columns = tuple(Column(name, _type_of(payloads, name)) for name in names)
    return Rows(columns, rows, truncated=truncated, elapsed_ms=elapsed_ms)


def sampled(
    found: Iterable[Message], target: PortVariant | tuple[str, str], limit: int, began: float
) -> Rows:
    """Lay the last messages of a port, or of a stream that is none yet, out as rows.

    `began` is `time.perf_counter()` from before they were read.
    """
    payloads = [one.value for one in found]
    names = target.columns if isinstance(target, PortVariant) else fields_of(payloads)
    elapsed = (time.perf_counter() - began) * 1000
    return to_rows(payloads, names, Limits(rows=limit), elapsed_ms=elapsed)


def columns_of(payloads: Sequence[Any]) -> tuple[ColumnInfo, ...]:
    """Infer columns from payloads: the name, the JSON type, whether it was always there."""
    return tuple(
        ColumnInfo(
            name,
            _type_of(payloads, name),
            nullable=any(_cell(one, name) is None for one in payloads),
            primary_key=False,
            comment="",
        )
        for name in fields_of(payloads)
    )


def profile(rows: Rows) -> tuple[ColumnProfile, ...]:
    """Count the values of each column; texts are cut at 100 characters."""
    found = []
    for index, column in enumerate(rows.columns):
        there = [row[index] for row in rows.rows if row[index] is not None]
        counts = Counter(str(cell)[:_CUT] for cell in there)
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ordered = _ordered(there)
        found.append(
            ColumnProfile(
                name=column.name,
                sampled=len(rows.rows),
                nulls=len(rows.rows) - len(there),
                distinct=len(counts),
                minimum=ordered[0][:_CUT] if ordered else None,
                maximum=ordered[-1][:_CUT] if ordered else None,
                top=tuple(ranked[:_TOP]),
                bins=bins_of(there),
            )
        )
    return tuple(found)


def moment(text: str) -> datetime:
    """Read an RFC 3339 moment with up to nine digits of a second, as brokers write them."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)).astimezone(UTC)


def _ordered(cells: list[Any]) -> list[str]:
    try:
        return [str(cell) for cell in sorted(cells)]
    except TypeError:  # a field of several types
        return sorted(str(cell) for cell in cells)


def _cell(payload: Any, name: str) -> Any:
    """Look a field up by its name, else as a path with dots."""
    if not isinstance(payload, dict):
        return payload if name == "value" else None
    if name in payload:
        return payload[name]
    value: Any = payload
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _type_of(payloads: Iterable[Any], name: str) -> str:
    for one in payloads:
        cell = _cell(one, name)
        for kind, word in _TYPES:
            if isinstance(cell, kind):
                return word
    return "string"


def from_nanoseconds(count: int) -> datetime | None:
    """Read nanoseconds since 1970; None for 0."""
    return datetime.fromtimestamp(count / 1e9, UTC) if count else None
