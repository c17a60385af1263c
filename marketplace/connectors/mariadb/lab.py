"""A consumer's own query: as the consumer's login, read-only, bounded in every direction.

The boundary is the server's own rights of the consumer's login. On top of it: a new connection for
every query; a read-only transaction; the protocol without several statements; a text that starts
like a query; a packet is refused by its announced length before it is read; a time limit inside
and a watchdog outside that kills. Double quotes name columns, as in the SQL standard.
"""

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import SSCursor

from marketplace.connectors.base import (
    Column,
    ConnectorError,
    Grant,
    Limits,
    QueryRefused,
    Rows,
    Transient,
)
from marketplace.connectors.mariadb.config import CONTROL, ENTITLEMENTS, MariadbConfig
from marketplace.connectors.mariadb.connections import Consumers, Provisioner, Session, TooMuch
from marketplace.connectors.mariadb.failures import (
    KILLED,
    TIMED_OUT,
    code_of,
    translate,
    words_of,
)
from marketplace.connectors.mariadb.flavours import Bounds
from marketplace.connectors.mariadb.probing import has_login
from marketplace.connectors.mariadb.statements import literal

_LONGEST_SQL: Final = 100_000
_MOST_COLUMNS: Final = 500
_BATCH: Final = 50
_SPARE: Final = 65_536
"""What the protocol may need beside the cells: names of columns, lengths."""
_GRACE_S: Final = 0.5
_TICK_S: Final = 0.02
_REFUSALS: Final = {
    **dict.fromkeys((1044, 1142, 1143, 1227, 1370), "permission-denied"),
    **dict.fromkeys((1290, 1568, 1792, 1765), "not-a-single-read-query"),
    **dict.fromkeys((1054, 1060, 1064, 1149, 1305, 1046, 1049, 1052, 1146), "syntax-error"),
    **dict.fromkeys((1021, 1114, 1153, 1301), "result-too-large"),
}
_SYNTAX: Final = 1064
_NO_ACCESS: Final = "There is no access to this port at the moment."
# /*! ... */ and /*M! ... */ are run by the server and are no comments to us.
_START: Final = re.compile(
    r"(?:\s+|--[ \t][^\n]*(?:\n|\Z)|#[^\n]*(?:\n|\Z)|/\*(?!!|M!).*?\*/)*", re.DOTALL
)
_READING: Final = re.compile(r"(?:select|with|values|table)\b|\(", re.IGNORECASE)
_TYPES: Final = {
    number: word.lower()
    for word, number in vars(FIELD_TYPE).items()
    if not word.startswith("_") and word not in {"CHAR", "INTERVAL"}
}


@dataclass(slots=True)
class _Watch:
    """What the watchdog did, for the words of the refusal."""

    cancelled: bool = False
    late: bool = False
    done: threading.Event = field(default_factory=threading.Event)


def query(
    provisioner: Provisioner,
    config: MariadbConfig,
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
    bounds = Bounds(limits.timeout_ms / 1000, 2, "STRICT_ALL_TABLES,ANSI_QUOTES")
    wait = limits.timeout_ms / 1000 + 3 * _GRACE_S
    with (
        _login(provisioner, config, login, bounds, wait) as session,
        _watched(session, provisioner, limits.timeout_ms / 1000, cancel) as watch,
    ):
        try:
            session.query("START TRANSACTION READ ONLY")
            _require_access(session, handle)
            columns, rows, truncated = _read(session, sql, limits)
            watch.late |= time.monotonic() - started > limits.timeout_ms / 1000
        except pymysql.MySQLError as error:
            if code_of(error) in KILLED and not (watch.cancelled or watch.late):
                raise _why_ended(provisioner, handle, login) from error
            raise _refusal(error, watch) from error
        # MySQL ends SLEEP() early and calls it an answer when its time is up or it is killed.
        if watch.cancelled or watch.late:
            raise _stopped(watch)
    # An access that ends in between shows as fewer rows, which must not pass for an answer.
    with provisioner.session() as ours:
        if not _stands(ours, handle, login):
            raise QueryRefused("access-ended", _NO_ACCESS)
    elapsed = (time.monotonic() - started) * 1000
    return Rows(columns=columns, rows=rows, truncated=truncated, elapsed_ms=elapsed)


def _check(sql: str) -> None:
    """Refuse what needs no server to refuse. Not the boundary: the rights are."""
    if len(sql) > _LONGEST_SQL:
        raise QueryRefused("syntax-error", f"A query may have {_LONGEST_SQL} characters at most.")
    if "\x00" in sql:
        raise QueryRefused("syntax-error", "A query must not contain the NUL character.")
    try:
        sql.encode()
    except UnicodeEncodeError:
        raise QueryRefused("syntax-error", "A query must be valid Unicode.") from None
    start = _START.match(sql)
    if not _READING.match(sql, start.end() if start else 0):
        raise QueryRefused("not-a-single-read-query", "A query starts with SELECT or WITH.")


def _require_access(session: Session, handle: str) -> None:
    try:
        rows = session.rows(f"SELECT {CONTROL}.entitled({literal(handle)})")
    except pymysql.MySQLError as error:
        if _REFUSALS.get(code_of(error)) == "permission-denied":
            raise QueryRefused("access-ended", _NO_ACCESS) from error
        raise
    if not rows or not rows[0][0]:
        raise QueryRefused("access-ended", _NO_ACCESS)


def _read(
    session: Session, sql: str, limits: Limits
) -> tuple[tuple[Column, ...], list[tuple[Any, ...]], bool]:
    cursor = SSCursor(session)
    session.allowance = 2 * limits.bytes + _SPARE
    try:
        cursor.execute(sql)
        described = cursor.description or ()
        if not described:
            raise QueryRefused("not-a-single-read-query", "The query returns no column.")
        if len(described) > _MOST_COLUMNS:
            raise QueryRefused(
                "result-too-large", f"A result may have {_MOST_COLUMNS} columns at most."
            )
        columns = tuple(Column(one[0], _TYPES.get(one[1], "unknown")) for one in described)
        rows, truncated = _fetch(cursor, limits)
    except TooMuch:
        raise _too_large(limits) from None
    finally:
        session.allowance = None
        _abandon(cursor, session)
    return columns, rows, truncated


def _fetch(cursor: Any, limits: Limits) -> tuple[list[tuple[Any, ...]], bool]:
    rows: list[tuple[Any, ...]] = []
    size = 0
    while len(rows) <= limits.rows:
        batch = cursor.fetchmany(min(_BATCH, limits.rows + 1 - len(rows)))
        if not batch:
            return rows, False
        for row in batch:
            size += sum(_length(cell) for cell in row)
            if size > limits.bytes:
                raise _too_large(limits)
            rows.append(row)
    return rows[: limits.rows], True


def _abandon(cursor: Any, session: Session) -> None:
    """Leave what was not read: closing politely would read it all."""
    result = cursor._result  # noqa: SLF001 - the driver has no other way to stop
    if result is not None and result.unbuffered_active:
        result.unbuffered_active = False
        session._force_close()  # type: ignore[attr-defined]  # noqa: SLF001
    cursor.close()


def _length(cell: Any) -> int:
    if cell is None:
        return 0
    return len(cell) if isinstance(cell, bytes) else len(str(cell).encode())


def _too_large(limits: Limits) -> QueryRefused:
    return QueryRefused(
        "result-too-large",
        f"The result has more than {limits.bytes:,} bytes. Choose fewer or shorter columns.",
    )


@contextlib.contextmanager
def _login(
    provisioner: Provisioner, config: MariadbConfig, login: str, bounds: Bounds, wait_s: float
) -> Iterator[Session]:
    """Log in as the consumer; a login that is gone means that access has ended."""
    with provisioner.session() as ours:
        if not has_login(ours, login):
            raise QueryRefused("access-ended", _NO_ACCESS)
    consumers = Consumers(config, provisioner)
    with consumers.session(login, bounds=bounds, wait_s=wait_s) as session:
        yield session


@contextlib.contextmanager
def _watched(
    session: Session, provisioner: Provisioner, timeout_s: float, cancel: threading.Event | None
) -> Iterator[_Watch]:
    """Kill the query from outside when it is told to or when time is up; then its session."""
    watch, number = _Watch(), session.number

    def guard() -> None:
        deadline = time.monotonic() + timeout_s + _GRACE_S / 2
        while not watch.done.wait(_TICK_S):
            watch.cancelled = cancel is not None and cancel.is_set()
            watch.late = time.monotonic() > deadline
            if watch.cancelled or watch.late:
                break
        else:
            return
        for only_its_query in ("TRUE", "FALSE"):
            with contextlib.suppress(ConnectorError), provisioner.session() as ours:
                ours.rows(f"CALL {CONTROL}.end_session({number:d}, {only_its_query})")
            if watch.done.wait(_GRACE_S):
                return

    thread = threading.Thread(target=guard, name=f"lab-watch-{number}", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.done.set()
        thread.join()


def _stands(session: Session, handle: str, login: str) -> bool:
    find = (
        f"SELECT 1 FROM {ENTITLEMENTS}.entitlement"  # noqa: S608 - bound
        " WHERE handle = %s AND login = %s AND expires_at > SYSDATE(6)"
    )
    return bool(session.rows(find, [handle, login]))


def _why_ended(provisioner: Provisioner, handle: str, login: str) -> ConnectorError:
    """Tell a revoke, which ends sessions, from a server that was stopped."""
    try:
        with provisioner.session() as session:
            stands = _stands(session, handle, login)
    except ConnectorError as error:
        return error
    if stands:
        return Transient("the platform ended the session")
    return QueryRefused("access-ended", "Access to this port has ended.")


def _stopped(watch: _Watch) -> QueryRefused:
    if watch.cancelled:
        return QueryRefused("query-cancelled", "The query was cancelled.")
    return QueryRefused("query-timeout", "The query took too long and was stopped.")


def _refusal(error: pymysql.MySQLError, watch: _Watch) -> ConnectorError:
    """Choose the code. The server has refused already."""
    code, words = code_of(error), words_of(error)
    if watch.cancelled or watch.late or code in TIMED_OUT:
        return _stopped(watch)
    if code in KILLED or isinstance(translate(error), Transient):
        return translate(error)
    if code == _SYNTAX and "near ';" in words:
        return QueryRefused("not-a-single-read-query", words)
    return QueryRefused(_REFUSALS.get(code, "query-failed"), words)
