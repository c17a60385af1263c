"""The words and the one interface that every data platform shares.

A grant on a platform is reconciled, not called: `observe` reads what stands, `plan` compares it
with what is wanted (pure, the statements are shown to the approver), `apply` runs the steps, and
`probe` proves the outcome as the consumer, in both directions. Revoking is a plan with the member
absent; verifying is observe, compare and probe.
"""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar, Protocol

from marketplace.connectors.errors import (
    Conflict,
    ConnectorError,
    NeedsHuman,
    Permanent,
    QueryRefused,
    StaleLease,
    Transient,
)
from marketplace.connectors.grants import (
    Grant,
    Lease,
    Mask,
    Member,
    Observed,
    ObservedMember,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    Probe,
    ProbeDetail,
    RowFilter,
    Step,
    StepResult,
)
from marketplace.connectors.identifiers import BadIdentifier, Ident
from marketplace.connectors.reading import (
    SECRET,
    Capabilities,
    Column,
    ColumnInfo,
    ColumnProfile,
    ConnInfo,
    Estimate,
    Finding,
    Limits,
    Part,
    Question,
    Rows,
    SandboxTable,
    Schema,
)

__all__ = [
    "SECRET",
    "BadIdentifier",
    "Capabilities",
    "Column",
    "ColumnInfo",
    "ColumnProfile",
    "Conflict",
    "ConnInfo",
    "Connector",
    "ConnectorError",
    "Estimate",
    "Finding",
    "Grant",
    "Ident",
    "Laboratory",
    "Lease",
    "Limits",
    "Mask",
    "Member",
    "NeedsHuman",
    "Observed",
    "ObservedMember",
    "Part",
    "Permanent",
    "Plan",
    "PortDesired",
    "PortVariant",
    "Principal",
    "Probe",
    "ProbeDetail",
    "QueryRefused",
    "Question",
    "RowFilter",
    "Rows",
    "SandboxTable",
    "Schema",
    "StaleLease",
    "Step",
    "StepResult",
    "Transient",
]


class Connector(Protocol):
    """A data platform. Holds no state of grants; every method may raise ConnectorError."""

    api: ClassVar[int] = 1
    kind: ClassVar[str]
    version: ClassVar[str]

    def capabilities(self) -> Capabilities:
        """Describe the platform; asks nothing of it."""

    def check(self) -> list[Finding]:
        """Look for what the provisioner's credential lacks and what it has too much of."""

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle, or only what concerns some principals. Never writes.

        A plan made from a part of the members is right for a `PortDesired` with the same part.
        """

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure: asks nothing of the platform, same input same digest."""

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps in order, asking `lease.fence()` before each. Safe to repeat.

        Lazy: nothing happens until it is iterated. Stops at the first failure by raising.
        """

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001
        """Try, as the consumer, what is promised and what is not."""

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Make a short-lived way in for the consumer; it is returned once and kept nowhere."""

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Run one read query as the consumer. Raises QueryRefused."""

    def describe(self, schema: str, table: str) -> Schema:
        """Read the columns of a relation."""

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile at most `limit` rows of a variant, or of a base relation (schema, table)."""

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read at most `limit` rows, for the owner's pages."""

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:
        """End the open sessions of a consumer; returns how many were ended."""


class Laboratory(Protocol):
    """What a platform for people's queries can do more; `supports` says "lab" when it can."""

    def ask(self, grant: Grant, question: Question, limits: Limits) -> Rows:
        """Run one read query with bound parameters as the consumer. Raises QueryRefused."""

    def estimate(self, grant: Grant, question: Question) -> Estimate:
        """Ask the planner, as the consumer, what a query would give. Reads no row."""

    def stop(self, principal: Principal | None, tag: str) -> bool:
        """End the running query of this tag: the consumer's, or (None) one in the sandbox."""

    def rehearse(self, table: SandboxTable, question: Question, limits: Limits) -> Rows:
        """Run a query on invented rows, as a login that can read nothing else."""
