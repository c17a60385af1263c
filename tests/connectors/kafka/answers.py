"""What the double answers about topics, records and configuration, with ACLs asked first."""

from typing import Any

from tests.connectors.kafka.logs import Partition, Topic
from tests.connectors.kafka.messages import Error
from tests.connectors.kafka.security import (
    CLUSTER,
    CLUSTER_NAME,
    CREATE,
    DESCRIBE,
    DESCRIBE_CONFIGS,
    READ,
    TOPIC,
    WRITE,
)
from tests.connectors.kafka.state import Link, State

type Fields = dict[str, Any]

NOT_ASKED = -(2**31)
DEFAULTS = {
    "cleanup.policy": "delete",
    "retention.ms": "604800000",
    "retention.bytes": "-1",
    "max.message.bytes": "1048588",
}
_EARLIEST, _LATEST = -2, -1


def metadata(state: State, link: Link, asked: Fields) -> Fields:
    names = asked["topics"]
    everything = names is None
    listed = sorted(state.topics) if everything else [one["name"] for one in names]
    topics = [
        _told(state, link, name, wanted=asked["include_topic_authorized_operations"])
        for name in listed
        if not everything or state.may(link, DESCRIBE, TOPIC, name)
    ]
    rights = NOT_ASKED
    if asked["include_cluster_authorized_operations"]:
        rights = state.authorizer.operations(link.principal, CLUSTER, CLUSTER_NAME)
    return {
        "brokers": [{"node_id": 1, "host": state.host, "port": state.port, "rack": None}],
        "cluster_id": state.cluster_id,
        "controller_id": 1,
        "topics": topics,
        "cluster_authorized_operations": rights,
    }


def _told(state: State, link: Link, name: str, *, wanted: bool) -> Fields:
    error, topic = Error.NONE, state.topics.get(name)
    if not state.may(link, DESCRIBE, TOPIC, name):
        error, topic = Error.TOPIC_AUTHORIZATION_FAILED, None
    elif topic is None:
        error = Error.UNKNOWN_TOPIC_OR_PARTITION
    partitions = [
        {
            "error_code": 0,
            "partition": number,
            "leader_id": 1,
            "leader_epoch": -1,
            "replica_nodes": [1],
            "isr_nodes": [1],
            "offline_replicas": [],
        }
        for number in range(len(topic.partitions) if topic else 0)
    ]
    rights = NOT_ASKED
    if wanted and topic is not None:
        rights = state.authorizer.operations(link.principal, TOPIC, name)
    return {
        "error_code": error,
        "name": name,
        "is_internal": False,
        "partitions": partitions,
        "topic_authorized_operations": rights,
    }


def produce(state: State, link: Link, asked: Fields) -> Fields:
    def one(name: str, wanted: Fields) -> Fields:
        error, partition = _reach(state, link, WRITE, name, wanted["partition"])
        base = -1
        if partition is not None:
            base = partition.append(wanted["records"])
            state.grown.notify_all()
        return {
            "error_code": error,
            "base_offset": base,
            "log_append_time_ms": -1,
            "log_start_offset": 0,
        }

    return {"topics": _each(asked, one)}


def fetch(state: State, link: Link, asked: Fields) -> Fields:
    """Answer at once when there is something to tell, else wait for more as long as asked."""

    def one(name: str, wanted: Fields) -> Fields:
        error, partition = _reach(state, link, READ, name, wanted["partition"])
        end = start = -1
        records, offset = b"", wanted["fetch_offset"]
        if partition is not None:
            start, end = partition.start, partition.end
            if not start <= offset <= end:
                error = Error.OFFSET_OUT_OF_RANGE
            else:
                records = partition.read(offset, wanted["partition_max_bytes"])
        return {
            "error_code": error,
            "high_watermark": end,
            "last_stable_offset": end,
            "log_start_offset": start,
            "aborted": None,
            "preferred_read_replica": -1,
            "records": records,
        }

    def answer() -> list[Fields]:
        return _each(asked, one)

    def tells(topics: list[Fields]) -> bool:
        parts = [part for topic in topics for part in topic["partitions"]]
        return any(part["error_code"] or part["records"] for part in parts)

    found = answer()
    if not tells(found):
        state.grown.wait(asked["max_wait_ms"] / 1000)
        found = answer()
    return {"error_code": 0, "session_id": 0, "topics": found}


def list_offsets(state: State, link: Link, asked: Fields) -> Fields:
    def one(name: str, wanted: Fields) -> Fields:
        error, partition = _reach(state, link, DESCRIBE, name, wanted["partition"])
        moment, offset = -1, -1
        if partition is not None:
            at = wanted["timestamp"]
            if at == _EARLIEST:
                offset = partition.start
            elif at == _LATEST:
                offset = partition.end
            else:
                moment, offset = partition.at(at)
        return {"error_code": error, "timestamp": moment, "offset": offset, "leader_epoch": -1}

    return {"topics": _each(asked, one)}


def create_topics(state: State, link: Link, asked: Fields) -> Fields:
    results = []
    for one in asked["topics"]:
        error, name = Error.NONE, one["name"]
        allowed = state.may(link, CREATE, CLUSTER, CLUSTER_NAME)
        if not (allowed or state.may(link, CREATE, TOPIC, name)):
            error = Error.TOPIC_AUTHORIZATION_FAILED
        elif name in state.topics:
            error = Error.TOPIC_ALREADY_EXISTS
        elif one["replication_factor"] > 1:
            error = Error.INVALID_REPLICATION_FACTOR
        elif not asked["validate_only"]:
            configs = {each["name"]: each["value"] for each in one["configs"]}
            count = max(one["num_partitions"], 1)
            state.topics[name] = Topic([Partition() for _ in range(count)], configs)
        results.append({"name": name, "error_code": error, "error_message": None})
    return {"topics": results}


def describe_configs(state: State, link: Link, asked: Fields) -> Fields:
    results = []
    for one in asked["resources"]:
        name, error, configs = one["resource_name"], Error.NONE, []
        topic = state.topics.get(name) if one["resource_type"] == TOPIC else None
        if not state.may(link, DESCRIBE_CONFIGS, TOPIC, name):
            error = Error.TOPIC_AUTHORIZATION_FAILED
        elif topic is None:
            error = Error.UNKNOWN_TOPIC_OR_PARTITION
        else:
            for key, value in sorted((DEFAULTS | topic.configs).items()):
                if one["names"] is None or key in one["names"]:
                    configs.append(_setting(key, value, source=1 if key in topic.configs else 5))
        results.append(
            {
                "error_code": error,
                "error_message": None,
                "resource_type": one["resource_type"],
                "resource_name": name,
                "configs": configs,
            }
        )
    return {"results": results}


def _setting(name: str, value: str, *, source: int) -> Fields:
    facts = {"name": name, "value": value, "read_only": False, "config_source": source}
    return facts | {"is_sensitive": False, "synonyms": []}


def _reach(
    state: State, link: Link, operation: int, name: str, number: int
) -> tuple[int, Partition | None]:
    """Find a partition for who may; the right is asked before whether the topic exists."""
    if not state.may(link, operation, TOPIC, name):
        return Error.TOPIC_AUTHORIZATION_FAILED, None
    topic = state.topics.get(name)
    if topic is None or not 0 <= number < len(topic.partitions):
        return Error.UNKNOWN_TOPIC_OR_PARTITION, None
    return Error.NONE, topic.partitions[number]


def _each(asked: Fields, one: Any) -> list[Fields]:
    return [
        {
            "name": topic["name"],
            "partitions": [
                {"partition": part["partition"], **one(topic["name"], part)}
                for part in topic["partitions"]
            ],
        }
        for topic in asked["topics"]
    ]
