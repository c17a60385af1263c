"""Which bucket, and which part of it."""

import re
from dataclasses import dataclass
from typing import Final

from marketplace.connectors.aws import documents
from marketplace.connectors.aws.config import AwsConfig
from marketplace.connectors.aws.documents import Document
from marketplace.connectors.aws.statements import Reading
from marketplace.connectors.base import Ident, PortVariant

ACTIONS: Final = ("s3:GetObject", "s3:ListBucket")
_BUCKET: Final = re.compile(r"(?!xn--|sthree-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\Z")
_PREFIX: Final = re.compile(r"([A-Za-z0-9!_.'()-]+/)*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Config(AwsConfig):
    """A bucket; `prefix` (empty, or ending in a slash) is where its ports begin.

    `preview_mb` is the most that one query in the lab, or one preview, reads.
    """

    bucket: str
    prefix: str = ""
    preview_mb: int = 200

    def __post_init__(self) -> None:
        AwsConfig.__post_init__(self)
        if not _BUCKET.match(self.bucket):
            raise ValueError("bucket must be the name of an S3 bucket, without dots")
        if not _PREFIX.match(self.prefix):
            raise ValueError("prefix must be empty, or parts that each end in a slash")
        if self.preview_mb < 1:
            raise ValueError("preview_mb must be positive")

    @property
    def bucket_arn(self) -> str:
        """Name the bucket."""
        return f"arn:{self.partition}:s3:::{self.bucket}"

    def below(self, schema: str, table: str) -> str:
        """Give the prefix of a base relation. Raises BadIdentifier."""
        return f"{self.prefix}{Ident(schema)}/{Ident(table)}/"

    def reader(self, variant: PortVariant) -> Document:
        """Write what a variant lets read."""
        return self.reads(self.below(variant.base_schema, variant.base_table))

    def reads(self, prefix: str) -> Document:
        """Let everything below a prefix be listed and read."""
        named = documents.literal(prefix)
        only = {"s3:prefix": [named, f"{named}*"]}
        bucket = (self.bucket_arn,)
        return documents.policy(
            documents.allow("List", ("s3:ListBucket",), bucket, StringLike=only),
            documents.allow("Read", ("s3:GetObject",), (f"{self.bucket_arn}/{named}*",)),
        )

    @property
    def reading(self) -> Reading:
        """What consumers of this bucket may do."""
        return Reading(ACTIONS, self.reader)
