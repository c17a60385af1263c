"""How to reach one Snowflake account, and what our objects in it are called."""

import base64
import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal
from urllib.parse import quote, unquote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from marketplace.connectors.base import SECRET, Ident, PortVariant, Principal
from marketplace.connectors.identifiers import check_environment
from marketplace.connectors.labels import gettext_noop

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}(?:\.[A-Za-z0-9_-]{1,60}){0,3}\Z")
_INSTANCE: Final = re.compile(r"[A-Za-z0-9.-]{1,40}\Z")
_ARMOUR: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.+)-----END [A-Z ]*KEY-----", re.DOTALL
)
_SHORTEST_KEY: Final = 2048
_VENDORS: Final = (".snowflakecomputing.com", ".snowflakecomputing.cn")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks: a user, the one role it acts with, and the warehouse that pays."""

    user: str
    role: str
    warehouse: str


@dataclass(frozen=True, slots=True)
class SnowflakeConfig:
    """The provisioner's key and the names of our surroundings, exactly as SHOW prints them.

    `env` goes into role names, `instance` into marks. Whoever has `private_key` can act as the
    provisioner and as any consumer: the consumers' users have the same public key.
    """

    account: str = field(
        metadata={"help": gettext_noop("As in the account's address: myorg-myaccount.")}
    )
    user: str = field(metadata={"help": gettext_noop("The provisioner, a service user.")})
    private_key: str = field(
        repr=False,
        metadata={**SECRET, "help": gettext_noop("RSA, 2,048 bits or more, PEM without password.")},
    )
    database: str = field(metadata={"help": gettext_noop("Where the published views live.")})
    env: str
    role: str = field(
        default="EMPORION", metadata={"help": gettext_noop("The provisioner's role.")}
    )
    warehouse: str = field(
        default="EMPORION", metadata={"help": gettext_noop("The provisioner's warehouse.")}
    )
    source_database: str = field(
        default="",
        metadata={"help": gettext_noop("Where the tables behind are, if not in the database.")},
    )
    control: str = field(
        default="EMPORION_CONTROL", metadata={"help": gettext_noop("The schema of our tables.")}
    )
    consumer_warehouse: str = field(
        default="",
        metadata={"help": gettext_noop("The warehouse of consumers that have none of their own.")},
    )
    warehouses: tuple[str, ...] = field(
        default=(),
        metadata={"help": gettext_noop("Warehouses of consumers: team:growth=GROWTH_WH.")},
    )
    roles: tuple[str, ...] = field(
        default=(),
        metadata={"help": gettext_noop("Roles of theirs that get the access: team:growth=GROWTH.")},
    )
    instance: str = "emporion"
    endpoint: str = field(
        default="",
        metadata={
            "help": gettext_noop("Another address than the vendor's; evidence is then simulated.")
        },
    )

    def __post_init__(self) -> None:
        check_environment(self.env)
        for name in (self.user, self.role, self.warehouse, self.database, self.control):
            Ident(name)
        for name in (self.source_database, self.consumer_warehouse):
            Ident(name or "none")
        if not _ACCOUNT.match(self.account):
            raise ValueError("account must be like myorg-myaccount")
        if not _INSTANCE.match(self.instance):
            raise ValueError("instance must be made of letters, digits, dots and hyphens")
        for one in ("warehouses", "roles"):
            object.__setattr__(self, one, tuple(getattr(self, one)))
        _mapping(self.warehouses)
        _mapping(self.roles)
        _check_endpoint(self.endpoint)
        key_of(self.private_key)

    @property
    def base_url(self) -> str:
        """The address of the SQL API, without a slash at the end."""
        host = self.account.lower().replace("_", "-")
        return self.endpoint.rstrip("/") or f"https://{host}.snowflakecomputing.com"

    @property
    def level(self) -> Literal["proven", "simulated"]:
        """How much evidence from this address is worth: only the vendor's own proves."""
        parts = urlsplit(self.base_url)
        is_vendors = parts.scheme == "https" and (parts.hostname or "").endswith(_VENDORS)
        return "proven" if is_vendors else "simulated"

    @property
    def source(self) -> str:
        """The database of the base tables."""
        return self.source_database or self.database

    @property
    def provisioner(self) -> Caller:
        """Ourselves."""
        return Caller(self.user, self.role, self.warehouse)

    def consumer(self, principal: Principal) -> Caller:
        """A consumer's own user, with its role and on its warehouse."""
        login = self.login_of(principal)
        return Caller(login, login, self.warehouse_of(principal))

    def login_of(self, principal: Principal) -> str:
        """Name the account role of a consumer, and its user; in capitals, as Snowflake folds."""
        return principal.role(self.env).upper()

    def handle_of(self, variant: PortVariant) -> str:
        """Name the database role of a variant."""
        return variant.handle(self.env).upper()

    def warehouse_of(self, principal: Principal) -> str:
        """Name the warehouse that pays for a consumer's queries, "" when there is none."""
        return _mapping(self.warehouses).get(str(principal), self.consumer_warehouse)

    def role_of(self, principal: Principal) -> str:
        """Name the role of theirs through which people get the access, "" when there is none."""
        return _mapping(self.roles).get(str(principal), "")

    def mark_of(self, port_id: str, variant: str) -> str:
        """The start of the mark on a handle and its view; the digest follows."""
        return f"mp:{self.instance}:{port_id}:{variant}:"

    def mark_of_consumer(self, principal: Principal) -> str:
        """The comment on a consumer's role and user: plain ASCII, whatever the key holds."""
        return f"mp:{self.instance}:consumer:{principal.kind}:{quote(principal.key, safe='')}"

    def principal_of(self, mark: str) -> Principal | None:
        """Who a consumer's role is for, None when the comment is not ours."""
        start = f"mp:{self.instance}:consumer:"
        kind, _, key = mark.removeprefix(start).partition(":")
        if not mark.startswith(start):
            return None
        try:
            return Principal(kind, unquote(key))
        except ValueError:
            return None


@cache
def _mapping(entries: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in entries:
        principal, equals, name = one.partition("=")
        if not equals or ":" not in principal:
            raise ValueError("write a consumer and a name, like team:growth=GROWTH")
        Principal(*principal.strip().split(":", 1))
        found[principal.strip()] = str(Ident(name.strip()))
    return found


def _check_endpoint(endpoint: str) -> None:
    """A token must not travel in clear, but to this very machine."""
    if not endpoint:
        return
    parts = urlsplit(endpoint)
    plain = parts.scheme == "http" and _is_loopback(parts.hostname or "")
    if not parts.hostname or not (plain or parts.scheme == "https") or parts.query or parts.path:
        raise ValueError("endpoint must be https://host[:port]")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def key_of(text: str) -> RSAPrivateKey:
    """Read a private key; line breaks may be lost. Raises ValueError, which never shows the key."""
    found = _ARMOUR.search(text)
    try:
        raw = base64.b64decode("".join((found.group(1) if found else "").split()), validate=True)
        key = load_der_private_key(raw, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("private_key must be a PEM key without a password") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _SHORTEST_KEY:
        raise ValueError(f"private_key must be RSA of {_SHORTEST_KEY} bits or more")
    return key


@cache
def public_key_of(text: str) -> str:
    """The public key that belongs to a private one, as RSA_PUBLIC_KEY takes it."""
    return base64.b64encode(_public_bytes(text)).decode()


@cache
def fingerprint_of(text: str) -> str:
    """The fingerprint of a key as tokens and DESCRIBE USER have it: `SHA256:...`."""
    digest = hashlib.sha256(_public_bytes(text)).digest()
    return f"SHA256:{base64.b64encode(digest).decode()}"


def _public_bytes(text: str) -> bytes:
    return key_of(text).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
