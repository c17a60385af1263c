"""Which streams become ports, and what is let read of them."""

import re
from dataclasses import dataclass
from typing import Final

from marketplace.connectors.aws import documents
from marketplace.connectors.aws.config import AwsConfig
from marketplace.connectors.aws.documents import Document
from marketplace.connectors.aws.statements import Reading
from marketplace.connectors.base import BadIdentifier, Permanent, PortVariant

ACTIONS: Final = (
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
)
CONTROL: Final = "emporion-control"
"""A stream that nobody is promised; it need not exist: IAM refuses before Kinesis looks."""
_NAME: Final = re.compile(r"[a-zA-Z0-9_.-]{1,128}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class KinesisConfig(AwsConfig):
    """The streams of one account and region."""

    def stream_of(self, schema: str, table: str) -> str:
        """Name the stream of a base relation. Raises BadIdentifier, and Permanent for our own."""
        name = f"{schema}.{table}"
        if not _NAME.match(name):
            raise BadIdentifier(f"{name!r} cannot be the name of a stream")
        if name == CONTROL:
            raise Permanent(f"the stream {CONTROL} is the marketplace's own")
        return name

    def arn(self, stream: str) -> str:
        """Give a stream's ARN."""
        return f"arn:{self.partition}:kinesis:{self.region}:{self.account}:stream/{stream}"

    def reader(self, variant: PortVariant) -> Document:
        """Write what a variant lets read."""
        return self.reads(self.arn(self.stream_of(variant.base_schema, variant.base_table)))

    def reads(self, arn: str) -> Document:
        """Let a stream be described and read."""
        return documents.policy(documents.allow("Read", ACTIONS, (arn,)))

    @property
    def reading(self) -> Reading:
        """What consumers of streams may do."""
        return Reading(ACTIONS, self.reader)
