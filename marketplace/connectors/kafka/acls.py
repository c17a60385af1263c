"""Kafka's access rules as plain values, read and written through librdkafka."""

from collections.abc import Collection, Iterable
from concurrent.futures import Future
from typing import Any, Final, NamedTuple

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from marketplace.connectors.base import ConnectorError, NeedsHuman, Transient
from marketplace.connectors.kafka.config import KafkaConfig, groups_of
from marketplace.connectors.kafka.links import Admin

ANYBODY: Final = "User:*"
_READS: Final = frozenset({"READ", "ALL"})
_MARKS: Final = "TRANSACTIONAL_ID"


class Acl(NamedTuple):
    """One rule, in the words of the protocol, from any host unless another is named."""

    resource: str
    name: str
    pattern: str
    principal: str
    operation: str
    permission: str = "ALLOW"
    host: str = "*"

    @property
    def login(self) -> str:
        """The user's name without Kafka's prefix."""
        return self.principal.removeprefix("User:")

    @property
    def is_mark(self) -> bool:
        """Whether it has the form of our marks: it allows nothing."""
        return (self.resource, self.pattern, self.permission) == (_MARKS, "LITERAL", "DENY")

    def lets_read(self, topic: str) -> bool:
        """Whether it lets its principal read a topic."""
        if self.resource != "TOPIC" or self.permission != "ALLOW" or self.operation not in _READS:
            return False
        if self.pattern == "PREFIXED":
            return topic.startswith(self.name)
        return self.name in {topic, "*"}


def mark(login: str, name: str) -> Acl:
    """Write a mark on a user's name: a DENY on an id that nobody has."""
    return Acl(_MARKS, name, "LITERAL", f"User:{login}", "DESCRIBE", "DENY")


def rights_on_topic(login: str, topic: str) -> set[Acl]:
    """Say what reading a topic takes."""
    return {Acl("TOPIC", topic, "LITERAL", f"User:{login}", one) for one in ("DESCRIBE", "READ")}


def rights_on_groups(login: str, agreement: str) -> set[Acl]:
    """Say what reading as a consumer group of an agreement takes."""
    return {Acl("GROUP", groups_of(agreement), "PREFIXED", f"User:{login}", "READ")}


def read(admin: Admin, login: str | None = None) -> set[Acl]:
    """Read back every rule, or those of one user."""
    wanted = AclBindingFilter(
        ResourceType.ANY,
        None,
        ResourcePatternType.ANY,
        None if login is None else f"User:{login}",
        None,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    found = admin.wait(admin.client.describe_acls(wanted, request_timeout=admin.timeout))
    return {
        Acl(
            one.restype.name,
            one.name,
            one.resource_pattern_type.name,
            one.principal,
            one.operation.name,
            one.permission_type.name,
            one.host,
        )
        for one in found
    }


def give(admin: Admin, acls: Iterable[Acl]) -> int:
    """Add rules; those that stand stay. Returns how many."""
    bindings = [_binding(AclBinding, one) for one in sorted(acls)]
    if bindings:
        asked = admin.client.create_acls(bindings, request_timeout=admin.timeout)
        _each(admin, asked.values(), "grant")
    return len(bindings)


def take(admin: Admin, acls: Iterable[Acl]) -> int:
    """Delete exactly these rules; returns how many were there."""
    filters = [_binding(AclBindingFilter, one) for one in sorted(acls)]
    if not filters:
        return 0
    asked = admin.client.delete_acls(filters, request_timeout=admin.timeout)
    return sum(len(one) for one in _each(admin, asked.values(), "revoke"))


def _each(admin: Admin, asked: Collection[Future[Any]], way: str) -> list[Any]:
    """Hear every entry of a call: the broker judges each by itself, and what it did stands.

    What is tried anew reads first what stands (`settle`), so only what failed is sent again.
    """
    done: list[Any] = []
    failed: list[ConnectorError] = []
    for one in asked:
        try:
            done.append(admin.wait(one))
        except ConnectorError as error:
            failed.append(error)
    if not failed:
        return done
    worst = next((one for one in failed if not isinstance(one, Transient)), failed[0])
    words = f"{worst.message}; {len(failed)} of {len(asked)} entries of a {way} failed"
    if isinstance(worst, Transient):
        raise Transient(words, worst.retry_after)
    raise NeedsHuman(words)


def settle(admin: Admin, login: str, wanted: set[Acl], resources: Iterable[str]) -> str:
    """Make a user's rules on these kinds of resource exactly `wanted`; shrinks before it grows.

    A mark that is replaced goes last, so that a crash never leaves a user without one.
    """
    kinds = frozenset(resources)
    stands = {one for one in read(admin, login) if one.resource in kinds}
    excess = stands - wanted
    gone = take(admin, [one for one in excess if not one.is_mark])
    made = give(admin, wanted - stands)
    gone += take(admin, [one for one in excess if one.is_mark])
    return f"{made} made, {gone} deleted"


def _binding(kind: Any, one: Acl) -> Any:
    """Put a rule into the library's class: a binding, or a filter that fits exactly it."""
    return kind(
        ResourceType[one.resource],
        one.name,
        ResourcePatternType[one.pattern],
        one.principal,
        one.host,
        AclOperation[one.operation],
        AclPermissionType[one.permission],
    )


def marks(config: KafkaConfig, acls: Iterable[Acl]) -> dict[str, list[dict[str, str]]]:
    """Find our marks, by the user that carries them; several after a crash."""
    found: dict[str, list[dict[str, str]]] = {}
    for one in sorted(acls):
        facts = config.read_mark(one.name) if one.is_mark else None
        if facts is not None:
            found.setdefault(one.login, []).append(dict(facts))
    return found
