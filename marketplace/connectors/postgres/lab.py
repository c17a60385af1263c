"""A consumer's own query: as the consumer's login, read-only, bounded in every direction.

The boundary is the database's own rights of the consumer's login. On top of it:

- a new connection for every query, so nothing a query sets outlives it;
- BEGIN READ ONLY and a first query, after which PostgreSQL refuses to leave read-only mode;
- a named server-side cursor over the extended protocol, which refuses several statements,
  data-modifying statements and data-modifying CTEs;
- every cell is measured on the server before it is sent, so a giant value never reaches us;
- a time limit inside (`statement_timeout`) and a watchdog outside that cancels, then terminates.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from marketplace.connectors.base import (
    ConnectorError,
    Grant,
    Limits,
    QueryRefused,
    Rows,
    Transient,
)
from marketplace.connectors.postgres.config import CONTROL, ENTITLEMENTS, PostgresConfig
from marketplace.connectors.postgres.connections import Consumers, Provisioner, Session
from marketplace.connectors.postgres.failures import first_line, translate
from marketplace.connectors.postgres.measuring import outline, read
from marketplace.connectors.postgres.statements import literal
from marketplace.connectors.postgres.watchdog import Watch, watched

_LONGEST_SQL: Final = 100_000
_REFUSAL_OF_STATE: Final = {
    "42501": "permission-denied",
    "25006": "not-a-single-read-query",  # read_only_sql_transaction
    "25001": "not-a-single-read-query",  # active_sql_transaction: tried to leave read-only mode
    "0A000": "not-a-single-read-query",  # data-modifying CTE in a cursor
    "42P11": "not-a-single-read-query",  # invalid_cursor_definition: SELECT INTO
    "54000": "result-too-large",
    "54011": "result-too-large",  # too_many_columns
    "53400": "result-too-large",  # configuration_limit_exceeded: temp_file_limit
}
_PLATFORM_CLASSES: Final = ("08", "53300", "57P")
_SQL_CLASS: Final = "42"
_ENDED_BY_ADMINISTRATOR: Final = "57P01"
_NO_ACCESS: Final = "There is no access to this port at the moment."


def query(
    provisioner: Provisioner,
    config: PostgresConfig,
    grant: Grant,
    sql: str,
    limits: Limits,
    *,
    cancel: threading.Event | None = None,
) -> Rows:
    """Run one read query as the consumer of this grant. Raises QueryRefused, or ConnectorError."""
    _check(sql)
    login, handle = config.login_of(grant.principal), grant.variant.handle(config.env)
    started = time.monotonic()
    settings = (
        f"-c statement_timeout={limits.timeout_ms} -c default_transaction_read_only=on"
        " -c idle_in_transaction_session_timeout=60s -c lock_timeout=2s"
        " -c client_min_messages=error -c max_parallel_workers_per_gather=0 -c jit=off"
    )
    with (
        _login(provisioner, config, login, settings) as session,
        watched(session, provisioner, limits.timeout_ms / 1000, cancel) as watch,
    ):
        try:
            return _run(session, sql, handle, limits, started)
        except psycopg.Error as error:
            if error.sqlstate == _ENDED_BY_ADMINISTRATOR and not watch.stopped:
                raise _why_ended(provisioner, handle, login) from error
            raise _refusal(error, sql, watch) from error


def _run(session: Session, sql: str, handle: str, limits: Limits, started: float) -> Rows:
    with session.transaction(force_rollback=True):
        session.execute("SET TRANSACTION READ ONLY")
        _require_access(session, handle)  # also the first query: READ ONLY cannot be left now
        columns, rows, truncated = read(session, sql, limits)
        # An access that ends in between shows as fewer rows, which must not pass for an answer.
        _require_access(session, handle)
        elapsed = (time.monotonic() - started) * 1000
        return Rows(columns=columns, rows=rows, truncated=truncated, elapsed_ms=elapsed)


def _require_access(session: Session, handle: str) -> None:
    row = session.execute(f"SELECT {CONTROL}.entitled({literal(handle)})".encode()).fetchone()
    if row is None or not row[0]:
        raise QueryRefused("access-ended", _NO_ACCESS)


def _check(sql: str) -> None:
    """Refuse what needs no server to refuse. Not the boundary: the cursor and the rights are."""
    if len(sql) > _LONGEST_SQL:
        raise QueryRefused("syntax-error", f"A query may have {_LONGEST_SQL} characters at most.")
    if "\x00" in sql:
        raise QueryRefused("syntax-error", "A query must not contain the NUL character.")
    try:
        sql.encode()
    except UnicodeEncodeError:
        raise QueryRefused("syntax-error", "A query must be valid Unicode.") from None


@contextmanager
def _login(
    provisioner: Provisioner, config: PostgresConfig, login: str, settings: str
) -> Iterator[Session]:
    """Log in as the consumer; a login that is gone means that access has ended."""
    if not _has_login(provisioner, login):
        raise QueryRefused("access-ended", _NO_ACCESS)
    consumers = Consumers(config, provisioner)
    with consumers.session(login, settings=settings, application="emporion lab") as session:
        yield session


def _has_login(provisioner: Provisioner, login: str) -> bool:
    sql = "SELECT FROM pg_roles WHERE rolname = %s AND rolcanlogin"
    with provisioner.session() as session:
        return session.execute(sql, [login]).fetchone() is not None


def _why_ended(provisioner: Provisioner, handle: str, login: str) -> ConnectorError:
    """Tell a revoke, which ends sessions, from a server that was stopped."""
    sql = (
        f"SELECT FROM {ENTITLEMENTS}.entitlement WHERE handle = %s AND login = %s"
        " AND expires_at > statement_timestamp()"
    )
    try:
        with provisioner.session() as session:
            stands = session.execute(sql.encode(), [handle, login]).fetchone() is not None
    except ConnectorError as error:
        return error
    if stands:
        return Transient("the platform ended the session")
    return QueryRefused("access-ended", "Access to this port has ended.")


def _refusal(error: psycopg.Error, sql: str, watch: Watch) -> ConnectorError:
    """Choose the code. PostgreSQL has refused already: the glance at the text is for the words."""
    state, words = error.sqlstate, first_line(error)
    if watch.cancelled:
        return QueryRefused("query-cancelled", "The query was cancelled.")
    if watch.late or state == "57014":
        return QueryRefused("query-timeout", "The query took too long and was stopped.")
    if state is None or state.startswith(_PLATFORM_CLASSES):
        return translate(error)
    if state == "42601" and not outline(sql).looks_like_one_read:
        return QueryRefused("not-a-single-read-query", words)
    code = _REFUSAL_OF_STATE.get(state)
    if code is None:
        code = "syntax-error" if state.startswith(_SQL_CLASS) else "query-failed"
    return QueryRefused(code, words)
