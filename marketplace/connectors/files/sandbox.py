# ruff: noqa: S608 - names are checked and quoted by us
"""A consumer's query on an extract: nothing else can be reached, and it is bounded.

DuckDB runs inside our process, so what cannot be taken back is taken first: the extract is
attached read-only, then files, network, attaching and settings are locked for good.
"""

import threading
import time
from pathlib import Path
from typing import Any, Final

import duckdb

from marketplace.connectors.base import Column, Limits, QueryRefused, Rows, Transient
from marketplace.connectors.files.config import FilesConfig
from marketplace.connectors.files.datasets import literal, name

_LONGEST_SQL: Final = 100_000
_MOST_COLUMNS: Final = 500
_BATCH: Final = 50
_TICK_S: Final = 0.02
_REFUSALS: Final[tuple[tuple[type[duckdb.Error], str], ...]] = (
    (duckdb.PermissionException, "permission-denied"),
    (duckdb.OutOfMemoryException, "result-too-large"),
    (duckdb.ParserException, "syntax-error"),
    (duckdb.BinderException, "syntax-error"),
    (duckdb.CatalogException, "syntax-error"),
)


def query(
    config: FilesConfig,
    extract: Path,
    relation: tuple[str, str],
    sql: str,
    limits: Limits,
    *,
    cancel: threading.Event | None = None,
) -> Rows:
    """Run one read query on an extract under its published name.

    Raises QueryRefused, or Transient when the extract was replaced meanwhile.
    """
    started = time.monotonic()
    if len(sql) > _LONGEST_SQL:
        raise QueryRefused("syntax-error", f"A query may have {_LONGEST_SQL} characters at most.")
    session = _locked(config, extract, relation)
    stopped: list[str] = []
    done = threading.Event()

    def guard() -> None:
        deadline = time.monotonic() + limits.timeout_ms / 1000
        while not done.wait(_TICK_S):
            if cancel is not None and cancel.is_set():
                stopped.append("query-cancelled")
            elif time.monotonic() > deadline:
                stopped.append("query-timeout")
            if stopped:
                session.interrupt()  # again and again: it may just be between two steps

    watch = threading.Thread(target=guard, name="files-watch", daemon=True)
    watch.start()
    try:
        columns, rows, truncated = _read(session, sql, limits)
    except duckdb.Error as error:
        raise _refusal(error, stopped) from error
    finally:
        done.set()
        watch.join()
        session.close()
    elapsed = (time.monotonic() - started) * 1000
    return Rows(columns=columns, rows=rows, truncated=truncated, elapsed_ms=elapsed)


def _locked(config: FilesConfig, extract: Path, relation: tuple[str, str]) -> Any:
    limits: dict[str, Any] = {"memory_limit": f"{config.memory_mb}MB", "threads": config.threads}
    session = duckdb.connect(":memory:", config=limits)
    schema, table = (name(one) for one in relation)
    try:
        session.execute(f"ATTACH {literal(str(extract))} AS extract (READ_ONLY)")
    except duckdb.IOException:
        session.close()
        raise Transient("the files have just changed", 0.1) from None
    for statement in (
        "SET TimeZone = 'UTC'",
        f"CREATE SCHEMA IF NOT EXISTS {schema}",
        f"CREATE VIEW {schema}.{table} AS SELECT * FROM extract.main.rows",
        "SET max_temp_directory_size = '0B'",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        session.execute(statement)
    return session


def _read(
    session: Any, sql: str, limits: Limits
) -> tuple[tuple[Column, ...], list[tuple[Any, ...]], bool]:
    statements = session.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryRefused("not-a-single-read-query", "Write one query that only reads.")
    result = session.execute(statements[0])
    described = result.description or []
    if len(described) > _MOST_COLUMNS:
        raise QueryRefused(
            "result-too-large", f"A result may have {_MOST_COLUMNS} columns at most."
        )
    columns = tuple(Column(one[0], str(one[1]).lower()) for one in described)
    rows: list[tuple[Any, ...]] = []
    size = 0
    while len(rows) <= limits.rows:
        batch = result.fetchmany(min(_BATCH, limits.rows + 1 - len(rows)))
        if not batch:
            return columns, rows, False
        for row in batch:
            size += sum(len(str(cell).encode()) for cell in row if cell is not None)
            if size > limits.bytes:
                raise QueryRefused(
                    "result-too-large",
                    f"The result has more than {limits.bytes:,} bytes. Choose fewer or shorter"
                    " columns.",
                )
            rows.append(row)
    return columns, rows[: limits.rows], True


def _refusal(error: duckdb.Error, stopped: list[str]) -> QueryRefused:
    if stopped:
        words = {
            "query-cancelled": "The query was cancelled.",
            "query-timeout": "The query took too long and was stopped.",
        }
        return QueryRefused(stopped[0], words[stopped[0]])
    code = next((code for kind, code in _REFUSALS if isinstance(error, kind)), "query-failed")
    return QueryRefused(code, str(error).splitlines()[0])
