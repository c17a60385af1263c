"""Proof, and reading, as the consumer: its own login, what is promised and what is not."""

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, Literal
from urllib.parse import quote

import amqp
from amqp.exceptions import AMQPError

from marketplace.connectors.base import (
    ConnInfo,
    Grant,
    Limits,
    NeedsHuman,
    Probe,
    ProbeDetail,
    QueryRefused,
    Rows,
    Transient,
)
from marketplace.connectors.brokers import messages
from marketplace.connectors.identifiers import role_name
from marketplace.connectors.rabbitmq import reading
from marketplace.connectors.rabbitmq.applying import server_time
from marketplace.connectors.rabbitmq.config import (
    CONTROL_QUEUE,
    NOTHING,
    RabbitmqConfig,
    exactly,
    hashed,
    queue_of,
)
from marketplace.connectors.rabbitmq.management import ask, path

_ENDED: Final = "There is no access to this port at the moment."
_WAIT_S: Final = 10
_REFUSED: Final = 403
_MISSING: Final = 404


def probe(
    config: RabbitmqConfig, grant: Grant, expected: Literal["access", "no_access"], version: str
) -> Probe:
    """Try both directions as the consumer and judge against what is expected."""
    login, queue = config.login_of(grant.variant, grant.principal), queue_of(grant.variant)
    at = server_time(config)
    try:
        with reading.connection(config, login, config.password_of(login)) as link:
            details = _attempts(link, queue)
    except NeedsHuman as refused:
        details = [ProbeDetail("login", f"connect as {login}", refused.message, "refused")]
    outcomes = {one.name: one.outcome for one in details}
    positive = outcomes.get("published stream") == "allowed"
    negative = all(one == "refused" for name, one in outcomes.items() if name != "published stream")
    return Probe(
        level="proven",
        positive=positive,
        negative=negative,
        expected=expected,
        ok=negative and positive == (expected == "access"),
        details=tuple(details),
        at=at,
        connector="rabbitmq",
        connector_version=version,
    )


def _attempts(link: Any, queue: str) -> list[ProbeDetail]:
    letter = amqp.Message("emporion probe")
    tries: tuple[tuple[str, str, Callable[[Any], object]], ...] = (
        ("published stream", f"consume {queue}", lambda channel: _opened(channel, queue)),
        ("control object", f"consume {CONTROL_QUEUE}", lambda c: c.basic_consume(CONTROL_QUEUE)),
        ("writing", f"publish to {queue}", lambda c: _published(c, letter, queue)),
        ("making queues", "declare mp.probe", lambda c: c.queue_declare("mp.probe")),
    )
    return [_try(link, *one) for one in tries]


def _opened(channel: Any, queue: str) -> None:
    """Open the stream at its end: being let in is the proof, an empty stream is no refusal."""
    channel.basic_qos(0, 1, False)  # noqa: FBT003 - the protocol's word
    channel.basic_consume(queue, arguments={"x-stream-offset": "last"})


def _published(channel: Any, letter: Any, queue: str) -> None:
    """Publish and ask for a confirmation, so that a refusal is heard."""
    channel.confirm_select()
    channel.basic_publish(letter, routing_key=queue)
    channel.connection.drain_events(timeout=_WAIT_S)


def _try(link: Any, name: str, words: str, act: Callable[[Any], object]) -> ProbeDetail:
    """Try one thing on a channel of its own; a lost connection is no evidence and is raised."""
    channel = link.channel()
    try:
        act(channel)
    except AMQPError as error:
        outcomes = {_REFUSED: "refused", _MISSING: "missing"}
        outcome = outcomes.get(error.reply_code or 0, "failed")
        return ProbeDetail(name, words, str(error.reply_code), outcome)
    except OSError as error:
        raise Transient(f"RabbitMQ: {type(error).__name__}", 1.0) from None
    channel.close()
    return ProbeDetail(name, words, "200", "allowed")


def query(config: RabbitmqConfig, grant: Grant, sql: str, limits: Limits) -> Rows:
    """Read the last messages as the consumer."""
    limit = messages.rows_asked(grant.variant, sql, limits)
    began = time.perf_counter()
    login = config.login_of(grant.variant, grant.principal)
    try:
        with reading.connection(config, login, config.password_of(login)) as link:
            found = reading.pull(link, queue_of(grant.variant), limit)
    except NeedsHuman:
        raise QueryRefused("access-ended", _ENDED) from None
    except AMQPError as error:
        if error.reply_code in {_REFUSED, _MISSING}:
            raise QueryRefused("access-ended", _ENDED) from None
        raise Transient(f"RabbitMQ: {type(error).__name__}", 1.0) from None
    except OSError as error:
        raise Transient(f"RabbitMQ: {type(error).__name__}", 1.0) from None
    elapsed = (time.perf_counter() - began) * 1000
    payloads = [one.value for one in found]
    return messages.to_rows(payloads, grant.variant.columns, limits, elapsed_ms=elapsed)


def credentials(config: RabbitmqConfig, grant: Grant, ttl: timedelta) -> ConnInfo:
    """Make a short-lived user; RabbitMQ knows no end of a user, so our sweep deletes it."""
    login, queue = config.login_of(grant.variant, grant.principal), queue_of(grant.variant)
    if not probe(config, grant, "access", "").positive:
        raise QueryRefused("access-ended", _ENDED)
    user, password = role_name(config.env, "t", login, secrets.token_hex(8)), secrets.token_hex(24)
    until, end = reading.until_of(config, login), server_time(config) + ttl
    end = end if until is None else min(end, until)
    value = config.mark(credential_of=login, until=end.isoformat())
    rights = {"configure": NOTHING, "write": NOTHING, "read": exactly(queue)}
    made = {"password_hash": hashed(password, secrets.token_bytes(4)), "tags": ""}
    ask(config, "PUT", path("global-parameters", user), {"value": value})  # first: the sweep finds
    ask(config, "PUT", path("users", user), made)
    ask(config, "PUT", path("permissions", config.vhost, user), rights)
    host = config.public_host or config.host
    scheme = "amqps" if config.tls else "amqp"
    where = f"{host}:{config.port}/{quote(config.vhost, safe='')}"
    return ConnInfo(
        host=host,
        port=config.port,
        database=config.vhost,
        user=user,
        password=password,
        expires_at=end,
        relation=queue,
        url=f"{scheme}://{user}:{password}@{where}",
    )
