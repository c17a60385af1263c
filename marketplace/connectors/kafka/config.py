"""How to reach one Kafka cluster, and what our things in it are called."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from marketplace.connectors.base import SECRET, Permanent, PortVariant, Principal
from marketplace.connectors.identifiers import check_environment, role_name, short_hash

CONTROL_TOPIC: Final = "emporion.control"
DOUBLES: Final = "emporion.double"
"""How our test double calls its cluster. Kafka's own ids are 22 characters without a dot."""
UNDOTTED: Final = "_"
"""The first part of a resource whose topic has no dot: `_.orders` is the topic `orders`."""

_SHORTEST_SECRET: Final = 16
_INSTANCE: Final = re.compile(r"[A-Za-z0-9.-]{1,40}\Z")
_SERVERS: Final = re.compile(r"[A-Za-z0-9.-]+:\d{1,5}(,[A-Za-z0-9.-]+:\d{1,5})*\Z")
_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}\Z")
_PLAIN: Final = re.compile(r"[A-Za-z0-9]{1,40}\Z")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_FEWEST: Final = 4097
_SPREAD: Final = 8192

type Scram = Literal["SCRAM-SHA-512", "SCRAM-SHA-256"]


@dataclass(frozen=True, slots=True)
class KafkaConfig:
    """One cluster, by SASL. `bootstrap` is `host:port`, several joined by commas.

    `lab_secret` (at least 16 characters) derives the consumers' passwords: whoever has it can act
    as any consumer. After a change every consumer's password has to be given again by a person.
    """

    bootstrap: str
    user: str
    password: str = field(repr=False, metadata=SECRET)
    env: str
    lab_secret: str = field(repr=False, metadata=SECRET)
    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    """How the marketplace itself logs in."""
    consumer_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256"] = "SCRAM-SHA-512"
    """Of the users that are made."""
    tls: bool = False
    ca_file: str = ""
    """The certificate authorities to trust, when not the system's."""
    instance: str = "emporion"
    public_bootstrap: str = ""
    """What consumers are told to connect to, when it is not `bootstrap`."""
    registry_url: str = ""
    """A Confluent-compatible schema registry."""
    registry_user: str = ""
    registry_password: str = field(default="", repr=False, metadata=SECRET)
    registry_rules: Literal["", "redpanda"] = ""
    """Whose access rules let consumers read a subject: Redpanda's, kept by its registry."""
    mds_url: str = ""
    """Confluent's metadata service; with it consumers are given the registry's subjects too."""
    mds_user: str = ""
    mds_password: str = field(default="", repr=False, metadata=SECRET)
    mds_kafka_cluster: str = ""
    """The cluster's id, which scopes role bindings."""
    mds_registry_cluster: str = "schema-registry"
    """The registry's id (`schema.registry.group.id`), which scopes them as well."""
    settle_s: float = 5.0
    """How long to wait until all brokers know of a change."""
    control_replicas: int = -1
    """Replicas of the topic that nobody is promised; -1 is the cluster's default."""
    simulated: bool = False
    """Mark evidence as simulated, because this is no real cluster. Our double says so itself."""

    def __post_init__(self) -> None:
        check_environment(self.env)
        for servers in (self.bootstrap, self.public_bootstrap):
            if servers and not _SERVERS.match(servers):
                raise ValueError("bootstrap must be host:port, several joined by commas")
        if not self.bootstrap or not self.user:
            raise ValueError("bootstrap and user are needed")
        if len(self.lab_secret) < _SHORTEST_SECRET:
            raise ValueError(f"lab_secret must have at least {_SHORTEST_SECRET} characters")
        if not _INSTANCE.match(self.instance):
            raise ValueError("instance must be made of letters, digits, dots and hyphens")
        if self.registry_url and urlsplit(self.registry_url).scheme not in {"http", "https"}:
            raise ValueError("registry_url must start with http:// or https://")
        if self.mds_url and urlsplit(self.mds_url).scheme not in {"http", "https"}:
            raise ValueError("mds_url must start with http:// or https://")
        if self.registry_rules and (self.mds_url or not self.registry_url):
            raise ValueError("registry_rules needs registry_url, and no mds_url")
        if self.mds_url and not (self.mds_kafka_cluster and self.mds_registry_cluster):
            raise ValueError("mds_url needs mds_kafka_cluster and mds_registry_cluster")

    @property
    def rules_subjects(self) -> bool:
        """Whether consumers are given the registry's subjects by us."""
        return bool(self.mds_url or self.registry_rules)

    def login_of(self, variant: PortVariant, principal: Principal) -> str:
        """Name the user of one consumer on one port."""
        return role_name(self.env, "c", variant.handle(self.env), principal.kind, principal.key)

    def password_of(self, login: str) -> str:
        """Derive the password of a consumer's user: 64 characters."""
        return self._derive("password", login).hex()

    def iterations_of(self, login: str) -> int:
        """Derive the number of SCRAM iterations: 4,097 to 12,288, Kafka allows 4,096 to 16,384."""
        return _FEWEST + int.from_bytes(self._derive("iterations", login)[:4]) % _SPREAD

    def mark(self, **facts: str) -> str:
        """Write the name that carries a mark of ours."""
        return f"{self._marked}{urlencode(sorted(facts.items()))}"

    def read_mark(self, name: str) -> Mapping[str, str] | None:
        """Read a mark, None when it is not one of ours."""
        if not name.startswith(self._marked):
            return None
        return dict(parse_qsl(name.removeprefix(self._marked), keep_blank_values=True))

    def is_ours(self, login: str) -> bool:
        """Whether a user's name is one that only we make."""
        return login.startswith(f"mp_{self.env}_")

    @property
    def _marked(self) -> str:
        return f"emporion:{self.instance}:"

    def _derive(self, *parts: str) -> bytes:
        return hmac.digest(self.lab_secret.encode(), "\n".join(parts).encode(), hashlib.sha256)


def groups_of(agreement: str) -> str:
    """Give the start of the consumer groups of an agreement.

    Neither a UUID nor a word without a hyphen is the start of another one with its separator; what
    is neither is hashed.
    """
    plain = _PLAIN.match(agreement) or _UUID.match(agreement)
    return f"mp-{agreement if plain else short_hash(agreement)}-"


def topic_of(variant: PortVariant) -> str:
    """Name the topic of a port. Raises Permanent before anything is asked."""
    return checked(variant.base_schema, variant.base_table)


def checked(schema: str, table: str) -> str:
    """Join the two parts of a resource. Raises Permanent for what no port may be."""
    name = table if schema == UNDOTTED else f"{schema}.{table}"
    if not _TOPIC.match(name) or (schema == UNDOTTED and "." in name):
        raise Permanent(f"{name!r} is no name of a Kafka topic")
    if name == CONTROL_TOPIC:
        raise Permanent(f"the topic {CONTROL_TOPIC} is the marketplace's own")
    return name


def parts_of(topic: str) -> tuple[str, str]:
    """Split a topic's name into the two parts of a resource."""
    schema, dot, table = topic.partition(".")
    return (schema, table) if dot else (UNDOTTED, topic)
