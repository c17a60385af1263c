"""A stream for a test, with flight delays in it, and its administrator."""

import json
from typing import Any

from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.kinesis import KinesisConfig, KinesisConnector
from tests.connectors.aws.asking import ACCOUNT
from tests.connectors.aws.server import REGION, AwsLevers
from tests.connectors.contract import ROWS

STREAM = "flights.delays"
STREAMS = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream"
NAMES = ("id", "carrier", "minutes", "note")


class KinesisLevers(AwsLevers):
    kind = "kinesis"
    refused_with = "AccessDenied"
    base = ("flights", "delays")
    more = [
        {
            "Effect": "Allow",
            "Action": ["kinesis:DescribeStreamSummary", "kinesis:GetResourcePolicy"],
            "Resource": f"{STREAMS}/*",
        },
        {"Effect": "Allow", "Action": "kinesis:ListStreams", "Resource": "*"},
    ]
    boundary = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["kinesis:Get*", "kinesis:List*", "kinesis:Describe*"],
                "Resource": "*",
            }
        ],
    }

    def furnish(self) -> None:
        for name in (STREAM, "flights.delays-hr", "single"):
            self.dba("create_stream", "kinesis", StreamName=name, ShardCount=2)
        self.publish(*(dict(zip(NAMES, row, strict=True)) for row in ROWS))

    def publish(self, *payloads: object) -> None:
        for number, one in enumerate(payloads):
            body = json.dumps(one).encode()
            self.dba(
                "put_record", "kinesis", StreamName=STREAM, Data=body, PartitionKey=f"{number}"
            )

    def records(self) -> int:
        found = 0
        where = {"StreamName": STREAM}
        for one in self.dba("list_shards", "kinesis", **where)["Shards"]:
            place = self.dba(
                "get_shard_iterator",
                "kinesis",
                **where,
                ShardId=one["ShardId"],
                ShardIteratorType="TRIM_HORIZON",
            )["ShardIterator"]
            arn = f"{STREAMS}/{STREAM}"
            given = self.dba("get_records", "kinesis", ShardIterator=place, StreamARN=arn)
            found += len(given["Records"])
        return found

    def configured(self, **changes: Any) -> KinesisConfig:
        return KinesisConfig(**self.facts() | changes)

    def connected(self, config: KinesisConfig) -> KinesisConnector:
        return KinesisConnector(config)

    def reads(self, aws: Aws, stream: str = STREAM) -> str:
        """What Kinesis answers to a reader: empty when it lets it."""
        refusals = frozenset({"AccessDeniedException", "AccessDenied"})
        asked = {"StreamARN": f"{STREAMS}/{stream}"}
        return aws.ask("kinesis", "list_shards", asked, expected=refusals).code
