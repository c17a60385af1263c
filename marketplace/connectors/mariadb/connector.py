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
from marketplace.connectors.mariadb import (
    applying,
    checking,
    credentials,
    lab,
    observing,
    probing,
    reading,
    statements,
)
from marketplace.connectors.mariadb.config import MariadbConfig
from marketplace.connectors.mariadb.connections import Provisioner
from marketplace.connectors.mariadb.words import MariadbWords
from marketplace.connectors.sql import planning
from marketplace.connectors.withdrawing import Withdrawn


class MariadbConnector:
    """MariaDB and MySQL. Safe to share between threads; keeps up to four idle connections."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "mariadb"
    version: ClassVar[str] = "1"

    def __init__(self, config: MariadbConfig) -> None:
        self.config = config
        self._provisioner = Provisioner(config)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(MariadbConfig(**config))

    def close(self) -> None:
        """Close the idle connections."""
        self._provisioner.close()

    def capabilities(self) -> Capabilities:
        """Describe MariaDB and MySQL: here they are the same."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset({"columns", "rows", "mask"}),
            native_expiry=True,
            revoke_reach="statement",
            revoke_sla_s=10.0,
            readback_lag_s=0.0,
            max_grantees=None,
            billing="none",
            supports=frozenset({"query", "credentials", "describe", "profile", "sample"}),
        )

    def check(self) -> list[Finding]:
        """Look for what the provisioner lacks and what it has too much of."""
        return checking.check(self._provisioner, self.config)

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle."""
        with self._provisioner.session() as session:
            return observing.observe(session, self.config, variant, principals)

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        handle = desired.variant.handle(self.config.env)
        return planning.plan(handle, MariadbWords(self.config), desired, observed)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps; the server commits after each statement."""
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
        return credentials.clean_up(self._provisioner)

    def withdraw_credentials(self, principal: Principal) -> int:
        """Drop all short-lived logins of a consumer. Returns how many."""
        return credentials.withdraw(self._provisioner, self.config, principal)

    def drop_credential(self, user: str) -> Withdrawn:
        """Drop one short-lived login, end its sessions, and read back."""
        return credentials.drop_one(self._provisioner, self.config, user)

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Run one read query as the consumer."""
        return lab.query(self._provisioner, self.config, grant, sql, limits, cancel=cancel)

    def describe(self, schema: str, table: str) -> Schema:
        """Read the columns of a relation."""
        return reading.describe(self._provisioner, schema, table)

    def schemas(self) -> tuple[str, ...]:
        """List the databases that hold a table or view."""
        return reading.schemas(self._provisioner)

    def relations(self, schema: str) -> tuple[str, ...]:
        """List the tables and views of a database."""
        return reading.relations(self._provisioner, schema)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile a variant or a base relation, as the publisher."""
        return reading.profile(self._provisioner, target, limit)

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the first rows of a variant or a base relation, as the publisher."""
        return reading.sample(self._provisioner, target, limit)

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:  # noqa: ARG002 - the Protocol's
        """End all sessions of the consumer on this server; there are none per relation."""
        login = self.config.login_of(principal)
        with self._provisioner.session() as session:
            ((ended,),) = session.rows(statements.end_sessions(login))
        return int(ended)
