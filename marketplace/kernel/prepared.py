"""Statements that every request runs: the server plans them once per connection, not every time.

Planning takes longer than running them (measured: a token with its account and teams 0.38 ms,
prepared 0.12 ms). What the ORM writes is prepared at its second run (settings); these, written
by hand, spare its compiling too. Behind a pooler that shares connections between transactions
(``?pooled=1`` in DATABASE_URL) nothing is prepared, because the next one may go elsewhere.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

_KEPT = 400  # the driver's own 100 are too few for all that one process asks


def keep_more(connection: Any, **_kwargs: object) -> None:
    """Have a new connection remember all statements of ours, not only the last hundred."""
    connection.connection.prepared_max = _KEPT


def fetch_one(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """Give the first row of a statement, prepared at its first use on this connection."""
    connection.ensure_connection()
    if connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row
    own: psycopg.Connection[Any] = connection.connection
    if connection.queries_logged or connection.execute_wrappers:
        plain: Any = psycopg.Cursor(own)
        with connection.make_debug_cursor(plain) as watched:
            watched.execute(sql, values)  # seen by query counts
            found: tuple[Any, ...] | None = watched.fetchone()
        return found
    with connection.wrap_database_errors, psycopg.Cursor(own) as cursor:
        return cursor.execute(sql, values, prepare=True).fetchone()
