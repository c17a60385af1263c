"""Amazon Kinesis Data Streams: one stream is a port, read by a role per consumer and port.

A base relation `schema.table` is the stream of that name, dot included. A consumer may describe the
stream and read its shards; Kinesis hides neither fields nor records, so narrowed variants are
withheld. Rights stand in IAM, not in the stream's resource policy: in one account that policy
allows beside IAM, so it would be a second door; whom it lets in is reported.
"""

from marketplace.connectors.aws.kinesis.config import KinesisConfig
from marketplace.connectors.aws.kinesis.connector import KinesisConnector

__all__ = ["KinesisConfig", "KinesisConnector"]
