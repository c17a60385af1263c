"""The connector itself: one method per question, each answered by a module of its own."""

import threading
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self

from marketplace.connectors.base import (
    Capabilities,
    ColumnProfile,
    ConnInfo,
    Estimate,
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
    Question,
    Rows,
    SandboxTable,
    Schema,
    StepResult,
)
from marketplace.connectors.grants import PRINCIPAL_KINDS
from marketplace.connectors.postgres import (
    applying,
    bootstrap,
    checking,
    credentials,
    lab,
    observing,
    probing,
    reading,
    sandbox,
    statements,
    withdrawing,
)
from marketplace.connectors.postgres.config import PostgresConfig
from marketplace.connectors.postgres.connections import Provisioner
from marketplace.connectors.postgres.words import PostgresWords
from marketplace.connectors.sql import planning
from marketplace.connectors.withdrawing import Withdrawn


class PostgresConnector:
    """PostgreSQL 15 to 18. Safe to share between threads; keeps up to four idle connections."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "postgres"
    version: ClassVar[str] = "1"

    def __init__(self, config: PostgresConfig) -> None:
        self.config = config
        self._provisioner = Provisioner(config)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(PostgresConfig(**config))

    def prepare(self) -> None:
        """Make the entitlement tables and control objects, unless they stand; safe to repeat."""
        with self._provisioner.session() as session, session.transaction():
            for statement in bootstrap.own_statements(self.config):
                session.execute(statement.encode())

    def close(self) -> None:
        """Close the idle connections."""
        self._provisioner.close()

    def capabilities(self) -> Capabilities:
        """Describe PostgreSQL; the numbers are from our measurements of versions 15 and 18."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset({"columns", "rows", "mask"}),
            native_expiry=True,
            revoke_reach="statement",
            revoke_sla_s=10.0,
            readback_lag_s=0.0,
            max_grantees=None,
            billing="none",
            supports=frozenset({"query", "lab", "credentials", "describe", "profile", "sample"}),
        )

    def check(self) -> list[Finding]:
        """Look for what the provisioner lacks and what it has too much of."""
        return checking.check(self._provisioner, self.config)

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle, in one read-only transaction."""
        with self._provisioner.session() as session:
            return observing.observe(session, self.config, variant, principals)

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        handle = desired.variant.handle(self.config.env)
        return planning.plan(handle, PostgresWords(self.config), desired, observed)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps, one transaction each."""
        return applying.apply(self._provisioner, self.config, plan, lease)

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Log in as the consumer and try what is promised and what is not."""
        expected: Any = "access" if expect_access else "no_access"
        return probing.probe(self._provisioner, self.config, grant, expected, self.version)

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Make a short-lived login for the consumer."""
        return credentials.issue(self._provisioner, self.config, grant, ttl)

    def clean_up_credentials(self) -> int:
        """Drop the short-lived logins that are due. Returns how many."""
        return credentials.clean_up(self._provisioner, self.config)

    def withdraw_credentials(self, principal: Principal) -> int:
        """Drop all short-lived logins of a consumer. Returns how many."""
        return credentials.withdraw(self._provisioner, self.config, principal)

    def drop_credential(self, user: str) -> Withdrawn:
        """Drop one short-lived login, end its sessions, and read back."""
        return withdrawing.drop(self._provisioner, self.config, user)

    def credentials_in_use(self, users: Collection[str]) -> frozenset[str]:
        """Give which of these logins have an open session now."""
        return withdrawing.in_use(self._provisioner, users)

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Run one read query as the consumer."""
        asked = Question(sql)
        return lab.query(self._provisioner, self.config, grant, asked, limits, cancel=cancel)

    def ask(self, grant: Grant, question: Question, limits: Limits) -> Rows:
        """Run one read query as the consumer, with its parameters."""
        return lab.query(self._provisioner, self.config, grant, question, limits)

    def estimate(self, grant: Grant, question: Question) -> Estimate:
        """Ask the planner as the consumer."""
        return lab.estimate(self._provisioner, self.config, grant, question)

    def stop(self, principal: Principal | None, tag: str) -> bool:
        """End the running query of a tag."""
        login = (
            sandbox.login_of(self.config) if principal is None else self.config.login_of(principal)
        )
        return lab.stop(self._provisioner, login, tag)

    def rehearse(self, table: SandboxTable, question: Question, limits: Limits) -> Rows:
        """Run a query on invented rows, away from all data."""
        return sandbox.rehearse(self._provisioner, self.config, table, question, limits)

    def describe(self, schema: str, table: str) -> Schema:
        """Read the columns of a relation."""
        return reading.describe(self._provisioner, schema, table)

    def schemas(self) -> tuple[str, ...]:
        """List the schemas that hold a table or view."""
        return reading.schemas(self._provisioner)

    def relations(self, schema: str) -> tuple[str, ...]:
        """List the tables and views of a schema."""
        return reading.relations(self._provisioner, schema)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile a variant or a base relation, as the publisher."""
        return reading.profile(self._provisioner, self.config, target, limit)

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the first rows of a variant or a base relation, as the publisher."""
        return reading.sample(self._provisioner, self.config, target, limit)

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:  # noqa: ARG002 - the Protocol's
        """End all sessions of the consumer on this server; PostgreSQL has none per relation."""
        login = self.config.login_of(principal)
        with self._provisioner.session() as session:
            return session.execute(statements.end_sessions(self.config, login).encode()).rowcount
