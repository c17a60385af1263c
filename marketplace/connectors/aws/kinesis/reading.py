"""Records of a stream, read shard by shard from some time ago to its tip; nobody's place moves.

Kinesis cannot be asked for its last records, so ever longer stretches of time are read until there
are enough: five minutes, an hour, a day, all that is kept. A shard answers five times a second.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from marketplace.connectors.aws.calls import REFUSALS, Answer, Aws
from marketplace.connectors.aws.kinesis.config import KinesisConfig
from marketplace.connectors.base import Permanent
from marketplace.connectors.brokers import messages
from marketplace.connectors.brokers.streams import Message, Retention, StreamFacts

MISSING: Final = frozenset({"ResourceNotFoundException"})
_STRETCHES: Final = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1), None)
_CALLS: Final = 10
_BATCH: Final = 1000
_SHARDS: Final = 20
_HOUR_S: Final = 3600


class Refused(Exception):
    """Kinesis did not let us."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def last(aws: Aws, config: KinesisConfig, stream: str, limit: int) -> list[Message]:
    """Read the last records, oldest first, of at most 20 shards.

    Raises Refused, and Permanent when there is no such stream. Of a shard with more records than
    ten calls bring, the oldest of the stretch are read, not the newest.
    """
    where = {"StreamARN": config.arn(stream)}
    shards = _asked(aws, "list_shards", where | {"MaxResults": _SHARDS}).value["Shards"]
    now, found = aws.last_heard(), list[Message]()
    for stretch in _STRETCHES:
        since = None if stretch is None else now - stretch
        found = [
            one
            for number, shard in enumerate(shards)
            for one in _shard(aws, where, shard["ShardId"], number, since)
        ]
        if len(found) >= limit:
            break
    return sorted(found, key=lambda one: (one.at or now, one.partition or 0))[-limit:]


def _shard(
    aws: Aws, where: dict[str, str], shard: str, number: int, since: datetime | None
) -> Iterator[Message]:
    """Read one shard up to its tip."""
    start: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
    if since is not None:
        start = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": since}
    asked = where | {"ShardId": shard} | start
    iterator = _asked(aws, "get_shard_iterator", asked).value["ShardIterator"]
    for _ in range(_CALLS):
        asked = where | {"ShardIterator": iterator, "Limit": _BATCH}
        given = _asked(aws, "get_records", asked).value
        for one in given["Records"]:
            yield _message(one, number)
        iterator = given.get("NextShardIterator")
        if not iterator or not given.get("MillisBehindLatest"):
            return


def _message(one: dict[str, Any], number: int) -> Message:
    body = one["Data"]
    return Message(
        key=str(one["PartitionKey"]),
        partition=number,
        offset=int(one["SequenceNumber"]),
        at=one.get("ApproximateArrivalTimestamp"),
        headers=(),
        size=len(body),
        value=messages.decode(body),
    )


def _asked(aws: Aws, operation: str, params: dict[str, Any]) -> Answer:
    answer = aws.ask("kinesis", operation, params, expected=REFUSALS | MISSING)
    if answer.code in MISSING:
        raise Permanent(f"there is no stream {params['StreamARN'].rsplit('/', 1)[-1]}")
    if not answer:
        raise Refused(answer.code)
    return answer


def summary(aws: Aws, config: KinesisConfig, stream: str) -> dict[str, Any] | None:
    """Read what Kinesis tells of a stream, None when there is none."""
    asked = {"StreamARN": config.arn(stream)}
    answer = aws.ask("kinesis", "describe_stream_summary", asked, expected=MISSING)
    return dict(answer.value["StreamDescriptionSummary"]) if answer else None


def facts(aws: Aws, config: KinesisConfig, stream: str) -> StreamFacts:
    """Describe a stream. Raises Permanent when there is none."""
    told = summary(aws, config, stream)
    if told is None:
        raise Permanent(f"there is no stream {stream}")
    return StreamFacts(
        name=stream,
        kind="Kinesis stream",
        description="",
        partitions=told.get("OpenShardCount"),
        replicas=None,
        messages=None,
        bytes=None,
        retention=Retention(seconds=float(told["RetentionPeriodHours"] * _HOUR_S)),
        first_at=told.get("StreamCreationTimestamp"),
        last_at=None,
        schema=None,
    )
