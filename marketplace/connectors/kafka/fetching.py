"""Fetching with librdkafka: one attempt for a proof, or the last messages of a topic."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import KafkaError, TopicPartition
from confluent_kafka import Message as Fetched

from marketplace.connectors.base import Transient
from marketplace.connectors.kafka.config import DOUBLES, KafkaConfig
from marketplace.connectors.kafka.links import (
    ANSWER_S,
    NotThere,
    Reader,
    Refused,
    reader,
    translated,
)

_EOF: Final = KafkaError._PARTITION_EOF  # noqa: SLF001 - the library's name of it
_WIDER: Final = 8
_WIDEST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a fetch: `outcome` as in a probe's detail, `code` in the protocol's words.

    `cluster` is the id of the cluster that answered, empty when nobody was let in.
    """

    outcome: str
    code: str
    cluster: str = ""


def tries_fetch(config: KafkaConfig, login: str, topic: str, group: str) -> Attempt:
    """Fetch once as a consumer of ours. Raises ConnectorError for what proves nothing."""
    cluster = ""
    try:
        with reader(config, login, config.password_of(login), group) as entered:
            cluster = entered.enter()
            _fetch_one(entered, topic)
    except Refused as refused:
        return Attempt("refused", refused.code, cluster)
    except NotThere as missing:
        return Attempt("missing", missing.message, cluster)
    return Attempt("allowed", "NONE", cluster)


def level_of(config: KafkaConfig, cluster: str) -> Any:
    """Say what evidence from this cluster is worth: a double names itself."""
    return "simulated" if config.simulated or cluster.startswith(DOUBLES) else "proven"


def _fetch_one(entered: Reader, topic: str) -> None:
    """Fetch from the end of the first partition; an empty one answers as well."""
    number, _ = partitions_of(entered, topic)[0]
    low, high = _bounds(entered, topic, number)
    entered.client.assign([TopicPartition(topic, number, max(low, high - 1))])
    for _ in _arriving(entered, {number}):
        return


def partitions_of(entered: Reader, topic: str) -> list[tuple[int, int]]:
    """List a topic's partitions with the number of their replicas. Raises Refused, NotThere."""
    told = entered.call(lambda: entered.client.list_topics(topic, timeout=ANSWER_S))
    found = told.topics[topic]
    if found.error is not None:
        raise translated(found.error)
    return sorted((one.id, len(one.replicas)) for one in found.partitions.values())


def _bounds(entered: Reader, topic: str, number: int) -> tuple[int, int]:
    where = TopicPartition(topic, number)
    found = entered.call(lambda: entered.client.get_watermark_offsets(where, timeout=ANSWER_S))
    if found is None:
        raise Transient("Kafka does not answer in time", 1.0)
    return int(found[0]), int(found[1])


def _arriving(entered: Reader, numbers: set[int]) -> Iterator[Fetched]:
    """Give messages until every partition is at its end. Raises Refused, ConnectorError."""
    open_ones, until = set(numbers), time.monotonic() + ANSWER_S
    while open_ones:
        if time.monotonic() >= until:
            raise Transient("Kafka does not answer in time", 1.0)
        one = entered.call(lambda: entered.client.poll(0.1))
        error = one.error() if one is not None else None
        if one is not None and error is None:
            yield one
        elif error is not None and error.code() == _EOF:
            open_ones.discard(int(one.partition() or 0))
        elif error is not None and one.topic() is not None:
            raise translated(error)
        # An error of no topic is about the group: nothing is committed here, so it may be.
        entered.look()


def last(entered: Reader, topic: str, limit: int) -> list[Fetched]:
    """Read the last messages, oldest first. Raises Refused, NotThere.

    Offsets have gaps in a compacted topic, so more is read while too little is found.
    """
    bounds = {
        number: _bounds(entered, topic, number) for number, _ in partitions_of(entered, topic)
    }
    span = limit
    while True:
        starts = {number: max(low, high - span) for number, (low, high) in bounds.items()}
        found = _from(entered, topic, starts, bounds)
        whole = all(starts[number] == low for number, (low, _) in bounds.items())
        if len(found) >= limit or whole or span >= _WIDEST:
            break
        span *= _WIDER
    found.sort(key=lambda one: (one.timestamp()[1], one.partition(), one.offset()))
    return found[-limit:]


def _from(
    entered: Reader, topic: str, starts: dict[int, int], bounds: dict[int, tuple[int, int]]
) -> list[Fetched]:
    wanted = {number: start for number, start in starts.items() if start < bounds[number][1]}
    if not wanted:
        return []
    places = [TopicPartition(topic, number, start) for number, start in wanted.items()]
    entered.client.assign(places)
    ends = {number: bounds[number][1] for number in wanted}
    found, left = [], set(wanted)
    for one in _arriving(entered, left):
        number = int(one.partition() or 0)
        if int(one.offset() or 0) < ends[number]:  # what comes while we read is left out
            found.append(one)
    entered.client.unassign()
    return found
