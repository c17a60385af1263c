"""Invented rows of a contract: the same for the same contract, and no row of the data.

Each column is drawn by itself from what the contract says of it: its type, allowed values,
examples, bounds, whether it may be empty. Nothing is read from a platform. What is said to be about
people never shows the contract's examples.
"""

import hashlib
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from catalog.descriptors.model import Column

ROWS: Final = 200
_POOL: Final = 12
_EMPTY: Final = 0.06
_FIRST_DAY: Final = date(2026, 1, 1)
_DAYS: Final = 90
_LONGEST: Final = 200

_PHYSICAL: Final = {
    "smallint": ("int2", "smallint", "smallserial", "tinyint"),
    "integer": ("int", "int4", "integer", "serial"),
    "bigint": ("int8", "bigint", "bigserial", "long"),
    "numeric": ("numeric", "decimal", "number", "money"),
    "real": ("float4", "real"),
    "double precision": ("float8", "float", "double", "double precision"),
    "boolean": ("bool", "boolean"),
    "date": ("date",),
    "time": ("time", "time without time zone"),
    "timestamp": ("timestamp", "timestamp without time zone", "datetime"),
    "timestamptz": ("timestamptz", "timestamp with time zone", "timestamp_tz"),
    "interval": ("interval",),
    "uuid": ("uuid",),
    "bytea": ("bytea", "binary", "blob"),
    "jsonb": ("json", "jsonb", "variant", "object", "struct", "map"),
    "text": ("text", "varchar", "char", "character varying", "character", "string", "citext"),
}
_OF_PHYSICAL: Final = {word: kind for kind, words in _PHYSICAL.items() for word in words}
_OF_LOGICAL: Final = {
    "string": "text",
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "timestamp": "timestamptz",
    "object": "jsonb",
    "map": "jsonb",
    "array": "text[]",
}
_WHOLE: Final = ("smallint", "integer", "bigint")
_BROKEN: Final = ("numeric", "real", "double precision")
# What a number under such a name may be; the first that fits counts.
_BOUNDS: Final[tuple[tuple[str, int, int], ...]] = (
    (r"year", 2024, 2026),
    (r"month", 1, 12),
    (r"(^|_)day|weekday", 1, 28),
    (r"hour", 0, 23),
    (r"percent|share|rate", 0, 100),
    (r"minute|delay", -15, 120),
    (r"latitude|(^|_)lat($|_)", -60, 70),
    (r"longitude|(^|_)lon($|_)", -180, 180),
)


@dataclass(frozen=True, slots=True)
class Invented:
    """Rows of text or None, with (name, type) of their columns; see `connectors.sandbox.TYPES`."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str | None, ...], ...]


def invent(columns: Sequence[Column], *, seed: str, rows: int = ROWS) -> Invented:
    """Invent rows. The same columns and seed give the same; a column does not move the others."""
    kinds = tuple((column.name, type_of(column)) for column in columns)
    drawn = [_column(column, seed, rows) for column in columns]
    return Invented(kinds, tuple(zip(*drawn, strict=True)) if drawn else ())


def type_of(column: Column) -> str:
    """Choose the type that a column has in a table of invented rows; text where none is known."""
    words = re.sub(r"\s+", " ", column.physical_type.lower()).strip()
    plain = re.sub(r"\s*\([^)]*\)", "", words).strip()
    if plain.endswith("[]"):
        return "integer[]" if _OF_PHYSICAL.get(plain[:-2]) in _WHOLE else "text[]"
    return _OF_PHYSICAL.get(plain) or _OF_LOGICAL.get(column.logical_type.lower(), "text")


def _column(column: Column, seed: str, rows: int) -> list[str | None]:
    digest = hashlib.sha256(f"{seed}\n{column.name}".encode()).digest()
    chance = random.Random(digest)  # noqa: S311 - invented rows, the same every time
    draw = _drawer(column, type_of(column), chance)
    empty = _EMPTY if column.nullable else 0.0
    found = [draw(row) for row in range(rows)]
    return [None if chance.random() < empty else value for value in found]


def _drawer(column: Column, kind: str, chance: random.Random) -> Callable[[int], str]:
    """Give the function that draws a value for a row's number."""
    alone = column.primary_key or column.unique
    known = [] if alone else list(_known(column))
    if known and kind not in ("text[]", "integer[]", "jsonb", "bytea"):
        fitting = [value for value in known if _fits(value, kind)]
        if fitting:
            return lambda _row: chance.choice(fitting)
    if kind in _WHOLE + _BROKEN:
        return _number(column, kind, chance, alone=alone)
    if kind in ("date", "time", "timestamp", "timestamptz", "interval"):
        return _moment(kind, chance)
    return _other(column, kind, chance, alone=alone)


def _known(column: Column) -> Iterable[str]:
    """Give the values that the contract allows or shows: allowed ones before examples."""
    allowed = [entry.value for entry in column.enum]
    for rule in column.quality:
        arguments: Any = rule.extra.get("arguments")
        given = arguments.get("validValues") if isinstance(arguments, dict) else None
        allowed += given if isinstance(given, list) else []
    shown = [] if column.personal_data else list(column.examples)
    for value in allowed or shown:
        if isinstance(value, bool):
            yield "true" if value else "false"
        elif isinstance(value, str | int | float) and "\x00" not in str(value):
            yield str(value)[:_LONGEST]


_FORMS: Final = {
    **dict.fromkeys(_WHOLE, re.compile(r"-?\d{1,4}\Z")),
    **dict.fromkeys(_BROKEN, re.compile(r"-?\d{1,9}(\.\d{1,6})?\Z")),
    "boolean": re.compile(r"true|false\Z"),
    "date": re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])\Z"),
    "text": re.compile(r".*\Z", re.DOTALL),
}


def _fits(value: str, kind: str) -> bool:
    form = _FORMS.get(kind)
    return form is not None and form.match(value) is not None


def _number(
    column: Column, kind: str, chance: random.Random, *, alone: bool
) -> Callable[[int], str]:
    if alone:
        return lambda row: str(row + 1)
    least, most = _bounds(column)
    if kind in _WHOLE:
        return lambda _row: str(chance.randint(least, most))
    return lambda _row: f"{chance.uniform(least, most):.2f}"


def _bounds(column: Column) -> tuple[int, int]:
    """Give bounds: the contract's, else what a number of that name may be, else 0 to 500."""
    default = (0, 500)
    for pattern, *known in _BOUNDS:
        if re.search(pattern, column.name, re.IGNORECASE):
            default = (known[0], known[1])
            break
    least = _within(column.options.get("minimum"), default[0])
    most = _within(column.options.get("maximum"), default[1])
    return (least, most) if least <= most else (least, least)


def _within(value: Any, default: int) -> int:
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    return max(-9_999, min(9_999, int(value))) if whole else default


def _moment(kind: str, chance: random.Random) -> Callable[[int], str]:
    def draw(_row: int) -> str:
        day = _FIRST_DAY + timedelta(days=chance.randrange(_DAYS))
        minute = chance.randrange(24 * 60)
        clock = f"{minute // 60:02}:{minute % 60:02}:00"
        if kind == "date":
            return day.isoformat()
        if kind == "time":
            return clock
        if kind == "interval":
            return f"{minute} minutes"
        moment = datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=minute)
        return moment.isoformat() if kind == "timestamptz" else f"{day.isoformat()} {clock}"

    return draw


def _other(
    column: Column, kind: str, chance: random.Random, *, alone: bool
) -> Callable[[int], str]:
    if kind == "boolean":
        return lambda _row: chance.choice(("true", "false"))
    if kind == "uuid":
        return lambda _row: str(UUID(int=chance.getrandbits(128), version=4))
    fixed = {"jsonb": "{}", "bytea": "\\x00", "text[]": "{}", "integer[]": "{}"}.get(kind)
    if fixed is not None:
        return lambda _row: fixed
    word = column.name.lower().replace("_", " ")
    if "mail" in word:
        return lambda row: f"person{row + 1}@example.org"
    if alone or column.personal_data:
        return lambda row: f"{word} {row + 1}"
    return lambda _row: f"{word} {chance.randint(1, _POOL)}"
