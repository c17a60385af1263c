"""The last messages of a subject, read without moving anybody's position.

Each preview has a consumer of its own on the stream, without acknowledgements, that the server
forgets after seconds. Who reads is the difference: the marketplace for the owner's pages, or the
consumer itself, under its own scope and the name of that preview.
"""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from marketplace.connectors.base import (
    Conflict,
    ConnectorError,
    Permanent,
    PortVariant,
    Rows,
    Schema,
)
from marketplace.connectors.brokers import messages
from marketplace.connectors.brokers.streams import Message, Retention, StreamFacts
from marketplace.connectors.nats.config import NatsConfig, checked
from marketplace.connectors.nats.links import ANSWER_S, Link, NotThere, provisioner

_FORGOTTEN_NS: Final = 10_000_000_000
_WIDER: Final = 4
_MOST: Final = 5000
_INFERRED_FROM: Final = 100
_ACK: Final = "$JS.ACK."


@dataclass(frozen=True, slots=True)
class Preview:
    """A consumer of our own that stands before the last messages of a subject."""

    name: str
    pending: int


@asynccontextmanager
async def preview(
    data: Link, stream: str, subject: str, limit: int, role: str
) -> AsyncIterator[Preview]:
    """Make a consumer that starts at least `limit` messages before the end, and delete it.

    Other subjects lie in between, so the start is searched for: further back while too few
    messages follow, closer while far too many do.
    """
    state = (await data.api(f"STREAM.INFO.{stream}"))["state"]
    first, start = int(state["first_seq"]), int(state["last_seq"]) - limit + 1
    nearest = int(state["last_seq"]) + 1
    while True:
        start = max(first, start, 1)
        name = f"{role}-{secrets.token_hex(4)}"
        made = Preview(name, await _stand(data, stream, subject, name, start))
        if made.pending < limit and start > first:
            nearest, start = start, start - _WIDER * (nearest - start + limit)
        elif made.pending > _WIDER * limit and nearest - start > 1:
            first, start = start, (start + nearest) // 2
        else:
            break
        await _forget(data, stream, name)
    try:
        yield made
    finally:
        with suppress(ConnectorError):  # the server forgets it
            await _forget(data, stream, made.name)


async def _stand(data: Link, stream: str, subject: str, name: str, start: int) -> int:
    config = {
        "name": name,
        "filter_subject": subject,
        "ack_policy": "none",
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": start,
        "inactive_threshold": _FORGOTTEN_NS,
        "mem_storage": True,
    }
    body = {"stream_name": stream, "config": config, "action": "create"}
    made = await data.api(f"CONSUMER.CREATE.{stream}.{name}.{subject}", body)
    if made.get("name") != name:
        raise NotThere(f"NATS made no consumer on {stream}")
    return int(made["num_pending"])


async def _forget(data: Link, stream: str, name: str) -> None:
    await data.api(f"CONSUMER.DELETE.{stream}.{name}")


async def pull(reader: Link, stream: str, stands: Preview, limit: int) -> list[Message]:
    """Read what a preview stands before, oldest first, the last `limit`. Raises Refused."""
    most = min(stands.pending, _MOST)
    asked = {"batch": max(most, 1), "no_wait": True}
    subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{stands.name}"
    found = await reader.collect(subject, asked, most=max(most, 1), silence=ANSWER_S)
    return [_message(one) for one in found][-limit:]


def _message(raw: Any) -> Message:
    """Read a message; JetStream puts its place and its moment into the reply subject."""
    sequence, at = 0, 0
    if raw.reply.startswith(_ACK):
        parts = raw.reply.split(".")
        shift = 0 if len(parts) == 9 else 2  # noqa: PLR2004 - with a domain and an account first
        sequence, at = int(parts[5 + shift]), int(parts[7 + shift])
    return Message(
        key=raw.subject,
        partition=None,
        offset=sequence,
        at=messages.from_nanoseconds(at),
        headers=tuple(sorted((raw.headers or {}).items())),
        size=len(raw.data),
        value=messages.decode(raw.data),
    )


async def last(config: NatsConfig, stream: str, subject: str, limit: int) -> list[Message]:
    """Read the last messages as the marketplace itself, for the owner's pages."""
    try:
        async with (
            provisioner(config) as data,
            preview(data, stream, subject, limit, f"{config.role_prefix}own") as stands,
        ):
            return await pull(data, stream, stands, limit)
    except NotThere:
        raise Permanent(f"there is no stream {stream}") from None


async def sample(config: NatsConfig, target: PortVariant | tuple[str, str], limit: int) -> Rows:
    """Lay the last messages out as rows."""
    began = time.perf_counter()
    where = (target.base_schema, target.base_table) if isinstance(target, PortVariant) else target
    found = await last(config, *checked(*where), limit)
    return messages.sampled(found, target, limit, began)


async def describe(config: NatsConfig, stream: str, subject: str) -> Schema:
    """Infer the fields from the last 100 messages: NATS knows no schema."""
    found = [one.value for one in await last(config, *checked(stream, subject), _INFERRED_FROM)]
    facts = await stream_facts(config, stream, subject)
    comment = facts.description
    return Schema(stream, subject, "stream", messages.columns_of(found), comment, facts.messages)


async def stream_facts(config: NatsConfig, stream: str, subject: str) -> StreamFacts:
    """Read what the platform tells of a subject's stream."""
    async with provisioner(config) as data:
        try:
            asked = {"subjects_filter": subject}
            told = await data.api(f"STREAM.INFO.{checked(stream, subject)[0]}", asked)
        except NotThere:
            raise Permanent(f"there is no stream {stream}") from None
    settings, state = told["config"], told["state"]
    age, size, count = settings["max_age"], settings["max_bytes"], settings["max_msgs"]
    return StreamFacts(
        name=f"{stream}/{subject}",
        kind="NATS JetStream subject",
        description=settings.get("description", ""),
        partitions=1,
        replicas=settings.get("num_replicas"),
        messages=(state.get("subjects") or {}).get(subject, 0),
        bytes=None,  # counted for the stream, not for a subject
        retention=Retention(
            seconds=age / 1e9 if age else None,
            bytes=size if size > 0 else None,
            messages=count if count > 0 else None,
            policy=settings["retention"],
        ),
        first_at=_moment(state.get("first_ts")),
        last_at=_moment(state.get("last_ts")),
        schema=None,
    )


def _moment(text: str | None) -> datetime | None:
    return None if not text or text.startswith("0001-") else messages.moment(text)


async def streams(config: NatsConfig) -> tuple[tuple[str, str], ...]:
    """List streams and the subjects that they hold now, for harvesting; at most 1,000."""
    found: list[tuple[str, str]] = []
    async with provisioner(config) as data:
        names = (await data.api("STREAM.NAMES", {"offset": 0})).get("streams") or []
        for name in names:
            told = await data.api(f"STREAM.INFO.{name}", {"subjects_filter": ">"})
            found += [(name, one) for one in sorted(told["state"].get("subjects") or {})]
    plain = [one for one in found if _is_plain(*one)]
    return tuple(plain[:1000])


def _is_plain(stream: str, subject: str) -> bool:
    try:
        checked(stream, subject)
    except Permanent:
        return False
    return True


async def lag(config: NatsConfig, stream: str, role: str) -> int | None:
    """Read how many messages a consumer has still before it, None without a durable."""
    async with provisioner(config) as data:
        try:
            told = await data.api(f"CONSUMER.INFO.{stream}.{role}")
        except (NotThere, Conflict):
            return None
    return int(told["num_pending"]) + int(told["num_ack_pending"])
