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
    Rows,
    Schema,
    StepResult,
)
from marketplace.connectors.grants import PRINCIPAL_KINDS
from marketplace.connectors.snowflake import (
    applying,
    checking,
    credentials,
    lab,
    observing,
    probing,
    reading,
    statements,
)
from marketplace.connectors.snowflake.client import Client
from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.failures import Refusal, translate
from marketplace.connectors.snowflake.words import SnowflakeWords
from marketplace.connectors.sql import planning
from marketplace.connectors.withdrawing import Withdrawn


class SnowflakeConnector:
    """One Snowflake account. Safe to share between threads; holds nothing but signed tokens."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "snowflake"
    version: ClassVar[str] = "1"

    def __init__(self, config: SnowflakeConfig) -> None:
        self.config = config
        self._client = Client(config)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(SnowflakeConfig(**config))

    def capabilities(self) -> Capabilities:
        """Describe Snowflake."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset({"columns", "rows", "mask"}),
            native_expiry=True,
            revoke_reach="statement",
            revoke_sla_s=10.0,
            readback_lag_s=0.0,
            max_grantees=None,
            billing="consumer",
            supports=frozenset({"query", "credentials", "describe", "profile", "sample"}),
        )

    def check(self) -> list[Finding]:
        """Look for what the provisioner lacks and what it has too much of."""
        return checking.check(self._client, self.config)

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle."""
        return observing.observe(self._client, self.config, variant, principals)

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        handle = desired.variant.handle(self.config.env)
        return planning.plan(handle, SnowflakeWords(self.config), desired, observed)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps; Snowflake commits after each statement."""
        return applying.apply(self._client, plan, lease)

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Sign in as the consumer and try what is promised and what is not."""
        expected: Any = "access" if expect_access else "no_access"
        return probing.probe(self._client, self.config, grant, expected, self.version)

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Make a short-lived token for the consumer."""
        return credentials.issue(self._client, self.config, grant, ttl)

    def clean_up_credentials(self) -> int:
        """Remove the tokens that are due. Returns how many."""
        return credentials.clean_up(self._client, self.config)

    def withdraw_credentials(self, principal: Principal) -> int:
        """Remove all tokens of a consumer. Returns how many."""
        return credentials.withdraw(self._client, self.config, principal)

    def drop_credential(self, user: str) -> Withdrawn:
        """Remove one short-lived token, stop what it runs, and read back."""
        return credentials.drop_one(self._client, self.config, user)

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Run one read query as the consumer."""
        return lab.query(self._client, self.config, grant, sql, limits, cancel=cancel)

    def describe(self, schema: str, table: str) -> Schema:
        """Read the columns of a relation."""
        return reading.describe(self._client, self.config, schema, table)

    def relations(self, schema: str) -> tuple[str, ...]:
        """List the tables and views of a schema, for drafts of contracts."""
        return reading.relations(self._client, self.config, schema)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile a variant or a base relation, as our own role."""
        return reading.profile(self._client, self.config, target, limit)

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the first rows of a variant or a base relation, as our own role."""
        return reading.sample(self._client, self.config, target, limit)

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:  # noqa: ARG002 - the Protocol's
        """Stop the running statements of the consumer. Snowflake does not say how many: 0 or 1."""
        try:
            self._client.run(statements.end_sessions(self.config, principal))
        except Refusal as refusal:
            raise translate(refusal) from refusal
        return 1
