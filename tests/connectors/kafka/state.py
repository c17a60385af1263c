"""Everything the double knows, and what it knows of one connection."""

import threading
from dataclasses import dataclass, field
from typing import Any

from tests.connectors.kafka.logs import Group, Topic
from tests.connectors.kafka.security import TOPIC, Authorizer, Credential

DOUBLE = "emporion.double"
"""How the double names its cluster. Kafka's own are 22 characters without a dot, so that a real
cluster cannot have this name, and what is proven here is marked `simulated`."""


@dataclass
class Link:
    """One connection: nobody until its login is done."""

    principal: str = ""
    mechanism: str = ""
    login: Any = None


@dataclass
class State:
    """The broker. `lying`: new ACLs are answered without an error and not kept.

    `keeping`: so are deletions of ACLs and users. `exceeded`: changes of both exceed a quota.
    `refused` answers the last topic's entry of the next `times` calls about ACLs; `batches` lists
    what was asked of topics.
    """

    host: str
    port: int
    authorizer: Authorizer
    cluster_id: str = DOUBLE
    topics: dict[str, Topic] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    credentials: dict[tuple[str, str], Credential] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)
    mechanisms: tuple[str, ...] = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
    lying: bool = False
    keeping: bool = False
    exceeded: bool = False
    refused: dict[str, Any] | None = None
    times: int = 0
    batches: list[list[str]] = field(default_factory=list)
    grown: threading.Condition = field(default_factory=threading.Condition)

    def refuses_last(self, entries: list[dict[str, Any]]) -> tuple[Any, Any]:
        """Note what of a call is about topics, and say whether the last of that is to fail."""
        topics = [one for one in entries if one["resource_type"] == TOPIC]
        if topics:
            self.batches.append([f"{one['operation']} {one['resource_name']}" for one in topics])
        if not topics or self.times < 1:
            return None, None
        self.times -= 1
        return self.refused, topics[-1]

    def may(self, link: Link, operation: int, resource_type: int, name: str) -> bool:
        return self.authorizer.allows(link.principal, operation, resource_type, name)
