"""The connector itself: one method per question, each answered by a module of its own."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final

from marketplace.connectors.aws import (
    checking,
    foreign,
    observing,
    previewing,
)
from marketplace.connectors.aws.checking import Asked
from marketplace.connectors.aws.connector import AwsConnector
from marketplace.connectors.aws.s3 import objects, points, probing
from marketplace.connectors.aws.s3.config import ACTIONS, S3Config
from marketplace.connectors.aws.statements import Names
from marketplace.connectors.base import (
    Capabilities,
    ColumnProfile,
    Finding,
    Grant,
    Limits,
    NeedsHuman,
    Observed,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    Rows,
    Schema,
)
from marketplace.connectors.brokers import planning
from marketplace.connectors.grants import PRINCIPAL_KINDS

_WHOLE: Final = "S3 hides neither columns nor rows: publish files that hold what may be seen"
_NO_POLICY: Final = frozenset({"NoSuchBucketPolicy"})
_BLOCKING: Final[Mapping[str, str]] = {
    "base-missing": "there are no objects below the prefix",
    "handle-not-ours": "a policy of the handle's name exists and is not ours",
}


class S3Connector(AwsConnector[S3Config]):
    """Objects of a bucket. Keeps HTTP connections and nothing else."""

    kind: ClassVar[str] = "s3"
    holds_files: ClassVar[bool] = True
    config_class: ClassVar[type[S3Config]] = S3Config
    probing: ClassVar[Any] = probing

    def prepare(self) -> None:
        """Make the role that previews for owners use, unless it stands; safe to repeat."""
        document = self.config.reads(self.config.prefix)
        previewing.prepare(self._aws, self._preview, ACTIONS, document)

    @property
    def _preview(self) -> Names:
        return previewing.names_of(self.config, self.config.bucket, self.config.prefix)

    def capabilities(self) -> Capabilities:
        """Describe it. IAM is eventually consistent: a change is seen everywhere within seconds."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset(),
            native_expiry=True,
            revoke_reach="statement",
            revoke_sla_s=60.0,
            readback_lag_s=15.0,
            max_grantees=None,
            billing="producer",
            supports=frozenset({"query", "credentials", "describe", "profile", "sample"}),
        )

    def check(self) -> list[Finding]:
        """Look for what the provisioner lacks and what it has too much of."""
        bucket = self.config.bucket_arn
        inside = f"{bucket}/{self.config.prefix}x/y"
        needed = [
            Asked(("s3:ListBucket", "s3:GetBucketPolicy"), bucket),
            Asked(("s3:ListAccessPoints",), "*"),
            Asked(("s3:GetAccessPointPolicy",), points.arn(self.config, "x")),
        ]
        too_much = [Asked(("s3:GetObject", "s3:PutObject", "s3:DeleteObject"), inside)]
        found = checking.check(self._aws, needed, too_much)
        return found or self._unprepared()

    # --- grants --------------------------------------------------------------------------------

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle."""
        prefix = self.config.below(variant.base_schema, variant.base_table)
        try:
            there = objects.listed(self._aws, self.config, prefix, most=1)
        except objects.Refused:
            raise NeedsHuman("the provisioner may not list the bucket") from None
        others = () if principals is not None else self._others(prefix)
        observed, _ = observing.observe(
            self._aws,
            self.config.reading,
            variant,
            principals,
            drift=() if there else ("base-missing",),
            foreign=others,
        )
        return observed

    def _others(self, prefix: str) -> list[str]:
        """Say whom the bucket's policy and its access points let read; IAM's are not read."""
        asked = {"Bucket": self.config.bucket}
        told = self._aws.ask("s3", "get_bucket_policy", asked, expected=_NO_POLICY)
        document = json.loads(told.value.get("Policy") or "{}")
        ours = f"{self.config.bucket_arn}/{prefix}"
        return [
            f"{who} may read {prefix} by the bucket policy"
            for who in foreign.let_in(document, "s3:getobject", ours)
        ] + list(points.others(self._aws, self.config, prefix))

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        handle = self.config.handle_of(desired.variant)
        whole = planning.Whole(_WHOLE, _BLOCKING)
        return planning.plan(handle, self.words, desired, observed, whole)

    # --- as the consumer -----------------------------------------------------------------------

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Run one read query as the consumer."""
        return probing.query(self._aws, self.config, grant, sql, limits, cancel=cancel)

    # --- for the owner -------------------------------------------------------------------------

    @contextmanager
    def _files(self, schema: str, table: str) -> Iterator[Any]:
        narrowed = self.config.reads(self.config.below(schema, table))
        session = previewing.session(self._aws, self._preview, narrowed)
        try:
            with objects.folder(session, self.config, schema, table) as files:
                yield files
        except objects.Refused:
            raise NeedsHuman("the role for previews may not read the bucket") from None

    def describe(self, schema: str, table: str) -> Schema:
        """Read the columns of the files below a prefix."""
        with self._files(schema, table) as files:
            from marketplace.connectors.files import reading

            return reading.describe(files, schema, table)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile the files below a prefix."""
        with self._files(*_base(target)) as files:
            from marketplace.connectors.files import reading

            return reading.profile(files, target, limit)

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the first rows."""
        with self._files(*_base(target)) as files:
            from marketplace.connectors.files import reading

            return reading.sample(files, target, limit)


def _base(target: PortVariant | tuple[str, str]) -> tuple[str, str]:
    if isinstance(target, PortVariant):
        return target.base_schema, target.base_table
    return target
