# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Facts on relations for the owner's pages: columns, profiles, samples. Read as our own role."""

import time
from typing import Any, Final

from marketplace.connectors.base import (
    ColumnInfo,
    ColumnProfile,
    Permanent,
    PortVariant,
    Rows,
    Schema,
)
from marketplace.connectors.snowflake import statements
from marketplace.connectors.snowflake.client import Bounds, Client
from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.failures import Refusal, translate

type Target = PortVariant | tuple[str, str]

_MOST_SAMPLED: Final = 100_000
_SHOWN: Final = 100
_TOP: Final = 5
_KINDS: Final = {"BASE TABLE": "table", "VIEW": "view", "EXTERNAL TABLE": "table"}


def describe(client: Client, config: SnowflakeConfig, schema: str, table: str) -> Schema:
    """Read the columns of a relation. Raises Permanent when our role sees none."""
    wanted = statements.qualified(config.source, schema, table)
    catalogue = f"{statements.name(config.source)}.INFORMATION_SCHEMA"
    where = "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?"
    try:
        found = client.rows(
            f"SELECT TABLE_TYPE, COMMENT, ROW_COUNT FROM {catalogue}.TABLES {where}", schema, table
        )
        if not found or found[0][0] not in _KINDS:
            raise Permanent(f"there is no relation {wanted}")
        rows = client.rows(
            "SELECT COLUMN_NAME, DATA_TYPE, NUMERIC_PRECISION, NUMERIC_SCALE, IS_NULLABLE, COMMENT"
            f" FROM {catalogue}.COLUMNS {where} ORDER BY ORDINAL_POSITION",
            schema,
            table,
        )
        keys = set()
        if _KINDS[found[0][0]] == "table":
            keys = {
                one["column_name"] for one in client.dicts(f"SHOW PRIMARY KEYS IN TABLE {wanted}")
            }
    except Refusal as refusal:
        raise translate(refusal) from refusal
    kind, comment, count = found[0]
    return Schema(
        schema=schema,
        name=table,
        kind=_KINDS[kind],
        columns=tuple(
            ColumnInfo(name, _type(*type_), nullable == "YES", name in keys, words or "")
            for name, *type_, nullable, words in rows
        ),
        comment=comment or "",
        rows_estimate=None if count is None else int(count),
    )


def _type(kind: str, precision: int | None, scale: int | None) -> str:
    """Write a type as in DDL: a number without its precision would be a contract too wide."""
    if kind != "NUMBER" or precision is None:
        return kind
    return f"NUMBER({precision},{scale or 0})"


def relations(client: Client, config: SnowflakeConfig, schema: str) -> tuple[str, ...]:
    """List the tables and views of a schema that our role sees, in order of name."""
    try:
        rows = client.rows(
            f"SELECT TABLE_NAME FROM {statements.name(config.source)}.INFORMATION_SCHEMA.TABLES"
            " WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME",
            schema,
        )
    except Refusal as refusal:
        raise translate(refusal) from refusal
    return tuple(name for (name,) in rows)


def sample(client: Client, config: SnowflakeConfig, target: Target, limit: int) -> Rows:
    """Read the first rows of a variant (its columns and rows only) or of a base relation."""
    started = time.monotonic()
    most = min(limit, _MOST_SAMPLED)
    try:
        found = client.run(f"{_query(config, target)} LIMIT {most + 1:d}", bounds=Bounds(rows=most))
    except Refusal as refusal:
        raise translate(refusal) from refusal
    elapsed = (time.monotonic() - started) * 1000
    return Rows(found.columns, found.rows, found.truncated, elapsed)


def profile(
    client: Client, config: SnowflakeConfig, target: Target, limit: int
) -> tuple[ColumnProfile, ...]:
    """Count, compare and rank the values of at most `limit` rows (100,000 at most)."""
    source = f"({_query(config, target)} LIMIT {min(limit, _MOST_SAMPLED):d}) AS sampled"
    try:
        return tuple(_profile(client, source, name) for name in _columns(client, config, target))
    except Refusal as refusal:
        raise translate(refusal) from refusal


def _profile(client: Client, source: str, name: str) -> ColumnProfile:
    column = statements.name(name)
    text = f"TO_VARCHAR({column})"
    ((rows, nulls, distinct, low, high),) = client.rows(
        f"SELECT COUNT(*), COUNT(*) - COUNT({column}), COUNT(DISTINCT {text}),"
        f" LEFT(TO_VARCHAR(MIN({column})), {_SHOWN}), LEFT(TO_VARCHAR(MAX({column})), {_SHOWN})"
        f" FROM {source}"
    )
    top = client.rows(
        f"SELECT LEFT({text}, {_SHOWN}) AS SHOWN, COUNT(*) AS TIMES FROM {source}"
        f" WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {_TOP}"
    )
    return ColumnProfile(
        name=name,
        sampled=rows,
        nulls=nulls,
        distinct=distinct,
        minimum=low,
        maximum=high,
        top=tuple((shown, times) for shown, times in top),
    )


def _columns(client: Client, config: SnowflakeConfig, target: Target) -> tuple[Any, ...]:
    if isinstance(target, PortVariant):
        return target.columns
    return tuple(one.name for one in describe(client, config, *target).columns)


def _query(config: SnowflakeConfig, target: Target) -> str:
    """Select what a variant shows, without the question for an entitlement, or a whole relation."""
    if isinstance(target, PortVariant):
        return statements.select_base(config, target)
    return f"SELECT * FROM {statements.qualified(config.source, *target)}"
