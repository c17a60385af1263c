"""The connector itself: one method per question, each answered by a module of its own."""

import threading
from collections.abc import Mapping
from typing import Any, ClassVar

from marketplace.connectors.aws import previewing
from marketplace.connectors.aws.applying import There, Verb
from marketplace.connectors.aws.connector import AwsConnector
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
from marketplace.connectors.aws.statements import OURS
from marketplace.connectors.base import (
    Capabilities,
    ColumnProfile,
    Finding,
    Grant,
    Limits,
    Observed,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    Rows,
    Schema,
)
from marketplace.connectors.grants import PRINCIPAL_KINDS


class LakeFormationConnector(AwsConnector[LakeConfig]):
    """Tables of the Glue catalogue. Keeps HTTP connections and nothing else."""

    kind: ClassVar[str] = "lakeformation"
    config_class: ClassVar[type[LakeConfig]] = LakeConfig
    probing: ClassVar[Any] = probing

    @property
    def words(self) -> LakeWords:
        """Write the steps, with those of Lake Formation, Glue and Athena between IAM's."""
        return LakeWords(self.config)

    def prepare(self) -> None:
        """Make what previews for owners need: a work group, a role, its rights. Safe to repeat."""
        config, names = self.config, self._preview
        group = reading.group_of(names)
        settings = workgroups.settings(config.scan_limit_mb)
        workgroups.make(self._aws, group, settings, {OURS: config.instance})
        # All tables of all databases; each session is narrowed to one.
        previewing.prepare(self._aws, names, ACTIONS, config.reads_all(), more={WORK_GROUP: group})
        granting.let_preview(self._aws, config, names.role)

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
        return self.words.plan(desired, observed)

    def verbs(self, there: There) -> Mapping[str, Verb]:
        """Give what a step may do here beside IAM's verbs."""
        return granting.verbs(self.config, there)

    # --- as the consumer -----------------------------------------------------------------------

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
