"""The connector itself: one method per question, each answered by a module of its own."""

import functools
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self

from marketplace.connectors.aws import applying, iam, previewing, withdrawing
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.lakeformation import (
    checking,
    granting,
    observing,
    probing,
    reading,
    workgroups,
)
from marketplace.connectors.aws.lakeformation.config import ACTIONS, WORK_GROUP, LakeConfig
from marketplace.connectors.aws.lakeformation.words import LakeWords
from marketplace.connectors.aws.statements import OURS, Names
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
from marketplace.connectors.withdrawing import Withdrawn


class LakeFormationConnector:
    """Tables of the Glue catalogue. Keeps HTTP connections and nothing else."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "lakeformation"
    version: ClassVar[str] = "1"
    config_class: ClassVar[type[LakeConfig]] = LakeConfig

    def __init__(self, config: LakeConfig) -> None:
        self.config = config
        self._aws = Aws(config)
        self._words = LakeWords(config)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(LakeConfig(**config))

    def prepare(self) -> None:
        """Make what previews for owners need: a work group, a role, its rights. Safe to repeat."""
        config, names = self.config, self._preview
        group = reading.group_of(names)
        settings = workgroups.settings(config.scan_limit_mb)
        workgroups.make(self._aws, group, settings, {OURS: config.instance})
        # All tables of all databases; each session is narrowed to one.
        previewing.prepare(self._aws, names, ACTIONS, config.reads_all(), more={WORK_GROUP: group})
        granting.let_preview(self._aws, config, names.role)

    @property
    def _preview(self) -> Names:
        return previewing.names_of(self.config, self.kind, self.config.region)

    def capabilities(self) -> Capabilities:
        """Describe it. IAM and Lake Formation are eventually consistent, within seconds."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset({"columns", "rows"}),
            native_expiry=True,
            revoke_reach="statement",
            revoke_sla_s=60.0,
            readback_lag_s=15.0,
            max_grantees=None,
            billing="consumer",
            supports=frozenset({"query", "credentials", "describe", "profile", "sample"}),
        )

    def check(self) -> list[Finding]:
        """Look for what the provisioner lacks and what it has too much of."""
        return checking.check(self._aws, self.config, self._preview)

    # --- grants --------------------------------------------------------------------------------

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle."""
        return observing.observe(self._aws, self.config, variant, principals)

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        return self._words.plan(desired, observed)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps."""
        verbs = functools.partial(granting.verbs, self.config)
        return applying.apply(self._aws, ACTIONS, plan, lease, verbs)

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:
        """Deny everything to the sessions that are open now; AWS does not tell how many they were.

        Returns 1 when the consumer had a role, else 0.
        """
        names = self._words.names(variant, principal)
        return int(iam.cut(self._aws, names.mark, ACTIONS))

    def drop_credential(self, user: str) -> Withdrawn:
        """Deny everything to the sessions of a consumer that are open now, and read back."""
        return withdrawing.drop_one(self._aws, self.config.reading, user)

    # --- as the consumer -----------------------------------------------------------------------

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Assume the consumer's role and try what is promised and what is not."""
        expected: Any = "access" if expect_access else "no_access"
        return probing.probe(self._aws, self.config, grant, expected, self.version)

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Give keys of the consumer's role for an hour at most."""
        return probing.credentials(self._aws, self.config, grant, ttl)

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Run one read query as the consumer, with Athena."""
        return probing.query(self._aws, self.config, grant, sql, limits, cancel=cancel)

    # --- for the owner -------------------------------------------------------------------------

    def describe(self, schema: str, table: str) -> Schema:
        """Read the columns of a table, as Glue has them."""
        return reading.describe(self._aws, self.config, schema, table)

    def relations(self, schema: str) -> tuple[str, ...]:
        """List the tables of a database, for drafts of contracts."""
        return reading.relations(self._aws, self.config, schema)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile the first rows of a table, with Athena."""
        return reading.profile(self._aws, self.config, self._preview, target, limit)

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the first rows of a table, with Athena."""
        return reading.sample(self._aws, self.config, self._preview, target, limit)
