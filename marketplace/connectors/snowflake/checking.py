"""Looking at the provisioner's own rights: enough to work, and no more than that."""

from typing import Any, Final

from marketplace.connectors.base import ConnectorError, Finding
from marketplace.connectors.snowflake import statements
from marketplace.connectors.snowflake.bootstrap import consumer_warehouses
from marketplace.connectors.snowflake.client import Client
from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.failures import Refusal, translate

_ON_ACCOUNT: Final = frozenset({"CREATE ROLE", "CREATE USER"})
_ON_DATABASE: Final = frozenset({"USAGE", "CREATE SCHEMA", "CREATE DATABASE ROLE"})
_WRITING: Final = frozenset({"INSERT", "UPDATE", "DELETE", "TRUNCATE", "OWNERSHIP", "ALL"})
_SECONDARY: Final = '"ALL"'


def check(client: Client, config: SnowflakeConfig) -> list[Finding]:
    """Name what is missing (error) and what is too much (warning)."""
    try:
        rights = client.dicts(f"SHOW GRANTS TO ROLE {statements.name(config.role)}")
        return [
            *_too_little(client, config, rights),
            *_too_much(config, rights),
            *_session(client),
        ]
    except Refusal as refusal:
        return [Finding("error", "unreachable", translate(refusal).message)]
    except ConnectorError as error:
        return [Finding("error", "unreachable", error.message)]


def _too_little(
    client: Client, config: SnowflakeConfig, rights: list[dict[str, Any]]
) -> list[Finding]:
    found = [
        _error("no-account-right", f"It lacks {one} on the account.")
        for one in sorted(_ON_ACCOUNT - _held(rights, "ACCOUNT"))
    ]
    found += [
        _error("no-database-right", f"It lacks {one} on {config.database}.")
        for one in sorted(_ON_DATABASE - _held(rights, "DATABASE", config.database))
    ]
    for warehouse in consumer_warehouses(config):
        if not _may_pass_on(rights, warehouse):
            words = f"It may not let consumers use {warehouse}: USAGE WITH GRANT OPTION is missing."
            found.append(_error("no-warehouse", words))
    for table in (statements.ENTITLEMENT, statements.PUBLISHED, statements.SALT):
        if not _works(client, f"SELECT 1 FROM {statements.control(config, table)} LIMIT 0"):  # noqa: S608 - quoted by us
            found.append(_error("not-prepared", f"It may not read {config.control}.{table}."))
    return found


def _held(rights: list[dict[str, Any]], kind: str, name: str | None = None) -> set[str]:
    held = {
        one["privilege"]
        for one in rights
        if one["granted_on"] == kind and (name is None or _plain(one["name"]) == name)
    }
    return held | (_ON_DATABASE if "OWNERSHIP" in held else set())


def _may_pass_on(rights: list[dict[str, Any]], warehouse: str) -> bool:
    return any(
        one["granted_on"] == "WAREHOUSE"
        and _plain(one["name"]) == warehouse
        and (
            one["privilege"] == "OWNERSHIP"
            or (one["privilege"] == "USAGE" and str(one["grant_option"]).lower() == "true")
        )
        for one in rights
    )


def _too_much(config: SnowflakeConfig, rights: list[dict[str, Any]]) -> list[Finding]:
    found = [
        _warning("account-right", f"It has {one} on the account.")
        for one in sorted(_held(rights, "ACCOUNT") - _ON_ACCOUNT)
    ]
    ours = f"{config.database}.{config.control}."
    for one in rights:
        kind, name, what = one["granted_on"], str(one["name"]), one["privilege"]
        if kind == "ROLE" and what == "USAGE":
            found.append(_warning("has-role", f"It has the role {name}, with all its rights."))
        if kind == "TABLE" and what in _WRITING and not _unquoted(name).startswith(ours):
            found.append(_warning("writes-data", f"It has {what} on {name}."))
    return found


def _session(client: Client) -> list[Finding]:
    """A user with secondary roles acts with all of them at once, whatever role it names."""
    ((secondary,),) = client.rows("SELECT CURRENT_SECONDARY_ROLES()")
    if _SECONDARY in str(secondary).upper():
        return [_warning("secondary-roles", "The user has its other roles active, too.")]
    return []


def _plain(name: str) -> str:
    return name.strip('"')


def _unquoted(name: str) -> str:
    return name.replace('"', "")


def _works(client: Client, sql: str) -> bool:
    try:
        client.run(sql)
    except Refusal:
        return False
    return True


def _error(code: str, text: str) -> Finding:
    return Finding("error", code, text)


def _warning(code: str, text: str) -> Finding:
    return Finding("warning", code, text)
