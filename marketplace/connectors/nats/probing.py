"""Proof, and reading, as the consumer: claims that we sign for a minute, and the server judges.

What lets a consumer in lies on the server: the signing key in the account's claims, its rights,
and the durable on the stream. We sign what any holder of the consumer's credential could show,
with the same end, so the answers are those that the consumer gets.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from marketplace.connectors.base import (
    ConnectorError,
    ConnInfo,
    Grant,
    Limits,
    Part,
    Probe,
    ProbeDetail,
    QueryRefused,
    Rows,
)
from marketplace.connectors.brokers import messages
from marketplace.connectors.nats import observing, reading
from marketplace.connectors.nats.applying import server_time
from marketplace.connectors.nats.config import (
    CONTROL_SUBJECT,
    OWN_STREAM,
    NatsConfig,
    stream_of,
)
from marketplace.connectors.nats.keys import Key
from marketplace.connectors.nats.links import (
    Link,
    LoginRefused,
    Lost,
    NotThere,
    Refused,
    link,
    provisioner,
    user_claims,
)

_CLAIMS_S: Final = 60
_REFUSED: Final = "permissions violation"
_ENDED: Final = "There is no access to this port at the moment."


@dataclass(frozen=True, slots=True)
class _Consumer:
    """What it takes to act as one consumer on one port."""

    config: NatsConfig
    role: str
    stream: str
    subject: str
    generation: int
    until: datetime | None

    @asynccontextmanager
    async def enter(self, name: str) -> AsyncIterator[Link]:
        """Log in as the consumer under a name. Raises LoginRefused."""
        user = Key.random("user")
        signer = self.config.scope_key(self.role, self.generation)
        expires = self.expires(_CLAIMS_S)
        claims = user_claims(self.config, signer, user, name=name, expires=expires)
        async with link(self.config, user, claims, self.config.inbox_of(self.role)) as made:
            yield made

    def expires(self, seconds: int) -> int:
        """Give the second at which claims end: never after the access does."""
        end = int(time.time()) + seconds
        return end if self.until is None else min(end, int(self.until.timestamp()))


async def _consumer(config: NatsConfig, grant: Grant) -> _Consumer:
    role = config.role_of(grant.variant, grant.principal)
    state = await observing.read(config, grant.variant)
    stands = state.standing.get(role)
    stream, subject = stream_of(grant.variant)
    generation = stands.generation if stands else 0
    return _Consumer(config, role, stream, subject, generation, stands.until if stands else None)


async def probe(
    config: NatsConfig, grant: Grant, expected: Literal["access", "no_access"], version: str
) -> Probe:
    """Try both directions and judge against what is expected."""
    consumer = await _consumer(config, grant)
    at = await server_time(config)
    try:
        details = await _until_the_end(consumer)
    except LoginRefused:
        details = [
            ProbeDetail(
                "login", f"CONNECT as {consumer.role}", "authorization violation", "refused"
            )
        ]
    outcomes = {one.name: one.outcome for one in details}
    if "login" in outcomes:
        positive, negative = False, True
    else:
        positive = outcomes["entitlement"] == outcomes["published stream"] == "allowed"
        negative = all(
            outcomes[name] == "refused"
            for name in ("control object", "whole stream", "live subject", "other consumers")
        )
    return Probe(
        level="proven",
        positive=positive,
        negative=negative,
        expected=expected,
        ok=negative and positive == (expected == "access"),
        details=tuple(details),
        at=at,
        connector="nats",
        connector_version=version,
    )


async def _until_the_end(consumer: _Consumer) -> list[ProbeDetail]:
    """Make the attempts. Cut off at the end of access is refused: NATS checks whole seconds."""
    try:
        return await _attempts(consumer)
    except Lost:
        end = consumer.until.replace(microsecond=0) if consumer.until else None
        if end is None or await server_time(consumer.config) < end:
            raise
        raise LoginRefused("NATS has ended this connection at the end of access") from None


async def _attempts(consumer: _Consumer) -> list[ProbeDetail]:
    stream, role = consumer.stream, consumer.role
    info, get = "$JS.API.CONSUMER.INFO", "$JS.API.STREAM.MSG.GET"
    async with consumer.enter(role) as link_:
        entitled = await _try(link_, "entitlement", f"{info}.{stream}.{role}")
        control = await _try(link_, "control object", f"{get}.{OWN_STREAM}")
        whole = await _try(link_, "whole stream", f"{get}.{stream}")
        others = await _try(link_, "other consumers", f"$JS.API.CONSUMER.NAMES.{stream}")
        live = await _listen(link_, "live subject", consumer.subject)
        await _listen(link_, "control subject", CONTROL_SUBJECT)
    return [entitled, await _read(consumer), control, whole, others, live]


async def _try(link_: Link, name: str, subject: str) -> ProbeDetail:
    """Ask for one thing; no answer is no evidence."""
    try:
        answer = await link_.ask(subject)
    except Refused:
        return ProbeDetail(name, subject, _REFUSED, "refused")
    except ConnectorError as error:
        return ProbeDetail(name, subject, error.message, "failed")
    if b'"error"' in answer:
        return ProbeDetail(name, subject, "404" if b'"code":404' in answer else "error", "missing")
    return ProbeDetail(name, subject, "200", "allowed")


async def _listen(link_: Link, name: str, subject: str) -> ProbeDetail:
    refused = await link_.listen(subject)
    code, outcome = (_REFUSED, "refused") if refused else ("200", "allowed")
    return ProbeDetail(name, f"SUB {subject}", code, outcome)


async def _read(consumer: _Consumer) -> ProbeDetail:
    """Read the last message of the stream as the consumer."""
    words = f"the last message of {consumer.subject} in {consumer.stream}"
    try:
        await _last(consumer, 1)
    except (Refused, LoginRefused):
        return ProbeDetail("published stream", words, _REFUSED, "refused")
    except NotThere as error:
        return ProbeDetail("published stream", words, error.message, "missing")
    return ProbeDetail("published stream", words, "200", "allowed")


async def _last(consumer: _Consumer, limit: int) -> list[object]:
    what = consumer.stream, consumer.subject, limit, consumer.role
    async with (
        provisioner(consumer.config) as data,
        reading.preview(data, *what) as stands,
        consumer.enter(stands.name) as reader,
    ):
        found = await reading.pull(reader, consumer.stream, stands, limit)
        return [one.value for one in found]


async def query(config: NatsConfig, grant: Grant, sql: str, limits: Limits) -> Rows:
    """Read the last messages as the consumer."""
    limit = messages.rows_asked(grant.variant, sql, limits)
    began = time.perf_counter()
    consumer = await _consumer(config, grant)
    try:
        async with consumer.enter(consumer.role) as link_:
            durable = await _try(
                link_, "entitlement", f"$JS.API.CONSUMER.INFO.{consumer.stream}.{consumer.role}"
            )
        if durable.outcome != "allowed":
            raise QueryRefused("access-ended", _ENDED)
        found = await _last(consumer, limit)
    except (LoginRefused, Refused, NotThere):
        raise QueryRefused("access-ended", _ENDED) from None
    elapsed = (time.perf_counter() - began) * 1000
    return messages.to_rows(found, grant.variant.columns, limits, elapsed_ms=elapsed)


async def credentials(config: NatsConfig, grant: Grant, ttl: timedelta) -> ConnInfo:
    """Sign claims for the consumer that end by themselves; the server needs no word of ours."""
    consumer = await _consumer(config, grant)
    if (await probe(config, grant, "access", "")).positive is False:
        raise QueryRefused("access-ended", _ENDED)
    user = Key.random("user")
    expires = consumer.expires(int(ttl.total_seconds()))
    signer = config.scope_key(consumer.role, consumer.generation)
    claims = user_claims(config, signer, user, name=consumer.role, expires=expires)
    host = config.public_host or config.host
    end = messages.from_nanoseconds(expires * 1_000_000_000)
    assert end is not None
    address = f"{'tls' if config.tls else 'nats'}://{host}:{config.port}"
    return ConnInfo(
        host=host,
        port=config.port,
        database=consumer.stream,
        user=consumer.role,
        password=_creds(claims, user.seed),
        expires_at=end,
        relation=consumer.subject,
        url=address,
        login=user.public,
        parts=(
            Part("server", address, secret=False),
            Part("creds_file", _creds(claims, user.seed), file_name="emporion.creds"),
            Part("inbox_prefix", config.inbox_of(consumer.role), secret=False),
            Part("durable", consumer.role, secret=False),
        ),
    )


def _creds(claims: str, seed: str) -> str:
    """Write a .creds file, as every NATS client reads it."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{claims}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
