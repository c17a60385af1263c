"""The group coordinator of the double: join, sync, heartbeat, leave, committed offsets.

One generation at a time: a member that joins starts a new one, which begins when all members have
joined again, or those that did not within the rebalance time are gone (KIP-62).
"""

import time
import uuid
from typing import Any

from tests.connectors.kafka.logs import Group, Member
from tests.connectors.kafka.messages import Error
from tests.connectors.kafka.security import (
    CLUSTER,
    CLUSTER_NAME,
    DESCRIBE,
    GROUP,
    READ,
    TOPIC,
)
from tests.connectors.kafka.state import Link, State

type Fields = dict[str, Any]

_GATHERING_S = 0.05
_PATIENCE_S = 30.0


def find_coordinator(state: State, link: Link, asked: Fields) -> Fields:
    error = Error.NONE
    if asked["key_type"] == 0 and not state.may(link, DESCRIBE, GROUP, asked["key"]):
        error = Error.GROUP_AUTHORIZATION_FAILED
    where = {"node_id": 1, "host": state.host, "port": state.port}
    return {"error_code": error, "error_message": None, **where}


def join(state: State, link: Link, asked: Fields) -> Fields:
    nothing = {"generation_id": -1, "protocol_name": "", "leader": "", "members": []}
    if not state.may(link, READ, GROUP, asked["group_id"]):
        return nothing | {"error_code": Error.GROUP_AUTHORIZATION_FAILED, "member_id": ""}
    group = _group(state, asked["group_id"])
    name = asked["member_id"] or f"member-{uuid.uuid4()}"
    protocols = {one["name"]: one["metadata"] for one in asked["protocols"]}
    group.members[name] = Member(protocols)
    group.joined.add(name)
    group.assigned, group.protocol_type = False, asked["protocol_type"]
    waiting = group.generation
    _gather(group, waiting, asked["rebalance_timeout_ms"] / 1000)
    if group.generation == waiting:
        group.members = {one: group.members[one] for one in group.joined}
        shared = set.intersection(*(set(one.protocols) for one in group.members.values()))
        group.protocol, group.leader = min(shared), min(group.members)
        group.generation, group.joined = waiting + 1, set()
        group.changed.notify_all()
    members = [
        {"member_id": one, "group_instance_id": None, "metadata": kept.protocols[group.protocol]}
        for one, kept in group.members.items()
    ]
    return {
        "error_code": Error.NONE,
        "generation_id": group.generation,
        "protocol_name": group.protocol,
        "leader": group.leader,
        "member_id": name,
        "members": members if name == group.leader else [],
    }


def _gather(group: Group, waiting: int, patience: float) -> None:
    """Wait until every known member has joined again, and a moment for those that start now."""
    until = time.monotonic() + patience
    group.changed.notify_all()
    group.changed.wait(_GATHERING_S)
    while group.generation == waiting and group.joined != set(group.members):
        if time.monotonic() >= until:
            return
        group.changed.wait(_GATHERING_S)


def sync(state: State, link: Link, asked: Fields) -> Fields:
    error, group = _member(state, link, asked)
    if group is None:
        return {"error_code": error, "assignment": b""}
    name, generation = asked["member_id"], asked["generation_id"]
    if name == group.leader:
        for one in asked["assignments"]:
            group.members[one["member_id"]].assignment = one["assignment"]
        group.assigned = True
        group.changed.notify_all()
    until = time.monotonic() + _PATIENCE_S
    while not group.assigned and group.generation == generation and time.monotonic() < until:
        group.changed.wait(_GATHERING_S)
    if group.generation != generation or not group.assigned or name not in group.members:
        return {"error_code": Error.REBALANCE_IN_PROGRESS, "assignment": b""}
    return {"error_code": Error.NONE, "assignment": group.members[name].assignment}


def heartbeat(state: State, link: Link, asked: Fields) -> Fields:
    error, group = _member(state, link, asked)
    if group is not None and group.joined:
        error = Error.REBALANCE_IN_PROGRESS
    return {"error_code": error}


def leave(state: State, link: Link, asked: Fields) -> Fields:
    if not state.may(link, READ, GROUP, asked["group_id"]):
        return {"error_code": Error.GROUP_AUTHORIZATION_FAILED}
    group = _group(state, asked["group_id"])
    if group.members.pop(asked["member_id"], None) is None:
        return {"error_code": Error.UNKNOWN_MEMBER_ID}
    group.joined.discard(asked["member_id"])
    group.changed.notify_all()
    return {"error_code": Error.NONE}


def _member(state: State, link: Link, asked: Fields) -> tuple[int, Group | None]:
    if not state.may(link, READ, GROUP, asked["group_id"]):
        return Error.GROUP_AUTHORIZATION_FAILED, None
    group = _group(state, asked["group_id"])
    if asked["member_id"] not in group.members:
        return Error.UNKNOWN_MEMBER_ID, None
    if asked["generation_id"] != group.generation:
        return Error.ILLEGAL_GENERATION, None
    return Error.NONE, group


def commit(state: State, link: Link, asked: Fields) -> Fields:
    allowed = state.may(link, READ, GROUP, asked["group_id"])
    group = _group(state, asked["group_id"])

    def one(name: str, part: Fields) -> Fields:
        error = Error.NONE
        if not allowed:
            error = Error.GROUP_AUTHORIZATION_FAILED
        elif not state.may(link, READ, TOPIC, name):
            error = Error.TOPIC_AUTHORIZATION_FAILED
        else:
            group.offsets[name, part["partition"]] = part["offset"], part["metadata"] or ""
        return {"partition": part["partition"], "error_code": error}

    topics = [
        {"name": topic["name"], "partitions": [one(topic["name"], p) for p in topic["partitions"]]}
        for topic in asked["topics"]
    ]
    return {"topics": topics}


def fetch_offsets(state: State, link: Link, asked: Fields) -> Fields:
    if not state.may(link, DESCRIBE, GROUP, asked["group_id"]):
        return {"topics": [], "error_code": Error.GROUP_AUTHORIZATION_FAILED}
    kept = state.groups[asked["group_id"]].offsets if asked["group_id"] in state.groups else {}
    wanted = {one["name"]: one["partitions"] for one in asked["topics"] or ()}
    if asked["topics"] is None:
        for name, number in kept:
            wanted.setdefault(name, []).append(number)
    topics = []
    for name, numbers in wanted.items():
        allowed = state.may(link, DESCRIBE, TOPIC, name)
        error = Error.NONE if allowed else Error.TOPIC_AUTHORIZATION_FAILED
        parts = []
        for number in numbers:
            offset, words = kept.get((name, number), (-1, "")) if allowed else (-1, "")
            facts = {"partition": number, "offset": offset, "leader_epoch": -1, "metadata": words}
            parts.append(facts | {"error_code": error})
        topics.append({"name": name, "partitions": parts})
    return {"topics": topics, "error_code": Error.NONE}


def list_groups(state: State, link: Link, asked: Fields) -> Fields:
    everything = state.may(link, DESCRIBE, CLUSTER, CLUSTER_NAME)
    groups = [
        {"group_id": name, "protocol_type": group.protocol_type}
        for name, group in sorted(state.groups.items())
        if everything or state.may(link, DESCRIBE, GROUP, name)
    ]
    return {"error_code": Error.NONE, "groups": groups}


def _group(state: State, name: str) -> Group:
    return state.groups.setdefault(name, Group(state.grown))
