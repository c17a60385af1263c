"""Everything the double knows, and what it knows of one connection."""

import threading
from dataclasses import dataclass, field
from typing import Any

from tests.connectors.kafka.logs import Group, Topic
from tests.connectors.kafka.security import Authorizer, Credential

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
    grown: threading.Condition = field(default_factory=threading.Condition)

    def may(self, link: Link, operation: int, resource_type: int, name: str) -> bool:
        return self.authorizer.allows(link.principal, operation, resource_type, name)
