"""The last messages of a stream queue over AMQP: offsets are read, nothing is taken."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

import amqp
from amqp.exceptions import AMQPError

from marketplace.connectors.base import (
    ConnectorError,
    NeedsHuman,
    Permanent,
    PortVariant,
    Rows,
    Schema,
    Transient,
)
from marketplace.connectors.brokers import messages
from marketplace.connectors.brokers.streams import Message, Retention, StreamFacts
from marketplace.connectors.identifiers import role_name
from marketplace.connectors.rabbitmq import management
from marketplace.connectors.rabbitmq.config import (
    CONTROL_QUEUE,
    NOTHING,
    RabbitmqConfig,
    checked,
    exactly,
    hashed,
)
from marketplace.connectors.rabbitmq.management import ask, path

_CONNECT_S: Final = 10
_FIRST_S: Final = 2.0
_SILENCE_S: Final = 0.3
_LATER_S: Final = 10.0
_PREFETCH: Final = 500
_INFERRED_FROM: Final = 100
REFUSALS: Final = frozenset({403, 530})
_FULL: Final = "connection limit"
"""530 says this too, of a virtual host or a user: no evidence that a login is refused."""
_AGE: Final = {"Y": 31_536_000, "M": 2_592_000, "D": 86_400, "h": 3600, "m": 60, "s": 1}


@contextmanager
def connection(config: RabbitmqConfig, login: str, password: str) -> Iterator[Any]:
    """Connect by AMQP. Raises NeedsHuman when the login is refused, else Transient."""
    link = amqp.Connection(
        f"{config.host}:{config.port}",
        login,
        password,
        virtual_host=config.vhost,
        ssl=config.tls,
        connect_timeout=_CONNECT_S,
        read_timeout=_CONNECT_S,
        client_properties={"product": "emporion"},
    )
    try:
        _connect(link)
        yield link
        with suppress(OSError, AMQPError, AttributeError):
            link.close()
    finally:
        link.collect()  # the library leaves sockets open that the other end gave up


def _connect(link: Any) -> None:
    try:
        link.connect()
    except AMQPError as error:
        if _FULL in str(error.reply_text or error):
            raise Transient(f"RabbitMQ: {_FULL} is reached", 1.0) from None
        if error.reply_code in REFUSALS:
            raise NeedsHuman(f"RabbitMQ refuses this login [{error.reply_code}]") from None
        raise Transient(f"RabbitMQ: {type(error).__name__}", 1.0) from None
    except OSError as error:
        raise Transient(f"RabbitMQ cannot be reached: {type(error).__name__}", 1.0) from None


def pull(link: Any, queue: str, limit: int) -> list[Message]:
    """Read the last messages, oldest first. Raises amqp's AccessRefused when it is not allowed.

    A stream's end has no question of its own: its last chunk is read for the last offset, then
    the wanted messages up to it.
    """
    last = _consume(link, queue, "last", None)
    if not last:
        return []
    end = last[-1].offset
    first = max(end - limit + 1, 0)
    if last[0].offset <= first:
        return last[-limit:]
    found = _consume(link, queue, first, lambda found: found[-1].offset >= end)
    return (found or last)[-limit:]


def _consume(link: Any, queue: str, offset: str | int, enough: Any) -> list[Message]:
    """Read from an offset until it is enough, or nothing comes any more.

    An empty stream is silent, as a slow one is: the first message of one that has some is waited
    for longer.
    """
    found: list[Message] = []
    channel = link.channel()
    stands = channel.queue_declare(queue, passive=True).message_count
    first = _LATER_S if stands else _FIRST_S
    channel.basic_qos(0, _PREFETCH, False)  # noqa: FBT003 - the protocol's word

    def take(raw: Any) -> None:
        found.append(_message(raw))
        channel.basic_ack(raw.delivery_tag)

    channel.basic_consume(queue, callback=take, arguments={"x-stream-offset": offset})
    try:
        while not found or enough is None or not enough(found):
            later = _SILENCE_S if offset == "last" else _LATER_S
            link.drain_events(timeout=later if found else first)
    except TimeoutError:
        pass
    channel.close()
    return found


def _message(raw: Any) -> Message:
    body = raw.body if isinstance(raw.body, bytes) else str(raw.body).encode()
    headers = dict(raw.headers or {})
    stamp = raw.properties.get("timestamp")
    return Message(
        key=str(raw.delivery_info.get("routing_key", "")),
        partition=None,
        offset=int(headers.pop("x-stream-offset", 0)),
        at=stamp if isinstance(stamp, datetime) else None,
        headers=tuple(sorted((str(name), str(value)) for name, value in headers.items())),
        size=len(body),
        value=messages.decode(body),
    )


@contextmanager
def own_user(config: RabbitmqConfig, queue: str, right: str) -> Iterator[Any]:
    """Log in as a user that is made for the occasion, with one right on one queue; delete it."""
    login = role_name(config.env, "o", queue, secrets.token_hex(8))
    password = secrets.token_urlsafe(24)
    user = {"password_hash": hashed(password, secrets.token_bytes(4)), "tags": ""}
    rights = {"configure": NOTHING, "write": NOTHING, "read": NOTHING, right: exactly(queue)}
    try:
        ask(config, "PUT", path("users", login), user)
        ask(config, "PUT", path("permissions", config.vhost, login), rights)
        with connection(config, login, password) as link:
            yield link
    finally:
        with suppress(ConnectorError):
            ask(config, "DELETE", path("users", login))


def make_control_queue(config: RabbitmqConfig) -> None:
    """Declare the queue that nobody is promised; the provisioner has no right to any queue."""
    try:
        with own_user(config, CONTROL_QUEUE, "configure") as link:
            link.channel().queue_declare(CONTROL_QUEUE, durable=True, auto_delete=False)
    except (AMQPError, OSError) as error:
        raise Transient(f"RabbitMQ: {type(error).__name__}", 1.0) from None


def last(config: RabbitmqConfig, queue: str, limit: int) -> list[Message]:
    """Read the last messages for the owner's pages. Raises Permanent when there is no stream."""
    facts(config, queue)
    try:
        with own_user(config, queue, "read") as link:
            return pull(link, queue, limit)
    except (AMQPError, OSError) as error:
        raise Transient(f"RabbitMQ: {type(error).__name__}", 1.0) from None


def sample(config: RabbitmqConfig, target: PortVariant | tuple[str, str], limit: int) -> Rows:
    """Lay the last messages out as rows."""
    began = time.perf_counter()
    where = (target.base_schema, target.base_table) if isinstance(target, PortVariant) else target
    return messages.sampled(last(config, checked(*where), limit), target, limit, began)


def describe(config: RabbitmqConfig, schema: str, table: str) -> Schema:
    """Infer the fields from the last 100 messages: RabbitMQ knows no schema."""
    queue = checked(schema, table)
    found = [one.value for one in last(config, queue, _INFERRED_FROM)]
    count = facts(config, queue).messages
    return Schema(schema, table, "stream", messages.columns_of(found), "", count)


def facts(config: RabbitmqConfig, queue: str) -> StreamFacts:
    """Read what the management API tells; its counts lag some seconds. Raises Permanent."""
    told = management.get(config, "queues", config.vhost, queue)
    if told is None or told.get("arguments", {}).get("x-queue-type") != "stream":
        raise Permanent(f"there is no stream {queue}")
    settings = told["arguments"]
    return StreamFacts(
        name=queue,
        kind="RabbitMQ stream",
        description="",
        partitions=1,
        replicas=len(told.get("members") or []) or None,
        messages=told.get("messages"),
        bytes=None,
        retention=Retention(
            seconds=_seconds(settings.get("x-max-age", "")),
            bytes=settings.get("x-max-length-bytes"),
        ),
        first_at=None,
        last_at=None,
        schema=None,
    )


def _seconds(age: str) -> float | None:
    """Read a duration as RabbitMQ writes it: `7D`, `12h`."""
    if not age or age[-1] not in _AGE or not age[:-1].isdecimal():
        return None
    return float(int(age[:-1]) * _AGE[age[-1]])


def streams(config: RabbitmqConfig) -> tuple[tuple[str, str], ...]:
    """List the streams whose names have the two parts that a port's resource needs."""
    found = []
    for one in management.get(config, "queues", config.vhost) or []:
        schema, dot, table = str(one["name"]).partition(".")
        if dot and table and one.get("arguments", {}).get("x-queue-type") == "stream":
            found.append((schema, table))
    return tuple(sorted(found)[:1000])


def until_of(config: RabbitmqConfig, login: str) -> datetime | None:
    """Read the end of a consumer's access from its mark."""
    kept = management.get(config, "global-parameters", login)
    mark = config.ours((kept or {}).get("value"))
    text = (mark or {}).get("until", "")
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
