"""A consumer's own query: as the consumer's service principal, on its warehouse, bounded.

The boundary is the rights of that principal, which may read published views and nothing else. On
top of it: the API runs one statement per request; a text that starts like a query; limits of rows,
bytes and time. Double quotes name columns and tables, as in the SQL standard, and the published
relation may be written by the name that its port has.
"""

import re
import threading
import time
from typing import Final

from marketplace.connectors.base import ConnectorError, Grant, Limits, QueryRefused, Rows
from marketplace.connectors.databricks import statements
from marketplace.connectors.databricks.client import (
    FORBIDDEN,
    MISSING,
    Bounds,
    Client,
    Consumer,
    Refusal,
    Result,
    TooLarge,
    translate,
)
from marketplace.connectors.databricks.config import DatabricksConfig
from marketplace.connectors.databricks.probing import consumer_of, entitled

_LONGEST_SQL: Final = 100_000
_MOST_COLUMNS: Final = 500
_NO_ACCESS: Final = "There is no access to this port at the moment."
_START: Final = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\()*", re.DOTALL)
_READING: Final = re.compile(r"(?:select|with|values|table)\b", re.IGNORECASE)
_SYNTAX: Final = frozenset({"PARSE_SYNTAX_ERROR", "UNRESOLVED_COLUMN", "UNRESOLVED_ROUTINE"})
_SKIPPED: Final = r"""--[^\n]*|/\*.*?\*/|[rR]?'(?:[^'\\]|\\.)*'"""
_QUOTED: Final = re.compile(
    rf"""(?P<skipped>{_SKIPPED})
      | (?P<chain>(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|[^\W\d]\w*)
          (?:\s*\.\s*(?:"(?:[^"]|"")+"|`(?:[^`]|``)+`|[^\W\d]\w*))*)""",
    re.DOTALL | re.VERBOSE,
)
_ONE: Final = re.compile(r"""\s*\.?\s*("(?:[^"]|"")+"|`(?:[^`]|``)+`|[^\W\d]\w*)""")


def query(
    client: Client,
    config: DatabricksConfig,
    grant: Grant,
    sql: str,
    limits: Limits,
    *,
    cancel: threading.Event | None = None,
) -> Rows:
    """Run one read query as the consumer of this grant. Raises QueryRefused, or ConnectorError."""
    _check(sql)
    started = time.monotonic()
    consumer = consumer_of(client, config, grant)
    if consumer is None:
        raise QueryRefused("access-ended", _NO_ACCESS)
    who = consumer, config.warehouse_of(grant.principal)
    _require_access(client, config, grant, who)
    try:
        result = _read(client, who, _translated(config, grant, sql), (limits, cancel))
    except Refusal as refusal:
        if cancel is not None and cancel.is_set():
            raise QueryRefused("query-cancelled", "The query was cancelled.") from refusal
        if refusal.code in FORBIDDEN | MISSING:
            _require_access(client, config, grant, who)
        raise _refused(refusal) from refusal
    if len(result.columns) > _MOST_COLUMNS:
        raise QueryRefused(
            "result-too-large", f"A result may have {_MOST_COLUMNS} columns at most."
        )
    # An access that ends in between shows as fewer rows, which must not pass for an answer.
    _require_access(client, config, grant, who)
    elapsed = (time.monotonic() - started) * 1000
    return Rows(result.columns, result.rows, result.truncated, elapsed)


def _check(sql: str) -> None:
    """Refuse what needs no workspace to refuse. Not the boundary: the rights are."""
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


def _translated(config: DatabricksConfig, grant: Grant, sql: str) -> str:
    """Quote names as Databricks does, and name the published view by its place there."""
    relation = (grant.variant.relation_schema, grant.variant.relation_name)
    view = statements.view(config, grant.variant)

    def written(found: re.Match[str]) -> str:
        if found["skipped"]:
            return found["skipped"]
        names = [_plain(one) for one in _ONE.findall(found["chain"])]
        if tuple(names[:2]) == relation:
            rest = "".join(f".`{one}`" for one in names[2:])
            return view + rest
        if '"' not in found["chain"]:
            return found["chain"]
        return ".".join("`" + one.replace("`", "``") + "`" for one in names)

    return _QUOTED.sub(written, sql)


def _plain(quoted: str) -> str:
    if quoted[0] in '"`':
        return quoted[1:-1].replace(quoted[0] * 2, quoted[0])
    return quoted


def _require_access(
    client: Client, config: DatabricksConfig, grant: Grant, who: tuple[Consumer, str]
) -> None:
    """Ask as the consumer whether it may read now."""
    try:
        ((may,),) = client.run(entitled(config, grant), consumer=who).rows
    except Refusal as refusal:
        if refusal.code in FORBIDDEN | MISSING:
            raise QueryRefused("access-ended", _NO_ACCESS) from refusal
        raise translate(refusal) from refusal
    if not may:
        raise QueryRefused("access-ended", _NO_ACCESS)


def _read(
    client: Client,
    who: tuple[Consumer, str],
    sql: str,
    wanted: tuple[Limits, threading.Event | None],
) -> Result:
    limits, cancel = wanted
    bounds = Bounds(limits.rows, limits.bytes, limits.timeout_ms / 1000)
    stop = cancel or threading.Event()  # started without waiting, so that our own clock counts
    try:
        return client.run(sql, consumer=who, bounds=bounds, cancel=stop)
    except TooLarge:
        raise QueryRefused(
            "result-too-large",
            f"The result has more than {limits.bytes:,} bytes. Choose fewer or shorter columns.",
        ) from None


def _refused(refusal: Refusal) -> ConnectorError:
    """Choose the code. The workspace has refused already."""
    if refusal.code in {"TIMED_OUT", "CANCELED"}:
        return QueryRefused("query-timeout", "The query took too long and was stopped.")
    if refusal.code in FORBIDDEN:
        return QueryRefused("permission-denied", refusal.words)
    if refusal.code in MISSING | _SYNTAX or refusal.sqlstate.startswith("42"):
        return QueryRefused("syntax-error", refusal.words)
    error = translate(refusal)
    return error if not error.permanent else QueryRefused("query-failed", refusal.words)
