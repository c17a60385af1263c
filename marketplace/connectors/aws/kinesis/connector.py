"""The connector itself: one method per question, each answered by a module of its own."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from marketplace.connectors.aws import (
    checking,
    foreign,
    observing,
    previewing,
)
from marketplace.connectors.aws.checking import Asked
from marketplace.connectors.aws.connector import AwsConnector
from marketplace.connectors.aws.kinesis import probing, reading
from marketplace.connectors.aws.kinesis.config import ACTIONS, KinesisConfig
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
    QueryRefused,
    Rows,
    Schema,
)
from marketplace.connectors.brokers import messages, planning
from marketplace.connectors.brokers.streams import Message, StreamFacts
from marketplace.connectors.grants import PRINCIPAL_KINDS

_WHOLE: Final = planning.Whole(
    "Kinesis hides neither fields nor records: publish a projected stream",
    {
        "stream-missing": "the stream does not exist",
        "handle-not-ours": "a policy of the handle's name exists and is not ours",
    },
)
_INFERRED_FROM: Final = 100
_NO_POLICY: Final = frozenset({"ResourceNotFoundException"})


class KinesisConnector(AwsConnector[KinesisConfig]):
    """Kinesis data streams. Keeps HTTP connections and nothing else."""

    kind: ClassVar[str] = "kinesis"
    config_class: ClassVar[type[KinesisConfig]] = KinesisConfig
    probing: ClassVar[Any] = probing

    def prepare(self) -> None:
        """Make the role that previews for owners use, unless it stands; safe to repeat."""
        document = self.config.reads(self.config.arn("*"))
        previewing.prepare(self._aws, self._preview, ACTIONS, document)

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
            supports=frozenset({"query", "credentials", "describe", "profile", "sample", "stream"}),
        )

    def check(self) -> list[Finding]:
        """Look for what the provisioner lacks and what it has too much of."""
        arn = self.config.arn("x")
        told = ("kinesis:DescribeStreamSummary", "kinesis:GetResourcePolicy")
        needed = [Asked(told, arn), Asked(("kinesis:ListStreams",), "*")]
        too_much = [Asked(("kinesis:GetRecords", "kinesis:PutRecord", "kinesis:DeleteStream"), arn)]
        found = checking.check(self._aws, needed, too_much)
        return found or self._unprepared()

    # --- grants --------------------------------------------------------------------------------

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle."""
        stream = self.config.stream_of(variant.base_schema, variant.base_table)
        there = reading.summary(self._aws, self.config, stream) is not None
        observed, _ = observing.observe(
            self._aws,
            self.config.reading,
            variant,
            principals,
            drift=() if there else ("stream-missing",),
            foreign=self._others(stream) if there and principals is None else (),
        )
        return observed

    def _others(self, stream: str) -> list[str]:
        """Say whom the stream's own policy lets read it."""
        asked = {"ResourceARN": self.config.arn(stream)}
        told = self._aws.ask("kinesis", "get_resource_policy", asked, expected=_NO_POLICY)
        text = told.value.get("Policy") or "{}"
        return [
            f"{who} may read {stream} by the stream's policy"
            for who in foreign.let_in(json.loads(text), "kinesis:getrecords", asked["ResourceARN"])
        ]

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        handle = self.config.handle_of(desired.variant)
        return planning.plan(handle, self.words, desired, observed, _WHOLE)

    # --- as the consumer -----------------------------------------------------------------------

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Read the last records as the consumer: `SELECT * FROM relation LIMIT n`, no more."""
        if cancel is not None and cancel.is_set():
            raise QueryRefused("query-cancelled", "The query was cancelled.")
        return probing.query(self._aws, self.config, grant, sql, limits)

    # --- for the owner -------------------------------------------------------------------------

    def stream(self, schema: str, table: str) -> StreamFacts:
        """Describe a stream."""
        return reading.facts(self._aws, self.config, self.config.stream_of(schema, table))

    def streams(self) -> tuple[tuple[str, str], ...]:
        """List the streams whose names have the two parts that a port's resource needs."""
        names = self._aws.all("kinesis", "list_streams", "StreamNames", {})
        parts = (str(one).partition(".") for one in names)
        return tuple(sorted((schema, table) for schema, dot, table in parts if dot and table))

    def last_messages(self, schema: str, table: str, limit: int) -> tuple[Message, ...]:
        """Read the last records for the owner's pages, oldest first."""
        stream = self.config.stream_of(schema, table)
        narrowed = self.config.reads(self.config.arn(stream))
        session = previewing.session(self._aws, self._preview, narrowed)
        try:
            return tuple(reading.last(session, self.config, stream, limit))
        except reading.Refused:
            raise NeedsHuman("the role for previews may not read the stream") from None

    def lag(self, grant: Grant) -> Mapping[str, int] | None:  # noqa: ARG002 - the Protocol's
        """Kinesis does not know how far a reader is: readers keep their place themselves."""
        return None

    def describe(self, schema: str, table: str) -> Schema:
        """Infer the fields from the last 100 records: Kinesis knows no schema."""
        found = [one.value for one in self.last_messages(schema, table, _INFERRED_FROM)]
        return Schema(schema, table, "stream", messages.columns_of(found), "", None)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile the last records."""
        return messages.profile(self.sample(target, limit))

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the last records as rows."""
        began = time.perf_counter()
        where = _base(target)
        return messages.sampled(self.last_messages(*where, limit), target, limit, began)


def _base(target: PortVariant | tuple[str, str]) -> tuple[str, str]:
    if isinstance(target, PortVariant):
        return target.base_schema, target.base_table
    return target
