"""One query in a work group: started, awaited, its rows read as Python's values."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from marketplace.connectors.aws.calls import REFUSALS, Aws
from marketplace.connectors.base import Column, Limits, QueryRefused

DENIED: Final = "PERMISSION_DENIED"
HIDDEN: Final = frozenset(
    {DENIED, "COLUMN_NOT_FOUND", "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "ACCESS_DENIED"}
)
"""What Athena says of something that is there, to somebody whom Lake Formation does not let."""
_UNFIT: Final = frozenset({"InvalidRequestException"})
_ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_WORD: Final = re.compile(r"([A-Z][A-Z_]{4,}):")
_INSUFFICIENT: Final = re.compile(r"insufficient (permissions|lake formation)", re.IGNORECASE)
_PAGE: Final = 1000
_FIRST_S, _LONGEST_S = 0.05, 1.0
_MOST_COLUMNS: Final = 500


class Failed(Exception):
    """A query ended without a result; `code` is the leading word of what Athena says."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass(frozen=True, slots=True)
class Result:
    """What came back, and at what time of AWS's clock it was known."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool


def run(
    aws: Aws,
    group: str,
    database: str,
    sql: str,
    limits: Limits,
    *,
    cancel: threading.Event | None = None,
) -> Result:
    """Run one query. Raises Failed, or QueryRefused when it is too large, too long or cancelled."""
    asked = {
        "QueryString": sql,
        "WorkGroup": group,
        "QueryExecutionContext": {"Database": database, "Catalog": "AwsDataCatalog"},
    }
    begun = aws.ask("athena", "start_query_execution", asked, expected=REFUSALS | _UNFIT)
    if not begun:
        raise Failed(DENIED if begun.code in REFUSALS else "SYNTAX_ERROR", begun.words)
    number = begun.value["QueryExecutionId"]
    _await(aws, number, limits.timeout_ms / 1000, cancel)
    return _read(aws, number, limits)


def _await(aws: Aws, number: str, most_s: float, cancel: threading.Event | None) -> None:
    deadline, pause = time.monotonic() + most_s, _FIRST_S
    asked = {"QueryExecutionId": number}
    while True:
        answer = aws.ask("athena", "get_query_execution", asked, expected=REFUSALS)
        if not answer:
            raise Failed(DENIED, answer.words)
        status = answer.value["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] in _ENDED:
            raise _failure(status)
        stopped = cancel is not None and cancel.is_set()
        if stopped or time.monotonic() > deadline:
            aws.ask("athena", "stop_query_execution", asked, expected=REFUSALS | _UNFIT)
            if stopped:
                raise QueryRefused("query-cancelled", "The query was cancelled.")
            raise QueryRefused("query-timeout", "The query took too long and was stopped.")
        (cancel or threading.Event()).wait(pause)
        pause = min(pause * 2, _LONGEST_S)


def _failure(status: dict[str, Any]) -> Failed:
    words = str(
        status.get("StateChangeReason") or (status.get("AthenaError") or {}).get("ErrorMessage", "")
    )
    if _INSUFFICIENT.search(words):
        return Failed(DENIED, words)
    found = _WORD.match(words)
    return Failed(found[1] if found else status["State"], words)


def _read(aws: Aws, number: str, limits: Limits) -> Result:
    """Read rows until a limit; the first row of a query's result names its columns."""
    columns: tuple[Column, ...] = ()
    rows: list[tuple[Any, ...]] = []
    size, more = 0, dict[str, Any]()
    while True:
        asked = {"QueryExecutionId": number, "MaxResults": _PAGE, **more}
        answer = aws.ask("athena", "get_query_results", asked, expected=REFUSALS)
        if not answer:
            raise Failed(DENIED, answer.words)
        found = answer.value["ResultSet"]
        listed = found["Rows"]
        if not more:
            told = found["ResultSetMetadata"]["ColumnInfo"]
            columns = tuple(Column(one["Name"], one["Type"]) for one in told)
            if len(columns) > _MOST_COLUMNS:
                words = f"A result may have {_MOST_COLUMNS} columns at most."
                raise QueryRefused("result-too-large", words)
            listed = listed[1:]
        for one in listed:
            cells = [cell.get("VarCharValue") for cell in one.get("Data") or []]
            size += sum(len(cell.encode()) for cell in cells if cell is not None)
            if size > limits.bytes:
                words = f"The result has more than {limits.bytes:,} bytes: choose less of it."
                raise QueryRefused("result-too-large", words)
            rows.append(
                tuple(_cell(text, of.type) for text, of in zip(cells, columns, strict=True))
            )
        if len(rows) > limits.rows or not answer.value.get("NextToken"):
            return Result(columns, rows[: limits.rows], len(rows) > limits.rows)
        more = {"NextToken": answer.value["NextToken"]}


def _moment(text: str) -> datetime:
    """Read a moment; Athena's are of UTC unless they name their zone, which stays text then."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("double", "float", "real"), float),
    "decimal": Decimal,
    "boolean": lambda text: text == "true",
    "date": date.fromisoformat,
    "timestamp": _moment,
}


def _cell(text: str | None, kind: str) -> Any:
    """Read one cell; what has no type of its own in Python (array, map, row) stays text."""
    if text is None:
        return None
    return _READERS.get(kind, str)(text)
