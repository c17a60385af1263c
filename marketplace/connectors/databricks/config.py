"""How to reach one Databricks workspace, and what our objects in Unity Catalog are called."""

import ipaddress
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal
from urllib.parse import quote, unquote, urlsplit

from marketplace.connectors.base import SECRET, Ident, PortVariant, Principal
from marketplace.connectors.identifiers import check_environment, short_hash
from marketplace.connectors.labels import gettext_noop

_INSTANCE: Final = re.compile(r"[A-Za-z0-9.-]{1,40}\Z")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_ODD: Final = re.compile(r"\W")
_KEPT: Final = 40
_VENDORS: Final = (".databricks.com", ".azuredatabricks.net", ".databricks.us", ".databricks.cn")


@dataclass(frozen=True, slots=True)
class DatabricksConfig:
    """The provisioner's service principal and the names of our surroundings.

    `env` goes into the names of consumers, `instance` into marks. Unity Catalog folds names to
    lower case, so ours are written so.
    """

    host: str = field(
        metadata={"help": gettext_noop("The workspace: https://name.cloud.databricks.com.")}
    )
    client_id: str = field(metadata={"help": gettext_noop("Application ID of the provisioner.")})
    client_secret: str = field(
        repr=False, metadata={**SECRET, "help": gettext_noop("Its OAuth secret.")}
    )
    warehouse: str = field(
        metadata={"help": gettext_noop("ID of the SQL warehouse that the provisioner uses.")}
    )
    catalog: str = field(metadata={"help": gettext_noop("Where the published views live.")})
    env: str
    source_catalog: str = field(
        default="",
        metadata={"help": gettext_noop("Where the tables behind are, if not in the catalog.")},
    )
    control: str = field(
        default="emporion_control", metadata={"help": gettext_noop("The schema of our tables.")}
    )
    consumer_warehouse: str = field(
        default="",
        metadata={"help": gettext_noop("ID of the warehouse of consumers that have none.")},
    )
    warehouses: tuple[str, ...] = field(
        default=(),
        metadata={"help": gettext_noop("Warehouses of consumers: team:growth=0123456789abcdef.")},
    )
    groups: tuple[str, ...] = field(
        default=(),
        metadata={"help": gettext_noop("Account groups that get the access: team:growth=growth.")},
    )
    instance: str = "emporion"

    def __post_init__(self) -> None:
        check_environment(self.env)
        _check_host(self.host)
        for name in (self.catalog, self.control, self.source_catalog or "none"):
            if Ident(name) != uc_name(name):
                raise ValueError(f"Unity Catalog does not keep the name {name!r}")
        for one in (self.client_id, self.warehouse, self.consumer_warehouse or "none"):
            if not _WORD.match(one):
                raise ValueError("client_id and warehouses are made of letters, digits and hyphens")
        if not self.client_secret:
            raise ValueError("client_secret must not be empty")
        if not _INSTANCE.match(self.instance):
            raise ValueError("instance must be made of letters, digits, dots and hyphens")
        for one in ("warehouses", "groups"):
            object.__setattr__(self, one, tuple(getattr(self, one)))
        _mapping(self.warehouses)
        _mapping(self.groups)

    @property
    def level(self) -> Literal["proven", "simulated"]:
        """How much evidence from this address is worth: only the vendor's own proves."""
        parts = urlsplit(self.host)
        is_vendors = parts.scheme == "https" and (parts.hostname or "").endswith(_VENDORS)
        return "proven" if is_vendors else "simulated"

    @property
    def source(self) -> str:
        """The catalog of the base tables."""
        return self.source_catalog or self.catalog

    def login_of(self, principal: Principal) -> str:
        """Name the service principal of a consumer: its display name."""
        return principal.role(self.env)

    def handle_of(self, variant: PortVariant) -> str:
        """Name the handle of a variant in our tables."""
        return variant.handle(self.env)

    def place_of(self, variant: PortVariant) -> tuple[str, str]:
        """Schema and name of the published view, as Unity Catalog can keep them."""
        return uc_name(variant.relation_schema), uc_name(variant.relation_name)

    def warehouse_of(self, principal: Principal) -> str:
        """The warehouse that pays for a consumer's queries, ours when there is none."""
        mapped = _mapping(self.warehouses).get(str(principal), self.consumer_warehouse)
        return mapped or self.warehouse

    def group_of(self, principal: Principal) -> str:
        """The account group through which people get the access, "" when there is none."""
        return _mapping(self.groups).get(str(principal), "")

    @property
    def all_groups(self) -> tuple[str, ...]:
        """Every group that can have access, in order; each is named in the views."""
        return tuple(sorted(set(_mapping(self.groups).values())))

    def mark_of(self, port_id: str, variant: str) -> str:
        """The start of the mark on a handle and its view; the digest follows."""
        return f"mp:{self.instance}:{port_id}:{variant}:"

    def mark_of_consumer(self, principal: Principal) -> str:
        """The external ID of a consumer's service principal: plain ASCII, whatever the key."""
        return f"mp:{self.instance}:consumer:{principal.kind}:{quote(principal.key, safe='')}"

    def principal_of(self, mark: str) -> Principal | None:
        """Who a service principal is for, None when its external ID is not ours."""
        start = f"mp:{self.instance}:consumer:"
        kind, _, key = mark.removeprefix(start).partition(":")
        if not mark.startswith(start):
            return None
        try:
            return Principal(kind, unquote(key))
        except ValueError:
            return None


def uc_name(text: str) -> str:
    """Give a name that Unity Catalog keeps as it is: lower case, letters, digits and `_`.

    Another name gets a hash of itself, so that two never fall on one.
    """
    checked = Ident(text)
    plain = _ODD.sub("_", checked.lower())
    return plain if plain == checked else f"{plain[:_KEPT]}_{short_hash(checked)}"


@cache
def _mapping(entries: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in entries:
        principal, equals, name = one.partition("=")
        if not equals or ":" not in principal:
            raise ValueError("write a consumer and a name, like team:growth=growth")
        Principal(*principal.strip().split(":", 1))
        found[principal.strip()] = name.strip()
        if not _WORD.match(name.strip()):
            raise ValueError("groups and warehouses are made of letters, digits, _ and hyphens")
    return found


def _check_host(host: str) -> None:
    """A secret must not travel in clear, but to this very machine."""
    parts = urlsplit(host)
    plain = parts.scheme == "http" and _is_loopback(parts.hostname or "")
    if not parts.hostname or not (plain or parts.scheme == "https") or parts.path.strip("/"):
        raise ValueError("host must be https://name")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
