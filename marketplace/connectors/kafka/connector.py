"""The connector itself: one method per question, each answered by a module of its own."""

import threading
from collections.abc import Iterator, Mapping
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
from marketplace.connectors.kafka import (
    acls,
    applying,
    bootstrap,
    checking,
    observing,
    probing,
    reading,
)
from marketplace.connectors.kafka.config import KafkaConfig, checked, groups_of, topic_of
from marketplace.connectors.kafka.links import provisioner
from marketplace.connectors.kafka.statements import KafkaWords
from marketplace.connectors.withdrawing import Withdrawn


class KafkaConnector:
    """Kafka with an authorizer and SCRAM users (KIP-554, 2.7 or newer). Keeps no connection."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "kafka"
    version: ClassVar[str] = "1"

    def __init__(self, config: KafkaConfig) -> None:
        self.config = config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(KafkaConfig(**config))

    def prepare(self) -> None:
        """Make the topic that nobody is promised, unless it stands; safe to repeat."""
        bootstrap.prepare(self.config)

    def capabilities(self) -> Capabilities:
        """Describe Kafka. An open session is refused at its next fetch, nothing ends by itself."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset(),
            native_expiry=False,
            revoke_reach="statement",
            revoke_sla_s=10.0,
            readback_lag_s=self.config.settle_s,
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
        return planning.plan(handle, KafkaWords(self.config), desired, observed)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps."""
        return applying.apply(self.config, plan, lease)

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Log in as the consumer and try what is promised and what is not."""
        expected: Any = "access" if expect_access else "no_access"
        return probing.probe(self.config, grant, expected, self.version)

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Make a short-lived user for the consumer; `url` is the text of a client's settings."""
        return probing.credentials(self.config, grant, ttl)

    def clean_up_credentials(self) -> int:
        """Delete the short-lived users that are due. Returns how many."""
        now = applying.our_time()
        with provisioner(self.config) as admin:
            marks = acls.marks(self.config, acls.read(admin)).values()
            whose = {
                one["credential_of"] for all_ in marks for one in all_ if "credential_of" in one
            }
            return sum(
                applying.withdraw(self.config, admin, login, due=now) for login in sorted(whose)
            )

    def drop_credential(self, user: str) -> Withdrawn:
        """Drop one short-lived user with its rights, and read back."""
        return applying.drop_one(self.config, user)

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Read the last messages as the consumer: `SELECT * FROM relation LIMIT n`, no more."""
        if cancel is not None and cancel.is_set():
            raise QueryRefused("query-cancelled", "The query was cancelled.")
        return probing.query(self.config, grant, sql, limits)

    def describe(self, schema: str, table: str) -> Schema:
        """Read the fields of a topic from the registry, else from its last messages."""
        return reading.describe(self.config, schema, table)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile the last messages."""
        return messages.profile(self.sample(target, limit))

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the last messages as rows, for the owner's pages."""
        return reading.sample(self.config, target, limit)

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:  # noqa: ARG002 - the Protocol's
        """Kafka ends no session from afar: a revoke is felt at the next fetch."""
        return 0

    def stream(self, schema: str, table: str) -> StreamFacts:
        """Describe a topic."""
        return reading.facts(self.config, checked(schema, table))

    def streams(self) -> tuple[tuple[str, str], ...]:
        """List the topics."""
        return reading.streams(self.config)

    def last_messages(self, schema: str, table: str, limit: int) -> tuple[Message, ...]:
        """Read the last messages for the owner's pages."""
        return tuple(reading.last(self.config, checked(schema, table), limit))

    def lag(self, grant: Grant) -> Mapping[str, int] | None:
        """Count what each consumer group of the agreement has still before it."""
        login = self.config.login_of(grant.variant, grant.principal)
        with provisioner(self.config) as admin:
            mark = observing.mark_of(self.config, admin, login)
        if mark is None:
            return None
        return reading.lag(self.config, topic_of(grant.variant), groups_of(mark["agreement"]))
