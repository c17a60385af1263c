"""Looking at the provisioner's own rights: enough to work, and no more than that."""

from typing import Any, Final
from urllib.parse import quote

from marketplace.connectors.base import ConnectorError, Finding
from marketplace.connectors.databricks import statements
from marketplace.connectors.databricks.client import Client, NoSuchThing, Refusal
from marketplace.connectors.databricks.config import DatabricksConfig

_ME: Final = "/api/2.0/preview/scim/v2/Me"
_ON_CATALOG: Final = frozenset({"USE_CATALOG", "CREATE_SCHEMA", "MANAGE"})
_TOO_WIDE: Final = frozenset({"ALL_PRIVILEGES", "MODIFY", "SELECT"})


def check(client: Client, config: DatabricksConfig) -> list[Finding]:
    """Name what is missing (error) and what is too much (warning)."""
    try:
        groups = {str(one.get("display")) for one in client.do("GET", _ME).get("groups") or []}
        rights = _held(client, config)
        return [*_too_little(client, config, rights), *_too_much(config, groups, rights)]
    except NoSuchThing as error:
        return [Finding("error", "no-catalog", str(error))]
    except ConnectorError as error:
        return [Finding("error", "unreachable", error.message)]


def _held(client: Client, config: DatabricksConfig) -> set[str]:
    """What the provisioner may on the catalog of the published views."""
    path = f"{statements.CATALOG_ROOT}/effective-permissions/catalog/{quote(config.catalog)}"
    said = client.do("GET", path, query={"principal": config.client_id})
    assigned: list[dict[str, Any]] = said.get("privilege_assignments") or []
    return {
        str(right["privilege"]).upper()
        for one in assigned
        if one["principal"] == config.client_id
        for right in one.get("privileges") or []
    }


def _too_little(client: Client, config: DatabricksConfig, rights: set[str]) -> list[Finding]:
    lacking = [] if "ALL_PRIVILEGES" in rights else sorted(_ON_CATALOG - rights)
    found = [_error("no-catalog-right", f"It lacks {one} on {config.catalog}.") for one in lacking]
    found += [
        _error("not-prepared", f"It may not read {config.control}.{table}.")
        for table in (statements.ENTITLEMENT, statements.PUBLISHED, statements.SALT)
        if not _works(client, f"SELECT 1 FROM {statements.control(config, table)} LIMIT 0")  # noqa: S608 - quoted by us
    ]
    return found


def _too_much(config: DatabricksConfig, groups: set[str], rights: set[str]) -> list[Finding]:
    found = []
    if "admins" in groups:
        found.append(_warning("administrator", "It is an administrator of the workspace."))
    found += [
        _warning("catalog-right", f"It has {one} on the whole catalog {config.catalog}.")
        for one in sorted(rights & _TOO_WIDE)
    ]
    return found


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
