"""The connector itself: one method per question, each answered by a module of its own."""

import threading
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self

from marketplace.connectors.base import (
    Capabilities,
    ColumnProfile,
    ConnInfo,
    Finding,
    Grant,
    Lease,
    Limits,
    Observed,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    Probe,
    QueryRefused,
    Rows,
    Schema,
    StepResult,
)
from marketplace.connectors.brokers import messages, planning
from marketplace.connectors.brokers.streams import Message, StreamFacts
from marketplace.connectors.grants import PRINCIPAL_KINDS
from marketplace.connectors.nats import (
    applying,
    bootstrap,
    checking,
    links,
    observing,
    probing,
    reading,
    withdrawing,
)
from marketplace.connectors.nats.config import NatsConfig, checked, stream_of
from marketplace.connectors.nats.statements import NatsWords
from marketplace.connectors.withdrawing import Withdrawn


class NatsConnector:
    """NATS 2.10 or newer with JetStream and operator authentication. Keeps no connection."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "nats"
    version: ClassVar[str] = "1"

    def __init__(self, config: NatsConfig) -> None:
        self.config = config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(NatsConfig(**config))

    def prepare(self) -> None:
        """Make our own stream, unless it stands; safe to repeat."""

        async def work() -> None:
            async with links.provisioner(self.config) as data:
                await bootstrap.prepare(data)

        links.run(work())

    def capabilities(self) -> Capabilities:
        """Describe NATS. Claims are one document of at most 1 MB, about 700 B for a consumer."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset(),
            native_expiry=True,
            revoke_reach="statement",
            revoke_sla_s=10.0,
            readback_lag_s=0.0,
            max_grantees=1000,
            billing="none",
            supports=frozenset({"query", "credentials", "describe", "profile", "sample", "stream"}),
        )

    def check(self) -> list[Finding]:
        """Look for what our keys lack and what they have too much of."""
        return links.run(checking.check(self.config))

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle."""
        return links.run(observing.observe(self.config, variant, principals))

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        handle = desired.variant.handle(self.config.env)
        return planning.plan(handle, NatsWords(self.config), desired, observed)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps."""
        return applying.apply(self.config, plan, lease)

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Log in as the consumer and try what is promised and what is not."""
        expected: Any = "access" if expect_access else "no_access"
        return links.run(probing.probe(self.config, grant, expected, self.version))

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Sign claims for the consumer; the password is the text of a .creds file."""
        return links.run(probing.credentials(self.config, grant, ttl))

    def drop_credential(self, user: str) -> Withdrawn:
        """Revoke one user's key, which cuts its connections, and read back."""
        return links.run(withdrawing.drop_one(self.config, user))

    def credentials_in_use(self, users: Collection[str]) -> frozenset[str]:
        """Give which of these users have an open connection now."""
        return links.run(withdrawing.in_use(self.config)) & frozenset(users)

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Read the last messages as the consumer: `SELECT * FROM relation LIMIT n`, no more."""
        if cancel is not None and cancel.is_set():
            raise QueryRefused("query-cancelled", "The query was cancelled.")
        return links.run(probing.query(self.config, grant, sql, limits))

    def describe(self, schema: str, table: str) -> Schema:
        """Infer the fields of a subject from its last messages."""
        return links.run(reading.describe(self.config, schema, table))

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile the last messages."""
        return messages.profile(self.sample(target, limit))

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the last messages as rows, for the owner's pages."""
        return links.run(reading.sample(self.config, target, limit))

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:
        """Kick the consumer's connections for this port."""
        role = self.config.role_of(variant, principal)
        return links.run(applying.end_sessions(self.config, role))

    def stream(self, schema: str, table: str) -> StreamFacts:
        """Describe a subject: its stream's retention, how many messages it holds."""
        return links.run(reading.stream_facts(self.config, schema, table))

    def streams(self) -> tuple[tuple[str, str], ...]:
        """List streams and their subjects."""
        return links.run(reading.streams(self.config))

    def last_messages(self, schema: str, table: str, limit: int) -> tuple[Message, ...]:
        """Read the last messages for the owner's pages."""
        found = reading.last(self.config, *checked(schema, table), limit)
        return tuple(links.run(found))

    def lag(self, grant: Grant) -> Mapping[str, int] | None:
        """Count what the consumer's durable has still before it."""
        role = self.config.role_of(grant.variant, grant.principal)
        count = links.run(reading.lag(self.config, stream_of(grant.variant)[0], role))
        return None if count is None else {role: count}
