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
from marketplace.connectors.mariadb.profiles import profile_column

type Target = PortVariant | tuple[str, str]

_MOST_SAMPLED: Final = 100_000
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


def schemas(provisioner: Provisioner) -> tuple[str, ...]:
    """List the databases in which the publisher sees a table or view, in order of name."""
    own = "('information_schema', 'mysql', 'performance_schema', 'sys')"
    where = f"TABLE_SCHEMA NOT IN {own} ORDER BY 1"
    find = f"SELECT DISTINCT TABLE_SCHEMA FROM information_schema.TABLES WHERE {where}"
    with provisioner.session() as session:
        return tuple(name for (name,) in session.publisher_rows(find))


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
        types = _types(session, target)
        names = target.columns if isinstance(target, PortVariant) else tuple(types)
        for name in names:  # what stands there instead has not the column's type
            if isinstance(target, PortVariant) and target.mask_of(name):
                types[name] = ""
        return tuple(
            profile_column(session, source, name, str(types.get(name, ""))) for name in names
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
