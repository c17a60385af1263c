"""What an account holds: users, roles, who was granted what, and the objects in its databases."""

import base64
import hashlib
import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.connectors.snowflake.grammar import forbidden, unseen

ADMIN = "ACCOUNTADMIN"
SYSTEM = frozenset({ADMIN, "SECURITYADMIN", "SYSADMIN", "USERADMIN", "PUBLIC"})
type Path = tuple[str, ...]
type Grantee = tuple[str, Any]
"""("ROLE", name) or ("DATABASE_ROLE", (database, name)) or ("USER", name)."""


@dataclass
class Role:
    owner: str
    comment: str = ""
    created: float = field(default_factory=time.time)


@dataclass
class User:
    owner: str
    comment: str = ""
    default_role: str = ""
    default_warehouse: str = ""
    key: str = ""
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    secondary: bool = False

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(base64.b64decode(self.key)).digest() if self.key else b""
        return f"SHA256:{base64.b64encode(digest).decode()}"


@dataclass
class Column:
    name: str
    type: str
    nullable: bool = True
    key: bool = False


@dataclass
class Table:
    owner: str
    columns: list[Column]
    store: str


@dataclass
class View:
    owner: str
    text: str
    query: str
    secure: bool
    comment: str = ""
    policy: tuple[Path, str] | None = None


@dataclass
class Policy:
    owner: str
    type: str
    body: str


class Account:
    """State, and the one rule of it: a role may what was granted to it or to a role it has."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.numbers = itertools.count(1)
        self.roles = {name: Role("") for name in SYSTEM}
        self.users: dict[str, User] = {}
        self.warehouses: set[str] = set()
        self.databases: dict[str, str] = {}
        self.schemas: dict[Path, tuple[str, bool]] = {}
        self.database_roles: dict[Path, Role] = {}
        self.relations: dict[Path, Table | View] = {}
        self.policies: dict[Path, Policy] = {}
        self.memberships: dict[tuple[Grantee, Grantee], str] = {}
        """(what was granted, to whom) -> by whom."""
        self.rights: dict[tuple[Grantee, str, str, Path], tuple[bool, str]] = {}
        """(to whom, privilege, kind, path) -> (with grant option, by whom)."""

    # --- who may what ------------------------------------------------------------------------

    def active(self, role: str) -> set[Grantee]:
        """A role and all that it has."""
        seen: set[Grantee] = set()
        todo: list[Grantee] = [("ROLE", role), ("ROLE", "PUBLIC")]
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                todo += [what for what, to in self.memberships if to == one]
        return seen

    def owner_of(self, kind: str, path: Path) -> str:
        match kind:
            case "DATABASE":
                return self.databases.get(path[0], "")
            case "SCHEMA":
                return self.schemas.get(path, ("", False))[0]
            case "TABLE" | "VIEW":
                found = self.relations.get(path)
                return found.owner if found else ""
            case "WAREHOUSE" | "ACCOUNT":
                return ADMIN
        return ""

    def may(self, role: str, privilege: str, kind: str, path: Path) -> bool:
        active = self.active(role)
        if ("ROLE", ADMIN) in active or ("ROLE", self.owner_of(kind, path)) in active:
            return True
        return any((one, privilege, kind, path) in self.rights for one in active)

    def owns(self, role: str, owner: str) -> bool:
        return ("ROLE", owner) in self.active(role) or ("ROLE", ADMIN) in self.active(role)

    def sees_schema(self, role: str, path: Path) -> bool:
        return (
            path in self.schemas
            and self.may(role, "USAGE", "DATABASE", path[:1])
            and self.may(role, "USAGE", "SCHEMA", path)
        )

    def may_grant(self, role: str, privilege: str, kind: str, path: Path) -> bool:
        active = self.active(role)
        if ("ROLE", ADMIN) in active:
            return True
        if any((one, "MANAGE GRANTS", "ACCOUNT", ()) in self.rights for one in active):
            return True
        if kind in {"TABLE", "VIEW"}:
            owner, managed = self.schemas[path[:2]]
            return ("ROLE", owner if managed else self.owner_of(kind, path)) in active
        if ("ROLE", self.owner_of(kind, path)) in active:
            return True
        return any(self.rights.get((one, privilege, kind, path), (False,))[0] for one in active)

    # --- what is there -----------------------------------------------------------------------

    def require(self, kind: str, path: Path) -> None:
        there = {
            "ACCOUNT": lambda: True,
            "DATABASE": lambda: path[0] in self.databases,
            "SCHEMA": lambda: path in self.schemas,
            "TABLE": lambda: isinstance(self.relations.get(path), Table),
            "VIEW": lambda: isinstance(self.relations.get(path), View),
            "WAREHOUSE": lambda: path[0] in self.warehouses,
        }[kind]
        if not there():
            raise unseen(kind.title(), ".".join(path))

    def require_grantee(self, to: Grantee) -> None:
        kind, name = to
        there: Any = {"ROLE": self.roles, "USER": self.users, "DATABASE_ROLE": self.database_roles}
        if name not in there[kind]:
            raise unseen(kind.replace("_", " ").title(), str(name))

    def create(self, role: str, privilege: str, kind: str, path: Path) -> None:
        """Whether this role may make something in there."""
        if not self.may(role, privilege, kind, path):
            raise forbidden(f"{kind.lower()} '{'.'.join(path)}'")

    def forget(self, who: Grantee) -> None:
        """A role or user that is dropped takes all its grants along."""
        for pair in [pair for pair in self.memberships if who in pair]:
            del self.memberships[pair]
        for right in [right for right in self.rights if right[0] == who]:
            del self.rights[right]
