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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from marketplace.connectors.base import (
    ConnectorError,
    Estimate,
    Grant,
    Limits,
    QueryRefused,
    Question,
    Rows,
    Transient,
)
from marketplace.connectors.parameters import bind
from marketplace.connectors.postgres.config import CONTROL, ENTITLEMENTS, PostgresConfig
from marketplace.connectors.postgres.connections import Consumers, Provisioner, Session
from marketplace.connectors.postgres.failures import first_line, translate
from marketplace.connectors.postgres.measuring import Asked, outline, planned, read
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
_APPLICATION: Final = "emporion lab"
_ESTIMATE_MS: Final = 3000
_GRACE_S: Final = 0.6
_STEP_S: Final = 0.03
CANCELLED: Final = "57014"
_RUNNING: Final = "SELECT pid FROM pg_stat_activity WHERE usename = %s AND application_name = %s"
_TERMINATE: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid = %s AND usename = %s AND application_name = %s"
)
_PLATFORM_CLASSES: Final = ("08", "53300", "57P")
_SQL_CLASS: Final = "42"
_ENDED_BY_ADMINISTRATOR: Final = "57P01"
_NO_ACCESS: Final = "There is no access to this port at the moment."


def query(
    provisioner: Provisioner,
    config: PostgresConfig,
    grant: Grant,
    question: Question,
    limits: Limits,
    *,
    cancel: threading.Event | None = None,
) -> Rows:
    """Run one read query as the consumer of this grant. Raises QueryRefused, or ConnectorError."""
    return _as_consumer(provisioner, config, grant, question, limits, reading=read, cancel=cancel)


def estimate(
    provisioner: Provisioner, config: PostgresConfig, grant: Grant, question: Question
) -> Estimate:
    """Ask the planner as the consumer, who reads no row. Raises QueryRefused, or ConnectorError."""
    short = Limits(timeout_ms=_ESTIMATE_MS)
    return _as_consumer(provisioner, config, grant, question, short, reading=_planned)


def _as_consumer[R](
    provisioner: Provisioner,
    config: PostgresConfig,
    grant: Grant,
    question: Question,
    limits: Limits,
    *,
    reading: Callable[[Session, Asked, Limits], R],
    cancel: threading.Event | None = None,
) -> R:
    asked = numbered(question)
    login, handle = config.login_of(grant.principal), grant.variant.handle(config.env)
    started = time.monotonic()
    with (
        _login(provisioner, config, login, settings_of(limits), tagged(question)) as session,
        watched(session, provisioner, limits.timeout_ms / 1000, cancel) as watch,
    ):
        try:
            with session.transaction(force_rollback=True):
                session.execute("SET TRANSACTION READ ONLY")
                # Also the first query: READ ONLY cannot be left now.
                _require_access(session, handle)
                found = reading(session, asked, limits)
                # An access that ends in between shows as fewer rows, which must be no answer.
                _require_access(session, handle)
                return found
        except psycopg.Error as error:
            if error.sqlstate == _ENDED_BY_ADMINISTRATOR and not watch.stopped:
                raise _why_ended(provisioner, handle, login) from error
            if error.sqlstate == CANCELLED and _early(started, limits):
                watch.cancelled = True
            raise refusal(error, question.sql, watch) from error


def _planned(session: Session, asked: Asked, limits: Limits) -> Estimate:  # noqa: ARG001 - as read()
    rows, cost = planned(session, asked)
    return Estimate(rows, cost)


def _early(started: float, limits: Limits) -> bool:
    """Whether a query was cancelled before its time was up: somebody stopped it."""
    return (time.monotonic() - started) * 1000 < limits.timeout_ms


def settings_of(limits: Limits) -> str:
    """Give the settings of a session in which a person's query runs."""
    return (
        f"-c statement_timeout={limits.timeout_ms} -c default_transaction_read_only=on"
        " -c idle_in_transaction_session_timeout=60s -c lock_timeout=2s"
        " -c client_min_messages=error -c max_parallel_workers_per_gather=0 -c jit=off"
    )


def tagged(question: Question) -> str:
    """Give the application name under which a run is found when it shall stop."""
    return f"{_APPLICATION} {question.tag}".strip()[:63]


def stop(provisioner: Provisioner, login: str, tag: str) -> bool:
    """Cancel the running query of this tag, then end its session; False when there is none.

    Only sessions of this login are looked at: a tag that somebody copied ends nobody else's query.
    """
    name = tagged(Question("", tag=tag))
    with provisioner.session() as session:
        found = [row[0] for row in session.execute(_RUNNING, [login, name]).fetchall()]
        for pid in found:
            session.execute("SELECT pg_cancel_backend(%s)", [pid])
        end = time.monotonic() + _GRACE_S
        while found and time.monotonic() < end:
            time.sleep(_STEP_S)
            if not session.execute(_RUNNING, [login, name]).fetchall():
                return True
        for pid in found:
            session.execute(_TERMINATE, [pid, login, name])
    return bool(found)


def _require_access(session: Session, handle: str) -> None:
    row = session.execute(f"SELECT {CONTROL}.entitled({literal(handle)})".encode()).fetchone()
    if row is None or not row[0]:
        raise QueryRefused("access-ended", _NO_ACCESS)


def numbered(question: Question) -> Asked:
    """Check a text and number its parameters.

    What needs no server to be refused is refused here. Not the boundary: cursor and rights are.
    """
    sql = question.sql
    if len(sql) > _LONGEST_SQL:
        raise QueryRefused("syntax-error", f"A query may have {_LONGEST_SQL} characters at most.")
    if "\x00" in sql:
        raise QueryRefused("syntax-error", "A query must not contain the NUL character.")
    try:
        sql.encode()
    except UnicodeEncodeError:
        raise QueryRefused("syntax-error", "A query must be valid Unicode.") from None
    text, values = bind(sql, question.values, lambda place: f"${place}")
    return Asked(text, values)


@contextmanager
def _login(
    provisioner: Provisioner, config: PostgresConfig, login: str, settings: str, application: str
) -> Iterator[Session]:
    """Log in as the consumer; a login that is gone means that access has ended."""
    if not _has_login(provisioner, login):
        raise QueryRefused("access-ended", _NO_ACCESS)
    consumers = Consumers(config, provisioner)
    with consumers.session(login, settings=settings, application=application) as session:
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


def refusal(error: psycopg.Error, sql: str, watch: Watch) -> ConnectorError:
    """Choose the code. PostgreSQL has refused already: the glance at the text is for the words."""
    state, words = error.sqlstate, first_line(error)
    if watch.cancelled:
        return QueryRefused("query-cancelled", "The query was cancelled.")
    if watch.late or state == CANCELLED:
        return QueryRefused("query-timeout", "The query took too long and was stopped.")
    if state is None or state.startswith(_PLATFORM_CLASSES):
        return translate(error)
    if state == "42601" and not outline(sql).looks_like_one_read:
        return QueryRefused("not-a-single-read-query", words)
    code = _REFUSAL_OF_STATE.get(state)
    if code is None:
        code = "syntax-error" if state.startswith(_SQL_CLASS) else "query-failed"
    return QueryRefused(code, words)
