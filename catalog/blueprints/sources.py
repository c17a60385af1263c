"""Columns from a CSV file, a dbt manifest or a platform's catalogue. Pure: bytes and rows in."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalog.blueprints.draft import DraftColumn

SAMPLE_ROWS: Final = 1000
MOST_COLUMNS: Final = 500
_DELIMITERS: Final = ",;\t|"
_RULES: Final = (
    ("integer", "bigint", re.compile(r"[-+]?\d{1,18}\Z")),
    ("number", "numeric", re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?\Z")),
    ("boolean", "boolean", re.compile(r"(true|false)\Z", re.IGNORECASE)),
    ("date", "date", re.compile(r"\d{4}-\d{2}-\d{2}\Z")),
    (
        "timestamp",
        "timestamptz",
        re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[-+]\d{2}:?\d{2})?\Z"),
    ),
)
_LEADING_ZERO: Final = re.compile(r"[-+]?0\d")
# Beginnings of platform types, longest first where one begins another.
_LOGICAL: Final = (
    ("timestamp", "timestamp"),
    ("datetime", "timestamp"),
    ("interval", "string"),
    ("date", "date"),
    ("time", "time"),
    ("bool", "boolean"),
    ("bigint", "integer"),
    ("smallint", "integer"),
    ("tinyint", "integer"),
    ("int", "integer"),
    ("serial", "integer"),
    ("bigserial", "integer"),
    ("numeric", "number"),
    ("decimal", "number"),
    ("number", "number"),
    ("double", "number"),
    ("float", "number"),
    ("real", "number"),
    ("json", "object"),
    ("struct", "object"),
    ("array", "array"),
)


class NotReadable(ValueError):
    """The source holds nothing that columns could be read from; the words say why."""


@dataclass(frozen=True, slots=True)
class DbtModel:
    """A model of a dbt project: where it is built, what it says, what it holds."""

    name: str
    resource: str
    description: str
    columns: tuple[DraftColumn, ...]


def logical_type(physical: str) -> str:
    """Give the ODCS word for a platform's type; text where nothing fits."""
    words = physical.strip().lower()
    if words.endswith("[]"):
        return "array"
    return next((logical for start, logical in _LOGICAL if words.startswith(start)), "string")


def columns_of_csv(content: bytes) -> tuple[tuple[DraftColumn, ...], str]:
    """Read the header and up to 1,000 rows; give columns, and what the types are based on.

    A type is taken only when every value that is not empty has it; a number with a leading zero
    stays text, because the zero would be lost.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotReadable("The file is not UTF-8.") from None
    first, _, _ = text.partition("\n")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = [name.strip() for name in next(reader, [])]
        rows = [row for row, _ in zip(reader, range(SAMPLE_ROWS), strict=False) if row]
    except csv.Error as wrong:
        raise NotReadable(f"The file is not CSV: {wrong}.") from None
    _check_header(header)
    columns = tuple(
        _inferred(name, [row[at].strip() if at < len(row) else "" for row in rows])
        for at, name in enumerate(header)
    )
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    return columns, f"the header and the first {count} of a CSV file"


def _check_header(header: Sequence[str]) -> None:
    if not header or not all(header):
        raise NotReadable("The first line has to name every column.")
    if len(set(header)) < len(header):
        raise NotReadable("Two columns have the same name.")
    if len(header) > MOST_COLUMNS:
        raise NotReadable(f"At most {MOST_COLUMNS} columns are read.")


def _inferred(name: str, values: Sequence[str]) -> DraftColumn:
    said = [value for value in values if value]
    required = bool(said) and len(said) == len(values)
    for logical, physical, rule in _RULES:
        zeros = logical in ("integer", "number") and any(map(_LEADING_ZERO.match, said))
        if said and not zeros and all(map(rule.match, said)):
            return DraftColumn(name, logical, physical, required=required)
    return DraftColumn(name, "string", "text", required=required)


def models_of_dbt(content: bytes) -> list[DbtModel]:
    """Read the models, seeds and snapshots of a dbt ``manifest.json``, by name."""
    try:
        manifest = json.loads(content)
        nodes = manifest["nodes"].values()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotReadable("This is not a manifest.json of dbt.") from None
    found = [_model(node) for node in nodes if _offers(node)]
    if not found:
        raise NotReadable("The manifest has no model, seed or snapshot.")
    return sorted(found, key=lambda model: model.name)


def _offers(node: Any) -> bool:
    return isinstance(node, dict) and node.get("resource_type") in ("model", "seed", "snapshot")


def _model(node: Mapping[str, Any]) -> DbtModel:
    table = node.get("alias") or node.get("name") or ""
    columns = node.get("columns") or {}
    return DbtModel(
        name=str(node.get("name") or ""),
        resource=f"{node.get('schema') or ''}.{table}".strip("."),
        description=str(node.get("description") or "").strip(),
        columns=tuple(_dbt_column(one) for one in list(columns.values())[:MOST_COLUMNS]),
    )


def _dbt_column(one: Mapping[str, Any]) -> DraftColumn:
    physical = str(one.get("data_type") or "")
    rules = {rule.get("type") for rule in one.get("constraints") or [] if isinstance(rule, dict)}
    return DraftColumn(
        str(one.get("name") or ""),
        logical_type(physical),
        physical,
        str(one.get("description") or "").strip(),
        required="not_null" in rules,
        primary_key="primary_key" in rules,
    )


def columns_of_table(rows: Iterable[Any]) -> tuple[DraftColumn, ...]:
    """Take the columns that a connector described (``ColumnInfo``)."""
    return tuple(
        DraftColumn(
            one.name,
            logical_type(one.type),
            one.type,
            one.comment or "",
            required=not one.nullable,
            primary_key=bool(one.primary_key),
        )
        for one in rows
    )
