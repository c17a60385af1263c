"""Who may do what on the double: the authorizer's rules, and SCRAM as a broker speaks it.

Sources: "Authorization and ACLs" of the Kafka documentation (deny wins, nobody but super users
without an ACL, Read, Write, Delete and Alter imply Describe), RFC 5802 and 7677, KIP-84, KIP-554.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID = 2, 3, 4, 5
ANY, MATCH, LITERAL, PREFIXED = 1, 2, 3, 4
ALL, READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE = 2, 3, 4, 5, 6, 7, 8
CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE = 9, 10, 11, 12
DENY, ALLOW = 2, 3
CLUSTER_NAME = "kafka-cluster"
LEAST_ITERATIONS, MOST_ITERATIONS = 4096, 16384

_IMPLIED_BY = {
    DESCRIBE: {DESCRIBE, READ, WRITE, DELETE, ALTER},
    DESCRIBE_CONFIGS: {DESCRIBE_CONFIGS, ALTER_CONFIGS},
}
_OF = {
    TOPIC: (READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS),
    CLUSTER: (
        CREATE,
        ALTER,
        DESCRIBE,
        CLUSTER_ACTION,
        DESCRIBE_CONFIGS,
        ALTER_CONFIGS,
        IDEMPOTENT_WRITE,
    ),
}
_HASHES = {"SCRAM-SHA-256": ("sha256", 1), "SCRAM-SHA-512": ("sha512", 2)}


class Acl(NamedTuple):
    """One binding, in the numbers of the protocol."""

    resource_type: int
    resource_name: str
    pattern_type: int
    principal: str
    host: str
    operation: int
    permission: int

    def covers(self, resource_type: int, name: str) -> bool:
        if self.resource_type != resource_type:
            return False
        if self.pattern_type == PREFIXED:
            return name.startswith(self.resource_name)
        return self.resource_name in {name, "*"}


@dataclass
class Authorizer:
    """The bindings; `super_users` may do everything."""

    super_users: set[str]
    acls: set[Acl] = field(default_factory=set)

    def allows(self, principal: str, operation: int, resource_type: int, name: str) -> bool:
        if principal in self.super_users:
            return True
        ours = [
            one
            for one in self.acls
            if one.principal in {principal, "User:*"} and one.covers(resource_type, name)
        ]
        if any(one.permission == DENY and one.operation in {operation, ALL} for one in ours):
            return False
        wanted = _IMPLIED_BY.get(operation, {operation}) | {ALL}
        return any(one.permission == ALLOW and one.operation in wanted for one in ours)

    def operations(self, principal: str, resource_type: int, name: str) -> int:
        """Give the authorized operations as bits, as KIP-430 tells them."""
        allowed = [
            one for one in _OF[resource_type] if self.allows(principal, one, resource_type, name)
        ]
        return sum(1 << one for one in allowed)

    def matching(self, wanted: dict[str, object]) -> Iterator[Acl]:
        """Find the bindings of a filter."""
        for one in sorted(self.acls):
            plain = all(
                wanted[name] in {None, getattr(one, name)} for name in ("principal", "host")
            ) and all(
                wanted[name] in {ANY, getattr(one, name)}
                for name in ("resource_type", "operation", "permission")
            )
            if plain and _pattern_matches(one, wanted):
                yield one


def _pattern_matches(one: Acl, wanted: dict[str, object]) -> bool:
    name, pattern = wanted["resource_name"], wanted["pattern_type"]
    if pattern == MATCH:
        return name is None or one.covers(one.resource_type, str(name))
    return pattern in {ANY, one.pattern_type} and name in {None, one.resource_name}


@dataclass(frozen=True)
class Credential:
    """What a broker keeps of a SCRAM password."""

    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes

    @classmethod
    def of(cls, mechanism: str, iterations: int, salt: bytes, salted: bytes) -> "Credential":
        name = _HASHES[mechanism][0]
        client = hmac.digest(salted, b"Client Key", name)
        stored = hashlib.new(name, client).digest()
        return cls(iterations, salt, stored, hmac.digest(salted, b"Server Key", name))


def salted(mechanism: str, password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac(_HASHES[mechanism][0], password.encode(), salt, iterations)


def mechanism_of(number: int) -> str:
    return next(name for name, (_, code) in _HASHES.items() if code == number)


def number_of(mechanism: str) -> int:
    return _HASHES[mechanism][1]


class Refused(Exception):
    """The login is not let in."""


class ScramLogin:
    """One login, two messages from the client; `credentials` are by (user, mechanism)."""

    def __init__(
        self, mechanism: str, credentials: dict[tuple[str, str], Credential], nonce: str = ""
    ) -> None:
        self.mechanism, self.credentials = mechanism, credentials
        self.nonce = nonce or secrets.token_urlsafe(18)
        self.user, self.kept, self.so_far = "", None, b""
        self.done = False

    def answer(self, raw: bytes) -> bytes:
        return self.first(raw) if self.kept is None else self.last(raw)

    def first(self, raw: bytes) -> bytes:
        head, _, bare = raw.partition(b"n,,")
        if head:
            raise Refused
        facts = _facts(bare)
        self.user = facts["n"].replace("=2C", ",").replace("=3D", "=")
        self.kept = self.credentials.get((self.user, self.mechanism))
        if self.kept is None:
            raise Refused
        self.nonce = facts["r"] + self.nonce
        salt = base64.b64encode(self.kept.salt).decode()
        answer = f"r={self.nonce},s={salt},i={self.kept.iterations}".encode()
        self.so_far = bare + b"," + answer
        return answer

    def last(self, raw: bytes) -> bytes:
        without, _, proof = raw.rpartition(b",p=")
        if self.kept is None or _facts(without)["r"] != self.nonce:
            raise Refused
        message = self.so_far + b"," + without
        name = _HASHES[self.mechanism][0]
        signature = hmac.digest(self.kept.stored_key, message, name)
        given = base64.b64decode(proof)
        key = bytes(a ^ b for a, b in zip(given, signature, strict=True))
        if not hmac.compare_digest(hashlib.new(name, key).digest(), self.kept.stored_key):
            raise Refused
        self.done = True
        return b"v=" + base64.b64encode(hmac.digest(self.kept.server_key, message, name))


def _facts(raw: bytes) -> dict[str, str]:
    return dict(part.split("=", 1) for part in raw.decode().split(","))  # type: ignore[misc]
