# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Facts on relations for the owner's pages: columns, profiles, samples. Read as the publisher."""

import time
from typing import Any, Final

from marketplace.connectors.base import (
    Column,
    ColumnInfo,
    ColumnProfile,
    Permanent,
    PortVariant,
    Rows,
    Schema,
)
from marketplace.connectors.mariadb import statements
from marketplace.connectors.mariadb.connections import Provisioner, Session

type Target = PortVariant | tuple[str, str]

_MOST_SAMPLED: Final = 100_000
_SHOWN: Final = 100
_TOP: Final = 5
_KINDS: Final = {"BASE TABLE": "table", "VIEW": "view", "SYSTEM VERSIONED": "table"}
_RELATION: Final = """
SELECT TABLE_TYPE, IF(TABLE_TYPE = 'VIEW', '', TABLE_COMMENT), TABLE_ROWS
  FROM information_schema.TABLES WHERE {}
"""
_COLUMNS: Final = """
SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE = 'YES', COLUMN_KEY = 'PRI', COLUMN_COMMENT
  FROM information_schema.COLUMNS WHERE {}
 ORDER BY ORDINAL_POSITION
"""


def describe(provisioner: Provisioner, schema: str, table: str) -> Schema:
    """Read the columns of a relation. Raises Permanent when the publisher sees none."""
    wanted = statements.qualified(schema, table)
    with provisioner.session() as session:
        found = session.publisher_rows(_RELATION.format(statements.of_relation(schema, table)))
        if not found or found[0][0] not in _KINDS:
            raise Permanent(f"there is no relation {wanted}")
        rows = session.publisher_rows(_COLUMNS.format(statements.of_relation(schema, table)))
    kind, comment, estimate = found[0]
    return Schema(
        schema=schema,
        name=table,
        kind=_KINDS[kind],
        columns=tuple(
            ColumnInfo(name, type_, bool(nullable), bool(key), words)
            for name, type_, nullable, key, words in rows
        ),
        comment=comment,
        rows_estimate=estimate,
    )


def relations(provisioner: Provisioner, schema: str) -> tuple[str, ...]:
    """List the tables and views of a database that the publisher sees, in order of name."""
    where = f"BINARY TABLE_SCHEMA = BINARY {statements.literal(schema)} ORDER BY 1"
    find = f"SELECT TABLE_NAME FROM information_schema.TABLES WHERE {where}"
    with provisioner.session() as session:
        return tuple(name for (name,) in session.publisher_rows(find))


def sample(provisioner: Provisioner, target: Target, limit: int) -> Rows:
    """Read the first rows of a variant (its columns and rows only) or of a base relation."""
    started = time.monotonic()
    most = min(limit, _MOST_SAMPLED)
    with provisioner.session() as session, session.cursor() as cursor:
        cursor.execute(statements.as_publisher(f"{_query(target)} LIMIT {most + 1:d}"))
        names = [one[0] for one in cursor.description or ()]
        rows = list(cursor.fetchall())
        types = _types(session, target)
    elapsed = (time.monotonic() - started) * 1000
    columns = tuple(Column(name, types.get(name, "")) for name in names)
    return Rows(columns=columns, rows=rows[:most], truncated=len(rows) > most, elapsed_ms=elapsed)


def profile(provisioner: Provisioner, target: Target, limit: int) -> tuple[ColumnProfile, ...]:
    """Count, compare and rank the values of at most `limit` rows (100,000 at most)."""
    source = f"({_query(target)} LIMIT {min(limit, _MOST_SAMPLED):d}) AS sampled"
    with provisioner.session() as session:
        names = (
            target.columns if isinstance(target, PortVariant) else tuple(_types(session, target))
        )
        return tuple(_profile(session, source, name) for name in names)


def _profile(session: Session, source: str, name: str) -> ColumnProfile:
    column = statements.name(name)
    text = f"CONVERT({column}, CHAR)"
    ((rows, nulls, distinct, low, high),) = session.publisher_rows(
        f"SELECT COUNT(*), COUNT(*) - COUNT({column}),"
        f" COUNT(DISTINCT {statements.exactly(text)}),"
        f" LEFT(CONVERT(MIN({column}), CHAR), {_SHOWN}),"
        f" LEFT(CONVERT(MAX({column}), CHAR), {_SHOWN})"
        f" FROM {source}"
    )
    exact = statements.exactly(f"LEFT({text}, {_SHOWN})")
    top = session.publisher_rows(
        f"SELECT MIN(LEFT({text}, {_SHOWN})) AS shown, COUNT(*) AS times"
        f" FROM {source} WHERE {column} IS NOT NULL"
        f" GROUP BY {exact} ORDER BY times DESC, {exact} LIMIT {_TOP}"
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


def _types(session: Session, target: Target) -> dict[str, Any]:
    where = (target.base_schema, target.base_table) if isinstance(target, PortVariant) else target
    columns = _COLUMNS.format(statements.of_relation(*where))
    return {name: type_ for name, type_, *_ in session.publisher_rows(columns)}


def _query(target: Target) -> str:
    """Select what a variant shows, without the question for an entitlement, or a whole relation."""
    if isinstance(target, PortVariant):
        return statements.select_base(target)
    return f"SELECT * FROM {statements.qualified(*target)}"
