"""What the front knows of one workspace, and how it asks minilake: shared by all its answers."""

import json
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

from tests.connectors.databricks.dialect import (
    Failed,
    syntax,
)

OURS = "11111111-1111-4111-8111-111111111111"
ADMIN = "admin"
SECRET = "a planted secret of the provisioner"
UC = "/api/2.1/unity-catalog"
SCIM = "/api/2.0/preview/scim/v2"
SHOWN = {"BIGINT": "LONG", "HUGEINT": "LONG", "INTEGER": "INT", "VARCHAR": "STRING"}
PASSED = ("/api/2.0/sql/warehouses", f"{SCIM}/ServicePrincipals", "/api/2.0/permissions/")


class Refused(Exception):
    """An answer that is not 200."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


@dataclass
class Job:
    """One statement on its way."""

    who: str
    text: str
    said: dict[str, Any] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)


class Workspace:
    """The state of one workspace, with the levers of a test.

    ``lag``: how many times a grant is told as it was before. ``lies``: changes of entitlements
    answer success and are not kept. ``keeps``: so do their ends. ``slow``: a text whose statements
    take a minute. ``forgets``: how many statements are forgotten before their result is fetched.
    ``sent``: every request.
    """

    def __init__(self, minilake: int) -> None:
        self.minilake = minilake
        self.secrets: dict[str, dict[str, str]] = {OURS: {"own": SECRET}}
        self.tokens: dict[str, str] = {ADMIN: ADMIN}
        self.groups: dict[str, list[str]] = {}
        self.owners: dict[str, str] = {}
        self.views: dict[str, tuple[str, str]] = {}
        self.jobs: dict[str, Job] = {}
        self.patched: set[str] = set()
        self.late: dict[str, list[dict[str, Any]]] = {}
        self.faults: list[tuple[int, dict[str, str]]] = []
        self.log: list[str] = []
        self.sent: list[str] = []
        self.forgets = 0
        self.lag = 0
        self.lies = self.keeps = False
        self.slow = ""
        self.lock = threading.RLock()
        self.speaks_for = ""
        self.address = ""
        self.warehouse = self.ask("POST", "/api/2.0/sql/warehouses", {"name": "tests"})["id"]
        for macro in ("sha2(x, bits) AS sha256(x)",):
            self.run_there(f"CREATE OR REPLACE TEMP MACRO {macro}")

    # --- minilake ----------------------------------------------------------------------------

    def ask(self, method: str, where: str, body: Any = None) -> dict[str, Any]:
        """Ask minilake. Raises Refused."""
        link = HTTPConnection("127.0.0.1", self.minilake, timeout=60)
        try:
            text = None if body is None else json.dumps(body)
            link.request(
                method, quote(where, safe="/?&=%:,+"), text, {"Content-Type": "application/json"}
            )
            answer = link.getresponse()
            content = json.loads(answer.read() or b"{}")
        finally:
            link.close()
        if answer.status >= 300:
            raise Refused(answer.status, content.get("error_code", ""), content.get("message", ""))
        return dict(content)

    def run_there(self, sql: str) -> dict[str, Any]:
        try:
            return self.ask(
                "POST",
                "/api/2.0/sql/statements",
                {"warehouse_id": self.warehouse, "statement": sql, "format": "JSON_ARRAY"},
            )
        except Refused as refused:
            raise failed(refused.words) from None

    # --- rights --------------------------------------------------------------------------------

    def held(self, who: str, kind: str, name: str) -> set[str]:
        """What somebody may on a securable, directly or through what it is in."""
        said = self.ask("GET", f"{UC}/effective-permissions/{kind}/{name}")
        mine = {who, *self.groups.get(who, [])}
        return {
            right["privilege"]
            for one in said["privilege_assignments"]
            if one["principal"] in mine
            for right in one["privileges"]
        }

    def manages(self, who: str, kind: str, name: str) -> bool:
        parts = name.split(".")
        owned = any(self.owners.get(".".join(parts[:n])) == who for n in range(1, len(parts) + 1))
        return who == ADMIN or owned or "MANAGE" in self.held(who, kind, name)

    def require(self, who: str, what: str, name: str) -> None:
        """Whether somebody may do this to a table or view. Raises Failed."""
        if who == ADMIN or self.owners.get(name) == who:
            return
        lacking = {"USE_CATALOG", "USE_SCHEMA", what} - self.held(who, "TABLE", name)
        if lacking:
            words = f"Insufficient privileges: User does not have {min(lacking)} on '{name}'."
            raise Failed("INSUFFICIENT_PERMISSIONS", "42501", words)


def duck(names: tuple[str, ...]) -> str:
    return ".".join(f'"{one}"' for one in names)


def failed(words: str) -> Failed:
    if "Parser Error" in words:
        return syntax(words)
    if "does not exist" in words and "Table" in words:
        return Failed("TABLE_OR_VIEW_NOT_FOUND", "42P01", words)
    if "Binder Error" in words:
        return Failed("UNRESOLVED_COLUMN", "42703", words)
    return Failed("INTERNAL_ERROR", "XX000", words)
