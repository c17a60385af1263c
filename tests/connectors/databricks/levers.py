"""What the people of a workspace do behind our back, on minilake and its front."""

import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import databricks.sdk.core  # noqa: F401 - it takes seconds, which no test is to wait for

from deploy.embedded.children import Child, wait_until
from deploy.embedded.state import LOOPBACK, free_port
from marketplace.connectors.base import Finding, PortVariant, Principal
from marketplace.connectors.databricks import DatabricksConfig, DatabricksConnector
from marketplace.connectors.databricks.bootstrap import administrator_statements
from tests.connectors.contract import ROWS, Told
from tests.connectors.databricks.front import ADMIN, OURS, SECRET, Front

_SCIM = "/api/2.0/preview/scim/v2/ServicePrincipals"
_UC = "/api/2.1/unity-catalog"
_SERVICES = "sql_statements,sql_warehouses,unity_catalog,grants,scim,permissions,identity"


@contextmanager
def a_minilake() -> Iterator[int]:
    """Start minilake in a folder of its own; it is given no way to load anything."""
    folder, port = Path(tempfile.mkdtemp(prefix="emporion-minilake-")), free_port()
    command = [
        *("/usr/bin/env", f"MINILAKE_DATA_DIR={folder}", f"MINILAKE_SERVICES={_SERVICES}"),
        *("MINILAKE_NOTEBOOK=0", f"MINILAKE_DUCKDB_EXTENSION_DIR={folder}"),
        *("MINILAKE_STATEMENT_CACHE_SIZE=50", "MINILAKE_DUCKDB_MEMORY_LIMIT=512MB"),
        *(sys.executable, "-c", "from minilake.cli import main; main()", "--port", str(port)),
    ]
    child = Child("minilake", command, folder / "log")
    child.start()
    try:
        wait_until(lambda: _answers(port), child, seconds=180)
        yield port
    finally:
        child.stop(30)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(port: int) -> bool:
    link = HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        link.request("GET", "/_minilake/health")
        return link.getresponse().status == 200
    except OSError:
        return False
    finally:
        link.close()


class DatabricksLevers:
    """Catalogs of its own for each test."""

    shortest = 6.0
    keeps_whole = False  # a grant that stays is read before the step is done, and not believed

    def __init__(self, front: Front, **changes: Any) -> None:
        self.front = front
        mark = uuid.uuid4().hex[:8]
        facts: dict[str, Any] = {
            "host": front.address,
            "client_id": OURS,
            "client_secret": SECRET,
            "warehouse": front.warehouse,
            "catalog": f"products_{mark}",
            "source_catalog": f"raw_{mark}",
            "env": f"t{mark}",
        }
        self.config = DatabricksConfig(**facts | changes)
        self.env = self.config.env
        self.connector: Any = DatabricksConnector(self.config)
        self.port = "port-1"
        self.relation, self.base = ("products", "delays"), ("flights", "delays")
        self._prepare()

    def admin(self, sql: str) -> dict[str, Any]:
        return self.front.execute(ADMIN, sql, self.config.catalog)

    def _prepare(self) -> None:
        for statement in administrator_statements(self.config):
            self.admin(statement)
        raw = self.config.source
        table = f"`{raw}`.`flights`.`delays`"
        self.admin(f"CREATE CATALOG IF NOT EXISTS `{raw}`")
        self.admin(f"CREATE SCHEMA IF NOT EXISTS `{raw}`.`flights`")
        columns = "(id BIGINT, carrier STRING, minutes BIGINT, note STRING)"
        self.admin(f"CREATE TABLE IF NOT EXISTS {table} {columns}")
        for row in ROWS:
            cells = ["NULL" if one is None else f"'{one}'" for one in row]
            self.admin(f"INSERT INTO {table} SELECT {', '.join(cells)}")
        self.admin(f"GRANT USE CATALOG ON CATALOG `{raw}` TO `{OURS}`")
        self.admin(f"GRANT USE SCHEMA ON SCHEMA `{raw}`.`flights` TO `{OURS}`")
        self.admin(f"GRANT SELECT ON TABLE {table} TO `{OURS}`")

    def close(self) -> None:
        for one in self._principals():
            self.front.ask("DELETE", f"{_SCIM}/{one['id']}")

    def _principals(self) -> list[dict[str, Any]]:
        query = f"?filter=displayName%20sw%20%22mp_{self.env}_%22"
        return list(self.front.ask("GET", _SCIM + query).get("Resources", []))

    def application(self, principal: Principal) -> dict[str, Any]:
        login = self.config.login_of(principal)
        return next(one for one in self._principals() if one["displayName"] == login)

    def view(self, variant: PortVariant) -> str:
        return ".".join((self.config.catalog, *self.config.place_of(variant)))

    # --- the Platform of the contract ----------------------------------------------------------

    def now(self) -> datetime:
        return datetime.now(UTC)

    def fingerprint(self) -> object:
        front, control = self.front, f'"{self.config.catalog}"."emporion_control"'
        rows = [
            front.run_there(f"SELECT * FROM {control}.{one} ORDER BY ALL")["result"]["data_array"]
            for one in ("entitlement", "published")
        ]
        grants = [front.ask("GET", f"{_UC}/permissions/{one}") for one in sorted(front.patched)]
        principals = [(one["id"], one["displayName"]) for one in self._principals()]
        return (rows, grants, principals, dict(front.views), dict(front.owners))

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        change = {"principal": self.application(principal)["applicationId"], "remove": ["SELECT"]}
        self.front.patch(ADMIN, "TABLE", self.view(variant), [change])

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        self.admin(
            f"DELETE FROM `{self.config.catalog}`.`emporion_control`.`entitlement`"
            f" WHERE handle = '{self.config.handle_of(variant)}'"
            f" AND consumer = '{self.config.login_of(principal)}'"
        )

    def alters_view(self, variant: PortVariant) -> None:
        """A colleague who may sign in as our principal: the view shows more rows, for ever."""
        quoted = ".".join(f"`{one}`" for one in self.view(variant).split("."))
        base = ".".join(f"`{one}`" for one in (self.config.source, *self.base))
        text = f"ALTER VIEW {quoted} AS SELECT t.id, t.carrier, t.minutes FROM {base} AS t"
        self.front.execute(OURS, text, self.config.catalog)

    def lets_in(self, variant: PortVariant) -> str:
        change = {"principal": "bob@example.org", "add": ["SELECT"]}
        self.front.patch(ADMIN, "TABLE", self.view(variant), [change])
        return "bob@example.org"

    def drops_login(self, principal: Principal) -> None:
        found = self.application(principal)
        self.front.said("DELETE", f"{_SCIM}/{found['id']}", ADMIN, None)

    def remakes_login(self, principal: Principal) -> None:
        body = {"displayName": self.config.login_of(principal), "active": True}
        self.front.ask("POST", _SCIM, body)

    def lies(self) -> None:
        """Changes of entitlements answer success and are not kept."""
        self.front.lies = True

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        """Ends of entitlements answer success and end nothing."""
        del variant
        self.front.keeps = True
        yield
        self.front.keeps = False

    @contextmanager
    def throttling(self) -> Iterator[Told]:
        """Every request is answered 429, with ten minutes to wait: shorter ones are slept."""
        self.front.faults = [(429, {"Retry-After": "600"})] * 1000
        yield Told(lambda: 1000 - len(self.front.faults), 600.0)
        self.front.faults = []

    def secrets(self) -> list[str]:
        return [SECRET, *(one for held in self.front.secrets.values() for one in held.values())]

    def weak(self) -> list[Finding]:
        change = {"principal": OURS, "remove": ["CREATE_SCHEMA"]}
        self.front.patch(ADMIN, "CATALOG", self.config.catalog, [change])
        return list(self.connector.check())

    def strong(self) -> list[Finding]:
        self.front.groups[OURS] = ["admins"]
        return list(self.connector.check())
