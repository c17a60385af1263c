"""How to reach one PostgreSQL database, and what our objects on it are called."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from marketplace.connectors.base import SECRET, Ident, Principal
from marketplace.connectors.identifiers import check_environment, role_name, short_hash

_SHORTEST_SECRET: Final = 16
_INSTANCE: Final = re.compile(r"[A-Za-z0-9.-]{1,40}\Z")
ENTITLEMENTS: Final = "emporion_entitlements"
CONTROL: Final = "emporion_control"


@dataclass(frozen=True, slots=True)
class PostgresConfig:
    """The provisioner's credential and the names of our surroundings.

    `env` goes into role names, `instance` into the marks on our objects. `lab_secret` (at least
    16 characters) derives the passwords of the consumers' logins: whoever has it can act as any
    consumer. Changing it is safe, logins heal on their next use.
    """

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False, metadata=SECRET)
    env: str
    lab_secret: str = field(repr=False, metadata=SECRET)
    instance: str = "emporion"
    publisher: str = "emporion_publisher"
    sslmode: str = "prefer"
    public_host: str = ""
    """What consumers are told to connect to, when it is not `host`."""
    sandbox_database: str = "emporion_sandbox"
    """An empty database of the provisioner's on the same server, for queries on invented rows."""

    def __post_init__(self) -> None:
        check_environment(self.env)
        Ident(self.publisher)
        Ident(self.user)
        Ident(self.sandbox_database)
        if len(self.lab_secret) < _SHORTEST_SECRET:
            raise ValueError(f"lab_secret must have at least {_SHORTEST_SECRET} characters")
        if not _INSTANCE.match(self.instance):
            raise ValueError("instance must be made of letters, digits, dots and hyphens")

    def login_of(self, principal: Principal) -> str:
        """Name the login of a consumer."""
        return principal.role(self.env)

    def password_of(self, login: str) -> str:
        """Derive the password of a consumer's login: HMAC-SHA256 of its name, 43 characters."""
        digest = hmac.digest(self.lab_secret.encode(), login.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def credential_name(self, login: str, chance: str) -> str:
        """Name a short-lived login of a consumer; `chance` keeps several apart."""
        return role_name(self.env, "t", login, chance)

    @property
    def credential_pattern(self) -> str:
        """A LIKE pattern that only our short-lived logins match."""
        return rf"mp\_{self.env}\_%\_t"

    @property
    def consumer_mark(self) -> str:
        """The start of the comment on consumers' logins; it does not name the consumer."""
        return f"mp:{self.instance}:consumer:"

    @property
    def credential_mark(self) -> str:
        """The comment on short-lived logins."""
        return f"mp:{self.instance}:credential"

    def mark_of(self, port_id: str, variant: str) -> str:
        """The start of the comment on a handle and its view; the digest follows."""
        return f"mp:{self.instance}:{port_id}:{variant}:"

    def mark_of_consumer(self, principal: Principal) -> str:
        """The comment on a consumer's login. Comments are public, so it holds only a hash."""
        return f"{self.consumer_mark}{short_hash(principal.kind, principal.key)}"
