"""One workspace through `databricks-sdk`: requests, statements, and acting as a consumer."""

import json
import logging
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from marketplace.connectors.base import (
    Column,
    Conflict,
    ConnectorError,
    NeedsHuman,
    Permanent,
    Transient,
)
from marketplace.connectors.databricks import cells
from marketplace.connectors.databricks.config import DatabricksConfig

if TYPE_CHECKING:
    from databricks.sdk.clock import Clock
    from databricks.sdk.core import ApiClient

STATEMENTS: Final = "/api/2.0/sql/statements"
PRINCIPALS: Final = "/api/2.0/preview/scim/v2/ServicePrincipals"
_TIMEOUT_S: Final = 60.0
_HTTP_S: Final = 60
_RETRY_S: Final = 20
_LONGEST_SLEEP_S: Final = 5.0
_TOKEN_S: Final = 3_000.0  # a token lives for an hour
_FIRST_PAUSE_S: Final = 0.02
_LONGEST_PAUSE_S: Final = 1.0
_RUNNING: Final = frozenset({"PENDING", "RUNNING"})
_MOST_INLINE: Final = 25 * 1024 * 1024
_CLASS: Final = re.compile(r"\[([A-Z][A-Z_.0-9]+)\]")
_STATE: Final = re.compile(r"SQLSTATE: (\w{5})")
FORBIDDEN: Final = frozenset(
    {"INSUFFICIENT_PERMISSIONS", "PERMISSION_DENIED", "UNAUTHORIZED_ACCESS"}
)
MISSING: Final = frozenset(
    {"TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "NO_SUCH_CATALOG_EXCEPTION"}
)


class Refusal(Exception):
    """A statement failed. `code` is the error class, `sqlstate` the platform's own."""

    def __init__(self, code: str, sqlstate: str, words: str) -> None:
        super().__init__(words)
        self.code, self.sqlstate, self.words = code, sqlstate, words


class NoSuchThing(Permanent):
    """What was asked for is not there, or we may not see it."""


class Throttled(Exception):
    """The workspace asks for a longer pause than a request waits."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class Patience:
    """The SDK's clock. A short pause is slept; a long one is the engine's, who works meanwhile."""

    def time(self) -> float:
        """Give the seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Sleep. Raises Throttled when that would hold the worker and its lease too long."""
        if seconds > _LONGEST_SLEEP_S:
            raise Throttled(seconds)
        time.sleep(seconds)


class TooLarge(Exception):
    """The result has more bytes than the caller takes."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a caller takes at most: rows (0: all), bytes of all cells as text, seconds to run."""

    rows: int = 0
    bytes: int = 16 * 1024 * 1024
    seconds: float = _TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer's service principal: SCIM's number, the application ID, what it is for."""

    id: str
    application: str
    name: str
    mark: str


class Client:
    """Speaks to one workspace. Holds tokens and nothing else; safe to share between threads."""

    def __init__(self, config: DatabricksConfig) -> None:
        self._config = config
        self._own: ApiClient | None = None
        self._kept: dict[str, tuple[float, ApiClient]] = {}
        self._lock = threading.Lock()

    # --- requests --------------------------------------------------------------------------------

    def do(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        *,
        consumer: Consumer | None = None,
    ) -> dict[str, Any]:
        """Send one request as ourselves or as a consumer.

        Raises NoSuchThing for what is missing, else Transient, NeedsHuman, Conflict, Permanent.
        """
        from databricks.sdk.errors.base import DatabricksError

        try:
            api = self._api() if consumer is None else self._api_of(consumer)
            said = api.do(
                method,
                path,
                query=None if query is None else dict(query),
                body=None if body is None else dict(body),
                headers={"Accept": "application/json", "Content-Type": "application/json"},
            )
        except Throttled as throttled:
            words = f"Databricks asks for a pause of {throttled}"
            raise Transient(words, throttled.seconds) from None
        except (DatabricksError, ValueError, TimeoutError, OSError) as error:
            raise _translated(error) from None
        return said if isinstance(said, dict) else {}

    def _api(self) -> "ApiClient":
        with self._lock:
            if self._own is None:
                self._own = self._login(self._config.client_id, self._config.client_secret)
            return self._own

    def _login(self, application: str, secret: str) -> "ApiClient":
        from databricks.sdk.core import ApiClient, Config

        # The SDK writes the bodies of answers at DEBUG, and a new secret is in one.
        logging.getLogger("databricks.sdk").setLevel(logging.INFO)
        return ApiClient(
            Config(
                host=self._config.host,
                client_id=application,
                client_secret=secret,
                auth_type="oauth-m2m",
                http_timeout_seconds=_HTTP_S,
                retry_timeout_seconds=_RETRY_S,
                disable_async_token_refresh=True,
                clock=cast("Clock", Patience()),
            )
        )

    def _api_of(self, consumer: Consumer) -> "ApiClient":
        """Sign in as a consumer by a secret that is made for it and taken away at once.

        The token that it gave lives for an hour, in our memory only.
        """
        now = time.monotonic()
        with self._lock:
            until, api = self._kept.get(consumer.application, (0.0, None))
            if api is not None and now < until:
                return api
        made = self.do("POST", secrets_of(consumer), {"lifetime": "600s"})
        try:
            api = self._login(consumer.application, str(made["secret"]))
            api._cfg.authenticate()  # noqa: SLF001 - fetches the token while the secret stands
        finally:
            self.do("DELETE", f"{secrets_of(consumer)}/{made['id']}")
        with self._lock:
            self._kept[consumer.application] = now + _TOKEN_S, api
        return api

    def moment(self) -> datetime:
        """Give the platform's clock."""
        ((micros,),) = self.rows("SELECT unix_micros(current_timestamp())")
        return datetime.fromtimestamp(int(micros) / 1_000_000, UTC)

    # --- principals ------------------------------------------------------------------------------

    def consumers(self, start: str) -> list[Consumer]:
        """List the service principals whose display name starts so, oldest first."""
        found: list[Consumer] = []
        while True:
            query = {"filter": f'displayName sw "{start}"', "startIndex": len(found) + 1}
            said = self.do("GET", PRINCIPALS, query=query | {"count": 100})
            page = said.get("Resources") or []
            found += [
                Consumer(
                    str(one["id"]),
                    str(one["applicationId"]),
                    str(one.get("displayName", "")),
                    str(one.get("externalId", "")),
                )
                for one in page
            ]
            if not page or len(found) >= int(said.get("totalResults", 0)):
                return sorted(found, key=lambda one: (len(one.id), one.id))

    def consumer(self, login: str) -> Consumer | None:
        """Find the service principal of a consumer."""
        return next((one for one in self.consumers(login) if one.name == login), None)

    # --- statements ------------------------------------------------------------------------------

    def rows(self, sql: str, **values: str) -> list[tuple[Any, ...]]:
        """Run a statement of ours; values are bound to `:name`. Raises Refusal, Transient."""
        return self.run(sql, values).rows

    def run(
        self,
        sql: str,
        values: Mapping[str, str] | None = None,
        *,
        consumer: tuple[Consumer, str] | None = None,
        bounds: Bounds | None = None,
        cancel: threading.Event | None = None,
    ) -> Result:
        """Run one statement, as ourselves or as (consumer, warehouse), and read its result."""
        bounds = bounds or Bounds()
        who, warehouse = consumer or (None, self._config.warehouse)
        body: dict[str, Any] = {
            "statement": sql,
            "warehouse_id": warehouse,
            "catalog": self._config.catalog,
            "format": "JSON_ARRAY",
            "disposition": "INLINE",
            "wait_timeout": "0s" if cancel is not None else "30s",
            "on_wait_timeout": "CONTINUE",
            "byte_limit": min(bounds.bytes, _MOST_INLINE),
        }
        if bounds.rows:
            body["row_limit"] = bounds.rows + 1
        if values:
            body["parameters"] = [
                {"name": name, "value": value, "type": "STRING"} for name, value in values.items()
            ]
        said = self.do("POST", STATEMENTS, body, consumer=who)
        said = self._awaited(said, who, bounds, cancel)
        return self._read(said, who, bounds)

    def _awaited(
        self,
        said: dict[str, Any],
        who: Consumer | None,
        bounds: Bounds,
        cancel: threading.Event | None,
    ) -> dict[str, Any]:
        """Ask until the statement has ended; stop it when it is told to or when time is up."""
        ends, pause = time.monotonic() + bounds.seconds, _FIRST_PAUSE_S
        where = f"{STATEMENTS}/{said['statement_id']}"
        while said["status"]["state"] in _RUNNING:
            late = time.monotonic() > ends
            if late or (cancel is not None and cancel.is_set()):
                self.do("POST", f"{where}/cancel", consumer=who)
                raise Refusal("TIMED_OUT" if late else "CANCELED", "57014", "stopped")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
            try:
                said = self.do("GET", where, consumer=who)
            except NoSuchThing as gone:
                raise Refusal("CLOSED", "", "the workspace forgot the statement") from gone
        if said["status"]["state"] != "SUCCEEDED":
            raise _refusal(said["status"])
        return said

    def _read(self, said: dict[str, Any], who: Consumer | None, bounds: Bounds) -> Result:
        about = said.get("manifest") or {}
        described = (about.get("schema") or {}).get("columns") or []
        kinds = [str(one.get("type_name", "STRING")).upper() for one in described]
        columns = tuple(
            Column(str(one["name"]), kind.lower())
            for one, kind in zip(described, kinds, strict=True)
        )
        part = said.get("result") or {}
        raw: list[list[str | None]] = list(part.get("data_array") or [])
        size = _size(raw)
        while (following := part.get("next_chunk_index")) is not None and size <= bounds.bytes:
            where = f"{STATEMENTS}/{said['statement_id']}/result/chunks/{following}"
            part = self.do("GET", where, consumer=who)
            more = list(part.get("data_array") or [])
            size += _size(more)
            raw += more
        truncated = bool(bounds.rows) and len(raw) > bounds.rows
        if size > bounds.bytes or (about.get("truncated") and not truncated):
            raise TooLarge
        rows = [
            tuple(cells.read(cell, kind) for cell, kind in zip(row, kinds, strict=True))
            for row in (raw[: bounds.rows] if truncated else raw)
        ]
        return Result(columns, rows, truncated)


def secrets_of(consumer: Consumer) -> str:
    """Where the OAuth secrets of a service principal are."""
    return f"/api/2.0/accounts/servicePrincipals/{consumer.id}/credentials/secrets"


def translate(refusal: Refusal) -> ConnectorError:
    """Turn a failed statement into one of our errors."""
    if refusal.code in FORBIDDEN:
        return NeedsHuman(refusal.words)
    if refusal.code in MISSING:
        return Conflict(refusal.words)
    if refusal.code in {"TIMED_OUT", "CANCELED", "CLOSED"} or "CONCURRENT" in refusal.code:
        return Transient(refusal.words, 1.0)
    return Permanent(refusal.words)


def _refusal(status: Mapping[str, Any]) -> Refusal:
    told = status.get("error") or {}
    words = str(told.get("message") or status["state"])
    found, state = _CLASS.search(words), _STATE.search(words)
    code = found.group(1).partition(".")[0] if found else str(told.get("error_code", ""))
    return Refusal(code or str(status["state"]), state.group(1) if state else "", words)


def _translated(error: Exception) -> Exception:
    """Turn the SDK's error into ours; its words hold no secret."""
    from databricks.sdk import errors
    from databricks.sdk.errors.base import DatabricksError

    if isinstance(error, TimeoutError) and isinstance(error.__cause__, DatabricksError):
        error = error.__cause__  # the SDK has tried it for as long as it may
    words = str(error).partition(" Config: ")[0]
    if isinstance(error, errors.NotFound):
        return NoSuchThing(words)
    if isinstance(error, errors.PermissionDenied | errors.Unauthenticated):
        return NeedsHuman(words)
    if isinstance(error, errors.ResourceConflict):
        return Conflict(words)
    if isinstance(error, errors.TooManyRequests | errors.TemporarilyUnavailable):
        return Transient(words, 1.0)
    if isinstance(error, errors.InternalError | errors.DeadlineExceeded):
        return Transient(words, 1.0)
    if isinstance(error, DatabricksError):
        return Permanent(words)
    if "invalid_client" in words:
        return NeedsHuman("the workspace refuses the client ID or its secret")
    return Transient(f"Databricks does not answer: {type(error).__name__}", 1.0)


def _size(rows: list[list[str | None]]) -> int:
    return sum(len(str(cell).encode()) for row in rows for cell in row if cell is not None)


def as_body(text: str) -> dict[str, Any]:
    """Read the body that stands in a step's text."""
    found = json.loads(text)
    return found if isinstance(found, dict) else {}
