"""The SQL API (`/api/v2/statements`): one statement a request, awaited, its result read in bounds.

https://docs.snowflake.com/en/developer-guide/sql-api/reference. A request that was not answered is
sent again under the same id, which the account knows and does not run twice.
"""

import json
import threading
import time
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from marketplace.connectors.base import Column, NeedsHuman, Permanent, Transient
from marketplace.connectors.snowflake import cells
from marketplace.connectors.snowflake.config import Caller, SnowflakeConfig
from marketplace.connectors.snowflake.failures import CANCELLED, RETRY_S, Refusal
from marketplace.connectors.snowflake.tokens import Tokens
from marketplace.http import Allowed, Answer, HttpError, fetch

KEYPAIR: Final = "KEYPAIR_JWT"
_AGENT: Final = "Emporion"
_STATEMENTS: Final = "/api/v2/statements"
_LARGEST: Final = 24 * 1024 * 1024
_TIMEOUT_S: Final = 60
_ANSWER_S: Final = 55.0  # the account answers 202 after 45 seconds
_FIRST_PAUSE_S: Final = 0.02
_LONGEST_PAUSE_S: Final = 1.0
_HTTP_OK: Final = 200
_HTTP_RUNNING: Final = 202
_HTTP_AWAY: Final = frozenset({429, 500, 502, 503, 504})
_HTTP_SAID: Final = frozenset({400, 401, 403, 408, 422})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a caller takes at most: rows (0: all), bytes of all cells as text, seconds to run."""

    rows: int = 0
    bytes: int = 16 * 1024 * 1024
    seconds: float = _TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave, and when it was taken up by the account's clock."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool
    at: datetime

    def dicts(self) -> list[dict[str, Any]]:
        """The rows by lower-case name of column: SHOW may get more columns at any time."""
        names = [one.name.lower() for one in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


class TooLarge(Exception):
    """The result has more bytes than the caller takes; it was not read."""


class Client:
    """Speaks to one account. Holds tokens and nothing else; safe to share between threads."""

    def __init__(self, config: SnowflakeConfig) -> None:
        self._config = config
        self._tokens = Tokens(config)
        host = urlsplit(config.base_url)
        # An operator wrote this address; through a private link it is a private one.
        self._allowed = Allowed.of(
            f"{host.hostname}:{host.port}" if host.port else f"{host.hostname}"
        )

    def rows(self, sql: str, *values: str, caller: Caller | None = None) -> list[tuple[Any, ...]]:
        """Run a statement of ours; values are bound as text. Raises Refusal, Transient."""
        return self.run(sql, values, caller=caller).rows

    def dicts(self, sql: str) -> list[dict[str, Any]]:
        """Run a SHOW of ours and give its rows by name of column."""
        return self.run(sql).dicts()

    def run(
        self,
        sql: str,
        values: Sequence[str | None] = (),
        *,
        caller: Caller | None = None,
        bounds: Bounds | None = None,
        cancel: threading.Event | None = None,
    ) -> Result:
        """Run one statement and read its result. Raises Refusal, TooLarge, Transient.

        With `cancel` it is started without waiting, so that it can be stopped.
        """
        caller, bounds = caller or self._config.provisioner, bounds or Bounds()
        ends = time.monotonic() + bounds.seconds + 1.0
        query = {"requestId": str(uuid.uuid4()), "nullable": "true"}
        if cancel is not None:
            query["async"] = "true"
        body = self._body(sql, values, caller, bounds)
        said = self._ask("POST", caller, f"{_STATEMENTS}?{urlencode(query)}", body)
        said = self._awaited(said, caller, ends, cancel)
        return self._read(said, caller, bounds)

    def _body(
        self, sql: str, values: Sequence[str | None], caller: Caller, bounds: Bounds
    ) -> dict[str, Any]:
        parameters = {"query_tag": "emporion", "timezone": "UTC"}
        if bounds.rows:
            parameters["rows_per_resultset"] = str(bounds.rows + 1)
        body: dict[str, Any] = {
            "statement": sql,
            "timeout": max(1, round(bounds.seconds)),
            "database": self._config.database,
            "role": caller.role,
            "parameters": parameters,
        }
        if caller.warehouse:
            body["warehouse"] = caller.warehouse
        if values:
            body["bindings"] = {
                str(place): {"type": "TEXT", "value": value}
                for place, value in enumerate(values, start=1)
            }
        return body

    def _awaited(
        self,
        said: dict[str, Any],
        caller: Caller,
        ends: float,
        cancel: threading.Event | None,
    ) -> dict[str, Any]:
        """Ask until the statement has ended; stop it when it is told to or when time is up."""
        pause = _FIRST_PAUSE_S
        where = f"{_STATEMENTS}/{said.get('statementHandle', 'missing')}"
        while "resultSetMetaData" not in said:
            late = time.monotonic() > ends
            if late or (cancel is not None and cancel.is_set()):
                self._ask("POST", caller, f"{where}/cancel", None)
                raise Refusal(408, CANCELLED, "57014", "too late" if late else "cancelled")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
            said = self._ask("GET", caller, where, None)
        return said

    def _read(self, said: dict[str, Any], caller: Caller, bounds: Bounds) -> Result:
        about = said["resultSetMetaData"]
        kinds = [(one["type"].lower(), int(one.get("scale") or 0)) for one in about["rowType"]]
        columns = tuple(Column(one["name"], one["type"].lower()) for one in about["rowType"])
        parts = about.get("partitionInfo") or [{}]
        raw: list[list[str | None]] = list(said["data"])
        size = _size(raw)
        for number in range(1, len(parts)):
            if size > bounds.bytes or (bounds.rows and len(raw) > bounds.rows):
                break
            where = f"{_STATEMENTS}/{said['statementHandle']}?partition={number}"
            more = self._ask("GET", caller, where, None)["data"]
            size += _size(more)
            raw += more
        if size > bounds.bytes:
            raise TooLarge
        truncated = bool(bounds.rows) and len(raw) > bounds.rows
        rows = [
            tuple(cells.read(cell, *kind) for cell, kind in zip(row, kinds, strict=True))
            for row in (raw[: bounds.rows] if truncated else raw)
        ]
        at = datetime.fromtimestamp(int(said["createdOn"]) / 1000, UTC)
        return Result(columns, rows, truncated, at)

    def _ask(
        self, method: str, caller: Caller, where: str, body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Send one request; one that was not answered is sent once more."""
        try:
            answer = self._send(method, caller, where, body)
        except HttpError as error:
            if error.permanent:
                raise NeedsHuman(f"{self._config.base_url}: {error}") from None
            again = f"{where}&retry=true" if "requestId=" in where else where
            try:
                answer = self._send(method, caller, again, body)
            except HttpError as second:
                raise Transient(f"Snowflake does not answer: {second}", RETRY_S) from None
        return _judged(answer)

    def _send(
        self, method: str, caller: Caller, where: str, body: Mapping[str, Any] | None
    ) -> Answer:
        headers = {
            "Authorization": f"Bearer {self._tokens.of(caller.user)}",
            "X-Snowflake-Authorization-Token-Type": KEYPAIR,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": _AGENT,
        }
        return fetch(
            method,
            f"{self._config.base_url}{where}",
            headers=headers,
            body=None if body is None else json.dumps(body).encode(),
            allowed=self._allowed,
            largest=_LARGEST,
            total_s=_ANSWER_S,
        )


def _judged(answer: Answer) -> dict[str, Any]:
    """Take an answer apart, or raise what it says."""
    if answer.truncated:
        raise TooLarge
    said = _said(answer)
    if answer.status in {_HTTP_OK, _HTTP_RUNNING}:
        return said
    words = str(said.get("message") or f"HTTP {answer.status}")
    if answer.status in _HTTP_AWAY:
        after = answer.headers.get("retry-after", "")
        raise Transient(words, float(after) if after.isdecimal() else RETRY_S)
    if answer.status in _HTTP_SAID:
        code, sqlstate = str(said.get("code", "")), str(said.get("sqlState", ""))
        raise Refusal(answer.status, code, sqlstate, words)
    raise Permanent(words)


def _said(answer: Answer) -> dict[str, Any]:
    """Read a JSON object, unpacked if need be and never to more than we take."""
    body = answer.body
    try:
        if answer.headers.get("content-encoding") == "gzip":
            unpacking = zlib.decompressobj(wbits=31)
            body = unpacking.decompress(body, _LARGEST)
            if unpacking.unconsumed_tail:
                raise TooLarge
        said = json.loads(body) if body else {}
    except (ValueError, zlib.error):
        if answer.status == _HTTP_OK:
            raise Transient("the answer was cut off", RETRY_S) from None
        return {}
    return said if isinstance(said, dict) else {}


def _size(rows: list[list[str | None]]) -> int:
    return sum(len(cell.encode()) for row in rows for cell in row if cell is not None)
