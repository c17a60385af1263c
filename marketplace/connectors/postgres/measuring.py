# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Reading a result whose size is not known: every cell is measured on the server before it is sent.

libpq must hold a whole row in memory before it gives anything away, so a limit on our side comes
too late for `SELECT repeat('x', 1000000000)`.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import RawServerCursor
from psycopg.rows import TupleRow

from marketplace.connectors.base import Column, Limits, QueryRefused, Rows
from marketplace.connectors.postgres.connections import Session

_MOST_COLUMNS: Final = 500
_BATCH: Final = 50
_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<end>;)
      | (?P<word>[eE]'(?:[^'\\]|\\.|'')*'       # a string with escapes
        | '(?:[^']|'')*'
        | "(?:[^"]|"")*"
        | \$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$    # a dollar-quoted string
        | \w+ | .)""",
    re.DOTALL | re.VERBOSE,
)
_READING: Final = frozenset({"select", "with", "values", "table", "("})


@dataclass(frozen=True, slots=True)
class Outline:
    """What a glance at a text shows. For words and convenience only: PostgreSQL is the judge."""

    first: str
    body: str
    several: bool

    @property
    def looks_like_one_read(self) -> bool:
        """Whether it starts like a query and is one statement."""
        return self.first.lower() in _READING and not self.several


def outline(sql: str) -> Outline:
    """Find the first word, the text without semicolons and comments at its end, and any second."""
    first, end, ended, several = "", 0, False, False
    for token in _TOKEN.finditer(sql):
        if token["end"] is not None:
            ended = bool(first)
        elif token["word"] is not None:
            first, end = first or token["word"], token.end()
            several = several or ended
    return Outline(first, sql[:end], several)


@dataclass(frozen=True, slots=True)
class Asked:
    """A text with `$1`, `$2`, ... for its parameters, and their values: sent beside it."""

    sql: str
    values: tuple[str | None, ...] = ()


def read(session: Session, asked: Asked, limits: Limits) -> Rows:
    """Declare the query to learn its columns, then read it with every cell measured."""
    started = time.monotonic()
    columns, rows, truncated = _read(session, asked, limits)
    elapsed = (time.monotonic() - started) * 1000
    return Rows(columns=columns, rows=rows, truncated=truncated, elapsed_ms=elapsed)


def planned(session: Session, asked: Asked) -> tuple[int, float]:
    """Give the planner's rows and cost of a query. Nothing is run.

    PostgreSQL has judged the text as a cursor before: one statement that reads. The plan itself
    stays here, for it names what is behind a view.
    """
    _declare(session, asked)
    text = f"EXPLAIN (FORMAT JSON) {outline(asked.sql).body}"
    with psycopg.RawCursor(session) as cursor:
        # The extended protocol, which takes one statement only, also without a parameter.
        cursor.execute(text.encode(), asked.values or None, binary=True)
        row = cursor.fetchone()
    assert row is not None
    plan = row[0][0]["Plan"]
    return int(plan["Plan Rows"]), float(plan["Total Cost"])


def _read(
    session: Session, asked: Asked, limits: Limits
) -> tuple[tuple[Column, ...], list[TupleRow], bool]:
    columns = _declare(session, asked)
    rows: list[TupleRow] = []
    size = 0
    with _cursor(session, "measured") as cursor:
        cursor.execute(_measured(asked.sql, columns, limits.bytes).encode(), asked.values or None)
        while len(rows) <= limits.rows:
            batch = cursor.fetchmany(min(_BATCH, limits.rows + 1 - len(rows)))
            if not batch:
                return _described(columns), rows, False
            for *cells, row_size in batch:
                size += row_size
                if size > limits.bytes:
                    raise QueryRefused(
                        "result-too-large",
                        f"The result has more than {limits.bytes:,} bytes. Choose fewer or shorter"
                        " columns.",
                    )
                rows.append(tuple(cells))
    return _described(columns), rows[: limits.rows], True


@dataclass(frozen=True, slots=True)
class _Shape:
    """A column as the server announces it: its name, type and length (-1: any)."""

    name: str
    type: str
    length: int | None


@contextmanager
def _cursor(session: Session, name: str) -> Iterator[RawServerCursor[TupleRow]]:
    """Open a server-side cursor and close it, also when its session was just ended."""
    cursor = RawServerCursor(session, name)
    try:
        yield cursor
    finally:
        try:
            cursor.close()
        except psycopg.Error:
            cursor.close()  # the server is gone; this closes our side, the next call tells


def _declare(session: Session, asked: Asked) -> tuple[_Shape, ...]:
    """Let PostgreSQL judge the text as it stands: one statement, reading only, allowed."""
    with _cursor(session, "as_typed") as cursor:
        cursor.execute(asked.sql.encode(), asked.values or None)
        described = cursor.description
    if not described:
        raise QueryRefused("not-a-single-read-query", "The query returns no column.")
    if len(described) > _MOST_COLUMNS:
        raise QueryRefused(
            "result-too-large", f"A result may have {_MOST_COLUMNS} columns at most."
        )
    return tuple(
        _Shape(column.name, column.type_display, column.internal_size) for column in described
    )


def _described(columns: tuple[_Shape, ...]) -> tuple[Column, ...]:
    return tuple(Column(column.name, column.type) for column in columns)


def _measured(sql: str, columns: tuple[_Shape, ...], most_bytes: int) -> str:
    """Wrap a query that PostgreSQL has accepted: a row that is too large arrives as its size only.

    OFFSET 0 keeps the planner from running an expression twice, once to measure it and once to
    show it. The wrapped text goes through a cursor again, so what holds for the text holds here.
    """
    named = ", ".join(f"c{index}" for index in range(len(columns)))
    sizes = " + ".join(_size(index, column) for index, column in enumerate(columns))
    shown = ", ".join(
        f"CASE WHEN size <= {most_bytes} THEN c{index} END" for index in range(len(columns))
    )
    text = outline(sql).body
    return (
        f"SELECT {shown}, size FROM (SELECT *, ({sizes})::bigint AS size FROM"
        f" (SELECT * FROM (\n{text}\n) AS typed OFFSET 0) AS once ({named}) OFFSET 0) AS sized"
    )


def _size(index: int, column: _Shape) -> str:
    if column.length is not None and column.length > 0:
        return str(column.length)
    cell = f"c{index}" if column.type == "bytea" else f"c{index}::text"
    return f"coalesce(octet_length({cell}), 0)::bigint"
