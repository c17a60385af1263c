"""The table that a contract asks for, as SQL that PostgreSQL takes."""

from collections.abc import Sequence
from typing import Final

from catalog.blueprints.draft import DraftColumn

_PHYSICAL: Final = {
    "integer": "bigint",
    "number": "numeric",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamptz",
    "time": "time",
    "object": "jsonb",
    "array": "jsonb",
}


def create_table(relation: str, columns: Sequence[DraftColumn]) -> str:
    """Give CREATE TABLE with keys and comments; ``relation`` is ``schema.table``.

    Every name and every comment is quoted; a type is written as the contract has it.
    """
    schema, _, table = relation.rpartition(".")
    name = ".".join(quoted(part) for part in (schema, table) if part)
    lines = [_column(one) for one in columns]
    keys = [quoted(one.name) for one in columns if one.primary_key]
    if keys:
        lines.append(f"PRIMARY KEY ({', '.join(keys)})")
    body = ",\n".join(f"    {line}" for line in lines)
    said = [
        f"COMMENT ON COLUMN {name}.{quoted(one.name)} IS {_literal(one.description)};"
        for one in columns
        if one.description
    ]
    return "\n".join([f"CREATE TABLE {name} (", body, ");", *said])


def quoted(name: str) -> str:
    """Quote an identifier (SQL:2023, delimited identifier)."""
    return '"' + name.replace('"', '""') + '"'


def _column(one: DraftColumn) -> str:
    kind = one.physical_type or _PHYSICAL.get(one.logical_type, "text")
    return f"{quoted(one.name)} {kind}{' NOT NULL' if one.required or one.primary_key else ''}"


def _literal(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
