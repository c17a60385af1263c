"""How to reach one MariaDB or MySQL server, and what our objects on it are called."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from marketplace.connectors.base import SECRET, Ident, Principal
from marketplace.connectors.identifiers import check_environment, role_name

_SHORTEST_SECRET: Final = 16
_INSTANCE: Final = re.compile(r"[A-Za-z0-9.-]{1,40}\Z")
_PATTERN: Final = re.compile(r"[A-Za-z0-9_%\\]{1,60}\Z")
_ACCOUNT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")
ENTITLEMENTS: Final = "emporion_entitlements"
CONTROL: Final = "emporion_control"


@dataclass(frozen=True, slots=True)
class MariadbConfig:
    r"""The provisioner's credential and the names of our surroundings.

    `env` goes into role names, `instance` into the marks in our registry. `lab_secret` (at least
    16 characters) derives the passwords of the consumers' logins: whoever has it can act as any
    consumer. `published` is the LIKE pattern of the databases that published views live in; the
    publisher may make databases of such names and no others. `keeper` and `publisher` are accounts
    that are locked: nobody can log in as them, only our stored procedures run with their rights.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False, metadata=SECRET)
    env: str
    lab_secret: str = field(repr=False, metadata=SECRET)
    instance: str = "emporion"
    published: str = r"%\_products"
    keeper: str = "emporion_keeper"
    publisher: str = "emporion_publisher"
    tls_ca: str = ""
    """Path of the certificate authority's file; with it the server's name is verified."""
    public_host: str = ""
    """What consumers are told to connect to, when it is not `host`."""

    def __post_init__(self) -> None:
        check_environment(self.env)
        Ident(self.user)
        for account in (self.keeper, self.publisher):
            if not _ACCOUNT.match(account):
                raise ValueError("keeper and publisher must be made of letters, digits and _")
        if len(self.lab_secret) < _SHORTEST_SECRET:
            raise ValueError(f"lab_secret must have at least {_SHORTEST_SECRET} characters")
        if not _INSTANCE.match(self.instance):
            raise ValueError("instance must be made of letters, digits, dots and hyphens")
        if not _PATTERN.match(self.published):
            raise ValueError(r"published must be a pattern of letters, digits, _, % and \_")

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

    def mark_of(self, port_id: str, variant: str) -> str:
        """The start of the mark on a handle and its view in our registry; the digest follows."""
        return f"mp:{self.instance}:{port_id}:{variant}:"


def umbrella_of(login: str) -> str:
    """Name the one role that a login has as its default, through which it has all its handles.

    MariaDB gives an account a single default role, and a role that is granted but not active
    allows nothing, there and on MySQL.
    """
    return f"{login.removesuffix('_c')}_d"
