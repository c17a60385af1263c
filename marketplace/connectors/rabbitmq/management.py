"""The management HTTP API: plain requests, errors in our words."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

from marketplace.connectors.base import Conflict, NeedsHuman, Permanent, Transient
from marketplace.connectors.brokers import rest
from marketplace.connectors.rabbitmq.config import RabbitmqConfig

_HTTP_GONE: Final = 404
_HTTP_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_HTTP_FORBIDDEN: Final = frozenset({401, 403})
_OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `value` is None for 404 and for an empty body."""

    status: int
    value: Any
    at: datetime


def path(*parts: str) -> str:
    """Join names to a path; each is quoted whole, also a `/` in it."""
    return "/".join(quote(part, safe="") for part in parts)


def ask(config: RabbitmqConfig, method: str, where: str, body: object = None) -> Answer:
    """Ask the API. Raises Transient, NeedsHuman, Permanent; 404 is an answer."""
    server = rest.Server(
        "RabbitMQ", config.api_host or config.host, config.api_port, tls=config.tls
    )
    text = None if body is None else json.dumps(body)
    login = (config.user, config.password)
    answer = rest.exchange(server, method, f"/api/{where}", login, text)
    try:
        moment = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (TypeError, ValueError) as error:
        raise Transient(f"RabbitMQ does not answer: {type(error).__name__}", 1.0) from None
    after = answer.headers.get("retry-after", "")
    return _judged(f"{method} {where}", answer.status, answer.content, moment, after)


def _judged(what: str, status: int, content: bytes, moment: datetime, after: str) -> Answer:
    words = f"{what}: {status}"
    if status in _OK or status == _HTTP_GONE:
        found = json.loads(content) if content and status in _OK else None
        return Answer(status, found, moment)
    if status in _HTTP_BUSY:
        raise Transient(words, float(after) if after.isdecimal() else 1.0)
    if status in _HTTP_FORBIDDEN:
        raise NeedsHuman(words)
    if b"already_exists" in content:
        raise Conflict(f"{words}: another worker made it at the same moment")
    raise Permanent(words)


def get(config: RabbitmqConfig, *parts: str) -> Any:
    """Read one thing; None when it is not there."""
    return ask(config, "GET", path(*parts)).value


def close_connections(config: RabbitmqConfig, logins: set[str]) -> int:
    """Close every open connection of these users; returns how many."""
    closed = 0
    for one in get(config, "connections") or []:
        if one.get("user") in logins:
            ask(config, "DELETE", path("connections", one["name"]))
            closed += 1
    return closed
