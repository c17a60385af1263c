"""A consumer's own query: as the consumer's user and role, on its warehouse, bounded.

The boundary is the rights of the consumer's role, which may read published views and nothing else.
On top of it: the account runs one statement per request; a text that starts like a query; a limit
of rows and a time limit that the account keeps; a result is refused by its size before all is read.
"""

import re
import threading
import time
from typing import Any, Final

from marketplace.connectors.base import ConnectorError, Grant, Limits, QueryRefused, Rows
from marketplace.connectors.snowflake.client import Bounds, Client, Result, TooLarge
from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.failures import (
    FORBIDDEN,
    ROLE_REFUSED,
    SEVERAL,
    TIMED_OUT,
    TOKEN_REFUSED,
    UNSEEN,
    Refusal,
    translate,
)
from marketplace.connectors.snowflake.probing import as_consumer, entitled

_LONGEST_SQL: Final = 100_000
_MOST_COLUMNS: Final = 500
_NO_ACCESS: Final = "There is no access to this port at the moment."
_START: Final = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|//[^\n]*(?:\n|\Z)|/\*.*?\*/|\()*", re.DOTALL)
_READING: Final = re.compile(r"(?:select|with|values)\b", re.IGNORECASE)
_SYNTAX: Final = frozenset({"42000", "42601", "42S22", "22000", "22018"})


def query(
    client: Client,
    config: SnowflakeConfig,
    grant: Grant,
    sql: str,
    limits: Limits,
    *,
    cancel: threading.Event | None = None,
) -> Rows:
    """Run one read query as the consumer of this grant. Raises QueryRefused, or ConnectorError."""
    _check(sql)
    started = time.monotonic()
    _require_access(client, config, grant)
    result = _read(client, config, grant, sql, (limits, cancel))
    if len(result.columns) > _MOST_COLUMNS:
        raise QueryRefused(
            "result-too-large", f"A result may have {_MOST_COLUMNS} columns at most."
        )
    # An access that ends in between shows as fewer rows, which must not pass for an answer.
    _require_access(client, config, grant)
    elapsed = (time.monotonic() - started) * 1000
    return Rows(result.columns, result.rows, result.truncated, elapsed)


def _check(sql: str) -> None:
    """Refuse what needs no account to refuse. Not the boundary: the rights are."""
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


def _require_access(client: Client, config: SnowflakeConfig, grant: Grant) -> None:
    """Ask as the consumer whether it may read now."""
    try:
        ((may,),) = as_consumer(client, config, grant, entitled(config, grant)).rows
    except Refusal as refusal:
        if refusal.code in UNSEEN | FORBIDDEN | ROLE_REFUSED | TOKEN_REFUSED:
            raise QueryRefused("access-ended", _NO_ACCESS) from refusal
        raise translate(refusal) from refusal
    if not may:
        raise QueryRefused("access-ended", _NO_ACCESS)


def _read(
    client: Client,
    config: SnowflakeConfig,
    grant: Grant,
    sql: str,
    wanted: tuple[Limits, threading.Event | None],
) -> Result:
    limits, cancel = wanted
    bounds = Bounds(limits.rows, limits.bytes, limits.timeout_ms / 1000)
    stop = cancel or threading.Event()  # started without waiting, so that our own clock counts
    wishes: dict[str, Any] = {"bounds": bounds, "cancel": stop}
    try:
        result: Result = as_consumer(client, config, grant, sql, **wishes)
    except TooLarge:
        raise QueryRefused(
            "result-too-large",
            f"The result has more than {limits.bytes:,} bytes. Choose fewer or shorter columns.",
        ) from None
    except Refusal as refusal:
        if cancel is not None and cancel.is_set():
            raise QueryRefused("query-cancelled", "The query was cancelled.") from refusal
        raise _refused(client, config, grant, refusal) from refusal
    return result


def _refused(
    client: Client, config: SnowflakeConfig, grant: Grant, refusal: Refusal
) -> ConnectorError:
    """Choose the code. The account has refused already."""
    if refusal.code == SEVERAL:
        return QueryRefused("not-a-single-read-query", refusal.words)
    if refusal.code in TIMED_OUT:
        return QueryRefused("query-timeout", "The query took too long and was stopped.")
    if refusal.code in UNSEEN | FORBIDDEN:
        if not _may_still(client, config, grant):
            return QueryRefused("access-ended", "Access to this port has ended.")
        return QueryRefused("permission-denied", refusal.words)
    if refusal.sqlstate in _SYNTAX:
        return QueryRefused("syntax-error", refusal.words)
    error = translate(refusal)
    return error if not error.permanent else QueryRefused("query-failed", refusal.words)


def _may_still(client: Client, config: SnowflakeConfig, grant: Grant) -> bool:
    try:
        _require_access(client, config, grant)
    except QueryRefused:
        return False
    return True
