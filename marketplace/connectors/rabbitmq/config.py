"""How to reach one virtual host of RabbitMQ, and what our things in it are called."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from marketplace.connectors.base import SECRET, Permanent, PortVariant, Principal
from marketplace.connectors.identifiers import check_environment, role_name

CONTROL_QUEUE: Final = "emporion.control"
NOTHING: Final = "^$"
"""A pattern that lets no name through."""

_SHORTEST_SECRET: Final = 16
_INSTANCE: Final = re.compile(r"[A-Za-z0-9.-]{1,40}\Z")
_METACHARACTER: Final = re.compile(r"([\\.^$|?*+()\[\]{}-])")
_PORTS: Final = range(1, 65536)


@dataclass(frozen=True, slots=True)
class RabbitmqConfig:
    """One virtual host, by its management API and by AMQP 0-9-1.

    `lab_secret` (at least 16 characters) derives the consumers' passwords: whoever has it can act
    as any consumer. After a change every consumer's password has to be given again by a person.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False, metadata=SECRET)
    env: str
    lab_secret: str = field(repr=False, metadata=SECRET)
    vhost: str = "/"
    api_host: str = ""
    """The management API's host, when it is not `host`."""
    api_port: int = 15672
    instance: str = "emporion"
    tls: bool = False
    public_host: str = ""
    """What consumers are told to connect to, when it is not `host`."""

    def __post_init__(self) -> None:
        check_environment(self.env)
        if self.port not in _PORTS or self.api_port not in _PORTS:
            raise ValueError("port and api_port must be between 1 and 65535")
        if len(self.lab_secret) < _SHORTEST_SECRET:
            raise ValueError(f"lab_secret must have at least {_SHORTEST_SECRET} characters")
        if not _INSTANCE.match(self.instance):
            raise ValueError("instance must be made of letters, digits, dots and hyphens")

    def login_of(self, variant: PortVariant, principal: Principal) -> str:
        """Name the user of one consumer on one port."""
        return role_name(self.env, "c", variant.handle(self.env), principal.kind, principal.key)

    def password_of(self, login: str) -> str:
        """Derive the password of a consumer's user: 43 characters."""
        return _text(self._derive("password", login))

    def hash_of(self, login: str) -> str:
        """Hash it as RabbitMQ does (salted SHA-256), with a salt that is derived as well."""
        return hashed(self.password_of(login), self._derive("salt", login)[:4])

    def mark(self, **facts: Any) -> dict[str, Any]:
        """Write the value of a global parameter of ours."""
        return {"emporion": self.instance, "vhost": self.vhost, **facts}

    def ours(self, value: object) -> Mapping[str, Any] | None:
        """Read a global parameter, None when it is not one of ours."""
        if not isinstance(value, dict) or value.get("emporion") != self.instance:
            return None
        return value if value.get("vhost") == self.vhost else None

    def _derive(self, *parts: str) -> bytes:
        return hmac.digest(self.lab_secret.encode(), "\n".join(parts).encode(), hashlib.sha256)


def hashed(password: str, salt: bytes) -> str:
    """Give what RabbitMQ keeps of a password; `salt` takes four bytes."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def exactly(name: str) -> str:
    """Give the pattern that lets exactly this name through."""
    return f"^{_METACHARACTER.sub(r'\\\1', name)}$"


def queue_of(variant: PortVariant) -> str:
    """Name the queue of a port: the two parts of its resource, joined as they were written."""
    return checked(variant.base_schema, variant.base_table)


def checked(schema: str, table: str) -> str:
    """Join the two parts of a queue's name. Raises Permanent for our own queue."""
    name = f"{schema}.{table}"
    if name == CONTROL_QUEUE:
        raise Permanent(f"the queue {CONTROL_QUEUE} is the marketplace's own")
    return name
