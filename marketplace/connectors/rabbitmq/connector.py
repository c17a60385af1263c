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
from marketplace.connectors.rabbitmq import (
    applying,
    checking,
    management,
    observing,
    probing,
    reading,
)
from marketplace.connectors.rabbitmq.config import RabbitmqConfig, checked
from marketplace.connectors.rabbitmq.statements import RabbitmqWords
from marketplace.connectors.withdrawing import Withdrawn


class RabbitmqConnector:
    """RabbitMQ 3.10 or newer with the management plugin. Keeps no connection."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "rabbitmq"
    version: ClassVar[str] = "1"

    def __init__(self, config: RabbitmqConfig) -> None:
        self.config = config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(RabbitmqConfig(**config))

    def prepare(self) -> None:
        """Make the queue that nobody is promised, unless it stands; safe to repeat."""
        reading.make_control_queue(self.config)

    def capabilities(self) -> Capabilities:
        """Describe RabbitMQ."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset(),
            native_expiry=False,
            revoke_reach="reconnect",
            revoke_sla_s=10.0,
            readback_lag_s=0.0,
            max_grantees=None,
            billing="none",
            supports=frozenset({"query", "credentials", "describe", "profile", "sample", "stream"}),
        )

    def check(self) -> list[Finding]:
        """Look for what the provisioner lacks and what it has too much of."""
        return checking.check(self.config)

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle."""
        return observing.observe(self.config, variant, principals)

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        handle = desired.variant.handle(self.config.env)
        return planning.plan(handle, RabbitmqWords(self.config), desired, observed)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps."""
        return applying.apply(self.config, plan, lease)

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Log in as the consumer and try what is promised and what is not."""
        expected: Any = "access" if expect_access else "no_access"
        return probing.probe(self.config, grant, expected, self.version)

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Make a short-lived user for the consumer."""
        return probing.credentials(self.config, grant, ttl)

    def clean_up_credentials(self) -> int:
        """Delete the short-lived users that are due. Returns how many."""
        now = applying.server_time(self.config)
        marks = management.get(self.config, "global-parameters") or []
        ours = [self.config.ours(one["value"]) or {} for one in marks]
        whose = {str(one["credential_of"]) for one in ours if "credential_of" in one}
        return sum(applying.withdraw(self.config, login, due=now) for login in whose)

    def drop_credential(self, user: str) -> Withdrawn:
        """Drop one short-lived user, close its connections, and read back."""
        return applying.drop_one(self.config, user)

    def credentials_in_use(self, users: Collection[str]) -> frozenset[str]:
        """Give which of these users have an open connection now."""
        return applying.in_use(self.config, users)

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Read the last messages as the consumer: `SELECT * FROM relation LIMIT n`, no more."""
        if cancel is not None and cancel.is_set():
            raise QueryRefused("query-cancelled", "The query was cancelled.")
        return probing.query(self.config, grant, sql, limits)

    def describe(self, schema: str, table: str) -> Schema:
        """Infer the fields of a stream from its last messages."""
        return reading.describe(self.config, schema, table)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile the last messages."""
        return messages.profile(self.sample(target, limit))

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the last messages as rows, for the owner's pages."""
        return reading.sample(self.config, target, limit)

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:
        """Close the consumer's connections for this port."""
        login = self.config.login_of(variant, principal)
        return management.close_connections(self.config, {login})

    def stream(self, schema: str, table: str) -> StreamFacts:
        """Describe a stream queue."""
        return reading.facts(self.config, checked(schema, table))

    def streams(self) -> tuple[tuple[str, str], ...]:
        """List the stream queues."""
        return reading.streams(self.config)

    def last_messages(self, schema: str, table: str, limit: int) -> tuple[Message, ...]:
        """Read the last messages for the owner's pages."""
        return tuple(reading.last(self.config, checked(schema, table), limit))

    def lag(self, grant: Grant) -> Mapping[str, int] | None:  # noqa: ARG002 - the Protocol's
        """RabbitMQ does not tell where the reader of a stream stands."""
        return None
