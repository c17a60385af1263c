# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Facts on relations for the owner's pages: columns, profiles, samples. Read as the publisher."""

import time
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from marketplace.connectors.base import (
    Column,
    ColumnInfo,
    ColumnProfile,
    Permanent,
    PortVariant,
    Rows,
    Schema,
)
from marketplace.connectors.histogram import Bins, Kind, kind_of, scale
from marketplace.connectors.postgres import statements
from marketplace.connectors.postgres.config import PostgresConfig
from marketplace.connectors.postgres.connections import Provisioner, Session

type Target = PortVariant | tuple[str, str]

_MOST_SAMPLED: Final = 100_000
_SHOWN: Final = 100
_TOP: Final = 5
_KINDS: Final = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "table"}
# Where a value stands on its line, and which values do: {c} is the column.
_NUMBER: Final = ("{c}::float8", "{c}::float8 NOT IN ('NaN', 'Infinity', '-Infinity')")
_PLACES: Final[dict[Kind, tuple[LiteralString, LiteralString]]] = {
    "integer": _NUMBER,
    "number": _NUMBER,
    "date": ("({c}::date - DATE '1970-01-01')::float8", "isfinite({c})"),
    "timestamp": ("floor(extract(epoch FROM {c}) / 60)::float8", "isfinite({c})"),
}
_RELATION: Final = """
SELECT c.oid, c.relkind::text, coalesce(obj_description(c.oid, 'pg_class'), ''),
       CASE WHEN c.reltuples >= 0 AND c.relkind <> 'v' THEN c.reltuples::bigint END
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s
"""
_COLUMNS: Final = """
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       EXISTS (SELECT FROM pg_index AS i
                WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)),
       coalesce(col_description(a.attrelid, a.attnum), '')
  FROM pg_attribute AS a
 WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
"""


def describe(provisioner: Provisioner, schema: str, table: str) -> Schema:
    """Read the columns of a relation. Raises Permanent when there is none."""
    wanted = statements.qualified(schema, table)
    with provisioner.session() as session:
        found = session.execute(_RELATION, [schema, table]).fetchone()
        if found is None or found[1] not in _KINDS:
            raise Permanent(f"there is no relation {wanted}")
        oid, kind, comment, estimate = found
        rows = session.execute(_COLUMNS, [oid]).fetchall()
    return Schema(
        schema=schema,
        name=table,
        kind=_KINDS[kind],
        columns=tuple(ColumnInfo(*row) for row in rows),
        comment=comment,
        rows_estimate=estimate,
    )


def schemas(provisioner: Provisioner) -> tuple[str, ...]:
    """List the schemas that hold a table or view, without the server's and ours, by name."""
    find = (
        "SELECT DISTINCT n.nspname::text FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE c.relkind::text = ANY (%s) AND n.nspname <> 'information_schema'"
        " AND n.nspname !~ '^(pg|emporion)_' ORDER BY 1"
    )
    with provisioner.session() as session:
        return tuple(row[0] for row in session.execute(find, [list(_KINDS)]).fetchall())


def relations(provisioner: Provisioner, schema: str) -> tuple[str, ...]:
    """List the tables and views of a schema, in order of name."""
    find = (
        "SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relkind::text = ANY (%s) AND NOT c.relispartition ORDER BY 1"
    )
    with provisioner.session() as session:
        return tuple(row[0] for row in session.execute(find, [schema, list(_KINDS)]).fetchall())


def sample(provisioner: Provisioner, config: PostgresConfig, target: Target, limit: int) -> Rows:
    """Read the first rows of a variant (its columns and rows only) or of a base relation."""
    started = time.monotonic()
    with provisioner.session() as session, session.transaction():
        _as_publisher(session, config)
        most = min(limit, _MOST_SAMPLED)
        cursor = session.execute(f"{_query(target)} LIMIT {most + 1:d}".encode())
        rows = cursor.fetchall()
        columns = tuple(
            Column(column.name, column.type_display) for column in cursor.description or ()
        )
    elapsed = (time.monotonic() - started) * 1000
    return Rows(columns=columns, rows=rows[:most], truncated=len(rows) > most, elapsed_ms=elapsed)


def profile(
    provisioner: Provisioner, config: PostgresConfig, target: Target, limit: int
) -> tuple[ColumnProfile, ...]:
    """Count, compare and rank the values of at most `limit` rows (100,000 at most)."""
    source = f"({_query(target)} LIMIT {min(limit, _MOST_SAMPLED):d}) AS sampled"
    with provisioner.session() as session, session.transaction():
        _as_publisher(session, config)
        # Each scan of the limited rows begins at the beginning, so that all are of the same rows.
        session.execute("SET LOCAL synchronize_seqscans = off")
        cursor = session.execute(f"{_query(target)} LIMIT 0".encode())
        found = [(column.name, column.type_display) for column in cursor.description or ()]
        return tuple(_profile(session, source, name, type_) for name, type_ in found)


# One pass over the rows; what follows reads only the distinct values.
_FACTS = """
    WITH kept AS MATERIALIZED (SELECT {value} AS v, count(*) AS n FROM {source} GROUP BY 1)
    SELECT coalesce(sum(n), 0)::bigint, coalesce(sum(n) FILTER (WHERE v IS NULL), 0)::bigint,
           count(v), {least}, {most},
           (SELECT json_agg(json_build_array(t, k)) FROM (
                SELECT left(v::text, {shown}) COLLATE "C" AS t, sum(n)::bigint AS k
                FROM kept WHERE v IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {top}) AS r)
    FROM kept
"""
_EXTREME = (
    "(SELECT left(v::text, {shown}) FROM kept WHERE v IS NOT NULL ORDER BY v {order} LIMIT 1)"
)


def _profile(session: Session, source: str, name: str, type_: str) -> ColumnProfile:
    """Read the facts of a column; values of a type without an order (json) are texts."""
    column = sql.Identifier(name)
    try:
        with session.transaction():
            found = session.execute(_facts(source, column, ordered=True)).fetchone()
    except psycopg.errors.UndefinedFunction:
        text = sql.SQL("{}::text").format(column)
        found = session.execute(_facts(source, text, ordered=False)).fetchone()
    rows, nulls, distinct, least, most, top = found or (0, 0, 0, None, None, None)
    return ColumnProfile(
        name=name,
        sampled=rows,
        nulls=nulls,
        distinct=distinct,
        minimum=least,
        maximum=most,
        top=tuple((value, number) for value, number in top or ()),
        bins=_bins(session, source, column, type_),
    )


def _facts(source: str, value: sql.Composable, *, ordered: bool) -> sql.Composed:
    extreme = sql.SQL(_EXTREME)
    least, most = (
        extreme.format(shown=_SHOWN, order=sql.SQL(order)) if ordered else sql.SQL("NULL")
        for order in ("ASC", "DESC")
    )
    return sql.SQL(_FACTS).format(
        value=value, source=_trusted(source), least=least, most=most, shown=_SHOWN, top=_TOP
    )


def _bins(session: Session, source: str, column: sql.Identifier, type_: str) -> Bins:
    """Count numbers and moments by bins of equal width; what is endless is left out."""
    kind = kind_of(type_)
    if kind is None:
        return ()
    place, counts = _PLACES[kind]
    line = sql.SQL(
        "(SELECT {place} AS at FROM {source} WHERE {c} IS NOT NULL AND {counts}) AS line"
    ).format(
        place=sql.SQL(place).format(c=column),
        source=_trusted(source),
        c=column,
        counts=sql.SQL(counts).format(c=column),
    )
    ends = session.execute(sql.SQL("SELECT min(at), max(at) FROM {}").format(line)).fetchone()
    found = scale(kind, *(ends or (None, None)))
    if found is None:
        return ()
    counted = sql.SQL(
        "SELECT least(floor((at - {low}) / {width})::int, {last}), count(*) FROM {line}"
        " WHERE at BETWEEN {low} AND {end} GROUP BY 1"
    ).format(
        low=found.low,
        width=found.width,
        end=found.low + found.width * found.number,
        last=found.number - 1,
        line=line,
    )
    return found.bins(dict(session.execute(counted).fetchall()))


def _trusted(text: str) -> Any:
    return sql.SQL(text)


def _as_publisher(session: Session, config: PostgresConfig) -> None:
    session.execute(f"SET LOCAL ROLE {statements.name(config.publisher)}".encode())
    session.execute("SET TRANSACTION READ ONLY")


def _query(target: Target) -> str:
    """Select what a variant shows, without the question for an entitlement, or a whole relation."""
    if isinstance(target, PortVariant):
        return statements.select_base(target)
    return f"SELECT * FROM {statements.qualified(*target)}"
