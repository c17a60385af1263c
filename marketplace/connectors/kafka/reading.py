"""What a topic tells: its last messages, its schema, its retention, how far its readers are."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from confluent_kafka import ConsumerGroupTopicPartitions, TopicCollection, TopicPartition
from confluent_kafka import Message as Fetched
from confluent_kafka.admin import ConfigResource, OffsetSpec

from marketplace.connectors.base import (
    ColumnInfo,
    ConnectorError,
    Permanent,
    PortVariant,
    Rows,
    Schema,
)
from marketplace.connectors.brokers import messages
from marketplace.connectors.brokers.fields import Field, UnreadableSchema, tree_of
from marketplace.connectors.brokers.streams import Message, Retention, StreamFacts, StreamSchema
from marketplace.connectors.identifiers import BadIdentifier, Ident, role_name
from marketplace.connectors.kafka import acls, applying, fetching, users
from marketplace.connectors.kafka.config import (
    CONTROL_TOPIC,
    UNDOTTED,
    KafkaConfig,
    checked,
    parts_of,
)
from marketplace.connectors.kafka.links import (
    Admin,
    NotThere,
    Reader,
    Refused,
    patiently,
    provisioner,
)
from marketplace.connectors.kafka.schemas import Registry

_INFERRED_FROM: Final = 100
_LIVES: Final = timedelta(minutes=5)
_MOST: Final = 1000
_ENDLESS: Final = -1


def plain(config: KafkaConfig, found: list[Fetched]) -> list[Message]:
    """Put fetched messages into our words; the registry is asked for schemas they name."""
    registry = Registry(config)
    return [_message(one, registry) for one in found]


def _message(one: Fetched, registry: Registry) -> Message:
    kind, moment = one.timestamp()
    body, key = one.value() or b"", one.key() or b""
    return Message(
        key=str(messages.decode(_bytes(key))),
        partition=one.partition(),
        offset=int(one.offset() or 0),
        at=datetime.fromtimestamp(moment / 1000, UTC) if kind else None,
        headers=tuple(
            (name, _bytes(value or b"").decode(errors="replace"))
            for name, value in one.headers() or ()
        ),
        size=len(body),
        value=registry.decode(_bytes(body)) if body else None,
    )


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@contextmanager
def own_user(config: KafkaConfig, topic: str) -> Iterator[Reader]:
    """Log in as a user that is made for the occasion, with the right to read one topic.

    Its mark has an end, so that the sweep deletes what a crash leaves.
    """
    login = role_name(config.env, "o", topic, secrets.token_hex(8))
    password = secrets.token_hex(24)
    until = (applying.our_time() + _LIVES).isoformat()
    mark = acls.mark(login, config.mark(credential_of=login, until=until))
    with provisioner(config) as admin:
        try:
            acls.give(admin, [mark, *acls.rights_on_topic(login, topic)])
            users.make(admin, config, login, password)
            with _entered(config, login, password, topic) as entered:
                yield entered
        finally:
            with suppress(ConnectorError):
                applying.delete(config, admin, login)


@contextmanager
def _entered(config: KafkaConfig, login: str, password: str, topic: str) -> Iterator[Reader]:
    """Enter as soon as the brokers know the user and its rights."""

    def attempt() -> Reader | Refused:
        entered = Reader.of(config, login, password, "mp-preview")
        try:
            entered.enter()
            fetching.partitions_of(entered, topic)
        except Refused as refused:
            entered.client.close()
            return refused
        except ConnectorError:
            entered.client.close()
            raise
        return entered

    found = patiently(config.settle_s, attempt, lambda one: isinstance(one, Reader))
    if isinstance(found, Refused):
        raise found
    try:
        yield found
    finally:
        found.client.close()


def last(config: KafkaConfig, topic: str, limit: int) -> list[Message]:
    """Read the last messages for the owner's pages. Raises Permanent when there is no topic."""
    try:
        with own_user(config, topic) as entered:
            found = fetching.last(entered, topic, limit)
    except NotThere:
        raise Permanent(f"there is no topic {topic}") from None
    return plain(config, found)


def sample(config: KafkaConfig, target: PortVariant | tuple[str, str], limit: int) -> Rows:
    """Lay the last messages out as rows."""
    began = time.perf_counter()
    where = (target.base_schema, target.base_table) if isinstance(target, PortVariant) else target
    return messages.sampled(last(config, checked(*where), limit), target, limit, began)


def describe(config: KafkaConfig, schema: str, table: str) -> Schema:
    """Read the fields from the registry's newest schema, else from the last 100 messages."""
    topic = checked(schema, table)
    found = facts(config, topic)
    columns = _columns(found.schema)
    if not columns:
        payloads = [one.value for one in last(config, topic, _INFERRED_FROM)]
        columns = messages.columns_of(payloads)
    return Schema(schema, table, "stream", columns, found.description, found.messages)


def _columns(schema: StreamSchema | None) -> tuple[ColumnInfo, ...]:
    if schema is None:
        return ()
    try:
        return tuple(_column(one) for one in tree_of(schema.format, schema.text))
    except UnreadableSchema:
        return ()


def _column(one: Field) -> ColumnInfo:
    return ColumnInfo(
        one.name, one.type, nullable=not one.required, primary_key=False, comment=one.description
    )


def facts(config: KafkaConfig, topic: str) -> StreamFacts:
    """Read what the cluster and the registry tell of a topic. Raises Permanent when there is none.

    Counts of a compacted topic would count what is gone, so there is none.
    """
    with provisioner(config) as admin:
        try:
            partitions, replicas = _cut(admin, topic)
            kept = _settings(admin, topic)
            ends = offsets(admin, topic, range(partitions), OffsetSpec.latest())
            starts = offsets(admin, topic, range(partitions), OffsetSpec.earliest())
        except NotThere:
            raise Permanent(f"there is no topic {topic}") from None
    policy = kept.get("cleanup.policy", "")
    compacted = "compact" in policy
    seconds, size = int(kept.get("retention.ms", -1)), int(kept.get("retention.bytes", -1))
    deletes = "delete" in policy
    return StreamFacts(
        name=topic,
        kind="Kafka topic",
        description="",
        partitions=partitions,
        replicas=replicas,
        messages=None if compacted else sum(ends.values()) - sum(starts.values()),
        bytes=None,
        retention=Retention(
            seconds=seconds / 1000 if deletes and seconds != _ENDLESS else None,
            bytes=size * partitions if deletes and size != _ENDLESS else None,
            policy=policy,
        ),
        first_at=None,
        last_at=None,
        schema=Registry(config).latest(topic),
    )


def _cut(admin: Admin, topic: str) -> tuple[int, int]:
    """Count partitions and replicas."""
    asked = admin.client.describe_topics(TopicCollection([topic]), request_timeout=admin.timeout)
    told = admin.wait(asked[topic])
    return len(told.partitions), min((len(one.replicas) for one in told.partitions), default=0)


def _settings(admin: Admin, topic: str) -> dict[str, str]:
    wanted = ConfigResource(ConfigResource.Type.TOPIC, topic)
    (asked,) = admin.client.describe_configs([wanted], request_timeout=admin.timeout).values()
    return {name: str(one.value) for name, one in admin.wait(asked).items()}


def offsets(admin: Admin, topic: str, numbers: Any, spec: OffsetSpec) -> dict[int, int]:
    """Read the first or the next offset of each partition."""
    wanted = {TopicPartition(topic, number): spec for number in numbers}
    asked = admin.client.list_offsets(wanted, request_timeout=admin.timeout)
    return {where.partition: int(admin.wait(one).offset) for where, one in asked.items()}


def streams(config: KafkaConfig) -> tuple[tuple[str, str], ...]:
    """List the topics that can become a port, without Kafka's own and ours."""
    with provisioner(config) as admin:
        told = admin.topics()
    names = sorted(name for name in told if not name.startswith("__") and name != CONTROL_TOPIC)
    found = [parts_of(name) for name in names if not name.startswith(f"{UNDOTTED}.")]
    return tuple(one for one in found if _fits(*one))[:_MOST]


def _fits(schema: str, table: str) -> bool:
    try:
        Ident(schema)
        Ident(table)
    except BadIdentifier:
        return False
    return True


def lag(config: KafkaConfig, topic: str, prefix: str) -> dict[str, int]:
    """Count what each consumer group of an agreement has still before it, by group."""
    with provisioner(config) as admin:
        listed = admin.wait(admin.client.list_consumer_groups(request_timeout=admin.timeout)).valid
        names = [one.group_id for one in listed if one.group_id.startswith(prefix)]
        ends = offsets(admin, topic, range(_cut(admin, topic)[0]), OffsetSpec.latest())
        return {name: _behind(admin, name, topic, ends) for name in sorted(names)}


def _behind(admin: Admin, group: str, topic: str, ends: dict[int, int]) -> int:
    """Add up what lies after each committed offset; a partition without one counts whole."""
    wanted = [TopicPartition(topic, number) for number in ends]
    asked = admin.client.list_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(group, wanted)], request_timeout=admin.timeout
    )
    told = admin.wait(asked[group]).topic_partitions
    return sum(max(ends[one.partition] - max(one.offset, 0), 0) for one in told)
