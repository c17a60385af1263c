# ruff: noqa: S608 - every name and value in these statements is checked and quoted by us
"""Reading an account: our own tables and SHOW, which is immediate. No writes, no judgement."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from marketplace.connectors.base import PortVariant, Principal
from marketplace.connectors.snowflake import statements
from marketplace.connectors.snowflake.client import Client
from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.failures import UNSEEN, Refusal, translate


@dataclass(frozen=True, slots=True)
class Entitled:
    """A row of our table of entitlements."""

    principal: Principal
    agreement: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Registered:
    """A row of our table of published views."""

    mark: str
    place: tuple[str, str]
    definition: str


@dataclass(slots=True)
class Found:
    """Everything that was read of one handle; rows of SHOW by name of column."""

    registered: Registered | None = None
    entitled: dict[str, Entitled] = field(default_factory=dict)
    handle: dict[str, Any] | None = None
    grantees: list[tuple[str, str]] = field(default_factory=list)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    view: dict[str, Any] | None = None
    rights: list[dict[str, Any]] = field(default_factory=list)
    policy_stands: bool = False
    types: dict[str, str] = field(default_factory=dict)


def read(client: Client, config: SnowflakeConfig, variant: PortVariant) -> Found:
    """Read everything that concerns one handle. Raises Refusal, Transient."""
    found = Found()
    handle = config.handle_of(variant)
    _read_tables(client, config, handle, found)
    found.handle = _one(
        client,
        f"SHOW DATABASE ROLES LIKE {statements.like(handle)}"
        f" IN DATABASE {statements.name(config.database)}",
        handle,
    )
    if found.handle is not None:
        grants = client.dicts(f"SHOW GRANTS OF DATABASE ROLE {statements.handle(config, variant)}")
        found.grantees = [(one["granted_to"], last(one["grantee_name"])) for one in grants]
    if found.entitled or found.grantees:
        found.roles = {one["name"]: one for one in _consumers(client, config, "ROLES")}
        found.users = {one["name"]: one for one in _consumers(client, config, "USERS")}
    _read_view(client, config, variant, found)
    columns = (
        f"SELECT COLUMN_NAME, DATA_TYPE FROM {statements.name(config.source)}"
        ".INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?"
        " ORDER BY ORDINAL_POSITION"
    )
    found.types = dict(client.rows(columns, variant.base_schema, variant.base_table))
    return found


def _read_tables(client: Client, config: SnowflakeConfig, handle: str, found: Found) -> None:
    kept = (
        "SELECT 'view' AS WHAT, MARK, SCHEMA_NAME, RELATION_NAME, DEFINITION,"
        " NULL::TIMESTAMP_NTZ AS UNTIL"
        f" FROM {statements.control(config, statements.PUBLISHED)} WHERE HANDLE = ?"
        " UNION ALL SELECT 'member', CONSUMER, KIND, PRINCIPAL, AGREEMENT, EXPIRES_AT"
        f" FROM {statements.control(config, statements.ENTITLEMENT)} WHERE HANDLE = ?"
    )
    for what, first, second, third, fourth, until in client.rows(kept, handle, handle):
        if what == "view":
            found.registered = Registered(first, (second, third), fourth)
        else:
            ends = until.replace(tzinfo=UTC)
            moment = None if ends == statements.FOR_EVER else ends
            found.entitled[first] = Entitled(Principal(second, third), fourth, moment)


def _read_view(client: Client, config: SnowflakeConfig, variant: PortVariant, found: Found) -> None:
    schema = statements.qualified(config.database, variant.relation_schema)
    with contextlib.suppress(_Unseen), _unseen():
        found.view = _one(
            client,
            f"SHOW VIEWS LIKE {statements.like(variant.relation_name)} IN SCHEMA {schema}",
            variant.relation_name,
        )
    if found.view is None:
        with contextlib.suppress(_Unseen), _unseen():
            found.view = _one(
                client,
                f"SHOW TABLES LIKE {statements.like(variant.relation_name)} IN SCHEMA {schema}",
                variant.relation_name,
            )
        return
    if found.registered is None:
        return
    view = statements.view(config, variant)
    found.rights = client.dicts(f"SHOW GRANTS ON VIEW {view}")
    found.policy_stands = _policy_stands(client, config, variant)


def _policy_stands(client: Client, config: SnowflakeConfig, variant: PortVariant) -> bool:
    """Whether our policy is on the view, alone, and says what we wrote."""
    referred = client.rows(
        "SELECT POLICY_DB, POLICY_SCHEMA, POLICY_NAME, POLICY_KIND FROM TABLE("
        f"{statements.name(config.database)}.INFORMATION_SCHEMA.POLICY_REFERENCES("
        "REF_ENTITY_NAME => ?, REF_ENTITY_DOMAIN => 'VIEW'))",
        statements.view(config, variant),
    )
    if len(referred) != 1:
        return False
    database, schema, policy, kind = referred[0]
    ours = f"{config.handle_of(variant)}_"
    if (database, schema, kind) != (config.database, config.control, "ROW_ACCESS_POLICY"):
        return False
    if not policy.startswith(ours):
        return False
    told = client.dicts(f"DESCRIBE ROW ACCESS POLICY {statements.control(config, policy)}")
    expected = " ".join(statements.policy_body(config, variant).split())
    return [" ".join(one["body"].split()) for one in told] == [expected]


class _Unseen(Exception):
    """What was looked into is not there, or we may not see it."""


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        if refusal.code in UNSEEN:
            raise _Unseen from refusal
        raise


def _one(client: Client, show: str, wanted: str) -> dict[str, Any] | None:
    """Find the one of exactly this name: LIKE ignores case."""
    return next((one for one in client.dicts(show) if one["name"] == wanted), None)


def _consumers(client: Client, config: SnowflakeConfig, what: str) -> list[dict[str, Any]]:
    """The roles or users that consumers of this environment have."""
    return client.dicts(rf"SHOW {what} LIKE 'MP\\_{config.env.upper()}\\_%\\_C'")


def last(grantee: str) -> str:
    """The name itself: a database role is sometimes told with its database."""
    return grantee.rpartition(".")[2].strip('"')


def login_stands(client: Client, login: str) -> bool:
    """Whether a consumer has its user and its role."""
    try:
        return all(
            _one(client, f"SHOW {what} LIKE {statements.like(login)}", login) is not None
            for what in ("USERS", "ROLES")
        )
    except Refusal as refusal:
        raise translate(refusal) from refusal
