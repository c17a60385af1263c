"""A front before minilake, which keeps what it is told and enforces nothing.

minilake holds the catalogs, the rows, the grants, the service principals and the rights on
warehouses; it runs the SQL. The front knows who is asking (OAuth client credentials), looks at the
grants that minilake holds before anything is read or changed, shows a grant late when a test wants
so, and keeps what minilake does not: owners and the texts of views. All of it is a simulation.
"""

import base64
import json
import secrets
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.connectors.databricks.dialect import (
    Failed,
    Token,
    Writer,
    kept,
    path,
    syntax,
    tokens,
    unescaped,
)

OURS = "11111111-1111-4111-8111-111111111111"
ADMIN = "admin"
SECRET = "a planted secret of the provisioner"
_UC = "/api/2.1/unity-catalog"
_SCIM = "/api/2.0/preview/scim/v2"
_SHOWN = {"BIGINT": "LONG", "HUGEINT": "LONG", "INTEGER": "INT", "VARCHAR": "STRING"}
_PASSED = ("/api/2.0/sql/warehouses", f"{_SCIM}/ServicePrincipals", "/api/2.0/permissions/")


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


class Front:
    """One workspace, with the levers of a test.

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
            raise _failed(refused.words) from None

    # --- rights --------------------------------------------------------------------------------

    def held(self, who: str, kind: str, name: str) -> set[str]:
        """What somebody may on a securable, directly or through what it is in."""
        said = self.ask("GET", f"{_UC}/effective-permissions/{kind}/{name}")
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

    # --- statements ----------------------------------------------------------------------------

    def execute(self, who: str, sql: str, catalog: str) -> dict[str, Any]:
        """Run one statement as somebody. Raises Failed."""
        found = tokens(sql)
        words = [one.text.lower() for one in found[:6]]
        with self.lock:
            if words[0] in {"select", "with"}:
                text = self._query(who, found, catalog)
                self._speak_for(who)
                return self.run_there(text)
            if words[:2] in (["merge", "into"], ["insert", "into"], ["delete", "from"]):
                return self._change(who, found, catalog)
            return self._define(who, found, words, sql)

    def _query(self, who: str, found: list[Token], catalog: str) -> str:
        def relation(names: tuple[str, ...]) -> str:
            full = (catalog.lower(), *names) if len(names) == 2 else names
            name = ".".join(full)
            self.require(who, "SELECT", name)
            if name in self.views and self.owners[name] != who:
                inner = tokens(self.views[name][0])
                self._query(self.owners[name], inner, catalog)  # its owner's rights count within
            return ".".join(f'"{one}"' for one in full)

        return Writer(relation).written(found)

    def _speak_for(self, who: str) -> None:
        if self.speaks_for == who:
            return
        groups = ", ".join(f"'{one}'" for one in self.groups.get(who, []))
        self.run_there(f"SET VARIABLE who = '{who}'")
        self.run_there(f"SET VARIABLE groups = CAST([{groups}] AS VARCHAR[])")
        self.speaks_for = who

    def _change(self, who: str, found: list[Token], catalog: str) -> dict[str, Any]:
        names, _ = path(found, 2)
        self.require(who, "MODIFY", ".".join(names))
        text = self._query(who, found, catalog)
        ends = self.keeps and found[0].says("delete")
        if (self.lies or ends) and names[-1] == "entitlement":
            return {}
        self.run_there(text)
        return {}

    def _define(self, who: str, found: list[Token], words: list[str], sql: str) -> dict[str, Any]:
        if words[0] == "grant":
            return self._grant(who, found)
        if_new = words[2:5] == ["if", "not", "exists"]
        if words[:2] == ["create", "catalog"] and if_new:
            (name,), _ = path(found, 5)
            return self._make(who, kept((name,)), may=who == ADMIN)
        if words[:2] == ["create", "schema"] and if_new:
            names, _ = path(found, 5)
            may = self.manages(who, "CATALOG", names[0])
            may = may or "CREATE_SCHEMA" in self.held(who, "CATALOG", names[0])
            return self._make(who, kept(names), may=may)
        if words[:2] == ["create", "table"] and if_new:
            names, at = path(found, 5)
            columns = " ".join(one.text.replace("`", '"') for one in found[at:])
            self._may_make(who, kept(names))
            self.run_there(f"CREATE TABLE IF NOT EXISTS {_duck(names)} {columns}")
            self.owners.setdefault(".".join(names), who)
            return {}
        if words[:2] in (["create", "view"], ["alter", "view"], ["drop", "view"]):
            return self._view(who, found, words, sql)
        raise syntax(words[0])

    def _may_make(self, who: str, names: tuple[str, ...]) -> None:
        if not self.manages(who, "SCHEMA", ".".join(names[:2])):
            raise Failed("INSUFFICIENT_PERMISSIONS", "42501", "User lacks CREATE_TABLE.")

    def _make(self, who: str, names: tuple[str, ...], *, may: bool) -> dict[str, Any]:
        if not may:
            raise Failed("INSUFFICIENT_PERMISSIONS", "42501", f"User may not make {names}.")
        full = ".".join(names)
        if full not in self.owners:
            body = {"name": names[-1]}
            body |= {"catalog_name": names[0]} if len(names) == 2 else {}
            self.ask("POST", f"{_UC}/{'schemas' if len(names) == 2 else 'catalogs'}", body)
            self.owners[full] = who
        return {}

    def _view(self, who: str, found: list[Token], words: list[str], sql: str) -> dict[str, Any]:
        skip = 5 if words[2:5] == ["if", "not", "exists"] else 4 if words[2:3] == ["if"] else 2
        names, at = path(found, skip)
        full, comment = ".".join(names), ""
        owner = self.owners.get(full)
        if owner is None and words[0] == "alter":
            raise Failed("TABLE_OR_VIEW_NOT_FOUND", "42P01", f"The view {full} cannot be found.")
        if owner not in (None, who) and who != ADMIN:
            raise Failed("INSUFFICIENT_PERMISSIONS", "42501", f"User does not own '{full}'.")
        if words[0] == "drop":
            self.run_there(f"DROP VIEW IF EXISTS {_duck(names)}")
            self.owners.pop(full, None)
            self.views.pop(full, None)
            self._forget(full)
            return {}
        if at < len(found) and found[at].says("comment"):
            comment = unescaped(found[at + 1].text)
            at += 2
        if at >= len(found) or not found[at].says("as"):
            raise syntax("AS")
        if owner is not None and words[0] == "create":
            return {}
        if owner is None:
            self._may_make(who, kept(names))
        query = sql.partition(" AS ")[2].strip()
        text = self._query(who, tokens(query), names[0])
        self._speak_for(who)
        self.run_there(f"CREATE OR REPLACE VIEW {_duck(names)} AS {text}")
        self.owners[full] = owner or who
        self.views[full] = (query, comment or self.views.get(full, ("", ""))[1])
        return {}

    def _forget(self, name: str) -> None:
        """What is dropped loses its grants."""
        for one in self.ask("GET", f"{_UC}/permissions/TABLE/{name}")["privilege_assignments"]:
            change = {"principal": one["principal"], "remove": one["privileges"]}
            self.ask("PATCH", f"{_UC}/permissions/TABLE/{name}", {"changes": [change]})

    def _grant(self, who: str, found: list[Token]) -> dict[str, Any]:
        words = [one.text.lower() for one in found]
        on, to = words.index("on"), words.index("to")
        privileges = " ".join(words[1:on]).upper().split(" , ")
        kind = words[on + 1].upper()
        names, _ = path(found, on + 2)
        (principal,), _ = path(found, to + 1)
        add = [one.replace(" ", "_") for one in privileges]
        self.patch(who, kind, ".".join(names), [{"principal": principal, "add": add}])
        return {}

    # --- grants --------------------------------------------------------------------------------

    def patch(self, who: str, kind: str, name: str, changes: list[Any]) -> dict[str, Any]:
        """Change grants as somebody. Raises Refused."""
        if not self.manages(who, kind.upper(), name):
            raise Refused(403, "PERMISSION_DENIED", f"User does not have MANAGE on '{name}'.")
        if kind.upper() == "TABLE" and name not in self.owners:
            raise Refused(404, "TABLE_DOES_NOT_EXIST", f"Table '{name}' does not exist.")
        self.patched.add(f"{kind.upper()}/{name}")
        for how in ("permissions", "effective-permissions"):
            where = f"{_UC}/{how}/{kind.upper()}/{name}"
            self.late[where] = [self.ask("GET", where)] * self.lag
        return self.ask("PATCH", f"{_UC}/permissions/{kind.upper()}/{name}", {"changes": changes})

    def forget_principal(self, application: str) -> None:
        """A service principal that is deleted has no grants any more."""
        for where in self.patched:
            said = self.ask("GET", f"{_UC}/permissions/{where}")
            for one in said["privilege_assignments"]:
                if one["principal"] == application:
                    change = {"principal": application, "remove": one["privileges"]}
                    self.ask("PATCH", f"{_UC}/permissions/{where}", {"changes": [change]})

    # --- answers -------------------------------------------------------------------------------

    def said(self, method: str, where: str, who: str, body: Any) -> dict[str, Any]:
        """Answer one request of somebody. Raises Refused."""
        parts = urlsplit(where)
        at, query = parts.path, parse_qs(parts.query)
        if at == f"{_SCIM}/Me":
            return {"userName": who, "groups": [{"display": g} for g in self.groups.get(who, [])]}
        if at.startswith("/api/2.0/accounts/servicePrincipals/"):
            return self._secrets(method, at.split("/"), who, body)
        if at.startswith("/api/2.0/sql/statements"):
            return self._statements(method, at.split("/")[5:], who, body)
        if at == "/api/2.0/sql/history/queries":
            return {"res": self._running(query)}
        if at.startswith((f"{_UC}/permissions/", f"{_UC}/effective-permissions/")):
            how, kind, name = at.removeprefix(f"{_UC}/").split("/")
            return self._grants(method, (how, kind.upper(), unquote(name)), who, body)
        if at.startswith(f"{_UC}/tables"):
            return self._tables(at, where, who)
        if not at.startswith(_PASSED) or who not in {OURS, ADMIN}:
            raise Refused(403, "PERMISSION_DENIED", f"{who} may not {method} {at}")
        if method == "DELETE" and at.startswith(f"{_SCIM}/ServicePrincipals/"):
            self.forget_principal(self.ask("GET", at)["applicationId"])
        return self.ask(method, where, body)

    def _grants(
        self, method: str, where: tuple[str, str, str], who: str, body: Any
    ) -> dict[str, Any]:
        how, kind, name = where
        if method == "PATCH":
            return self.patch(who, kind, name, body["changes"])
        late = self.late.get(f"{_UC}/{how}/{kind}/{name}")
        if late:
            return late.pop()
        return self.ask("GET", f"{_UC}/{how}/{kind}/{name}")

    def _tables(self, at: str, where: str, who: str) -> dict[str, Any]:
        if at == f"{_UC}/tables":
            said = self.ask("GET", where)
            said["tables"] = [one for one in said["tables"] if self._sees(who, one["full_name"])]
            return said
        name = unquote(at.removeprefix(f"{_UC}/tables/")).lower()
        if not self._sees(who, name):
            raise Refused(404, "TABLE_DOES_NOT_EXIST", f"Table '{name}' does not exist.")
        said = self.ask("GET", f"{_UC}/tables/{name}") | {"owner": self.owners[name]}
        if name in self.views:
            text, comment = self.views[name]
            said |= {"table_type": "VIEW", "view_definition": text, "comment": comment}
        return said

    def _sees(self, who: str, name: str) -> bool:
        if name not in self.owners:
            return False
        owned = who == ADMIN or self.owners[name] == who
        return owned or bool(self.held(who, "TABLE", name) & {"SELECT", "MANAGE"})

    def _secrets(self, method: str, parts: list[str], who: str, body: Any) -> dict[str, Any]:
        if who != OURS:
            raise Refused(403, "PERMISSION_DENIED", "only its maker manages a service principal")
        application = self.ask("GET", f"{_SCIM}/ServicePrincipals/{parts[5]}")["applicationId"]
        held = self.secrets.setdefault(application, {})
        if method == "GET":
            return {"secrets": [{"id": one} for one in held]}
        if method == "DELETE":
            held.pop(parts[-1])
            return {}
        if len(held) == 5:
            raise Refused(400, "QUOTA_EXCEEDED", "a service principal has five secrets at most")
        number, secret = str(uuid.uuid4()), "dose" + secrets.token_hex(16)
        if not str(body.get("lifetime", "")).endswith("s"):
            raise Refused(400, "INVALID_PARAMETER_VALUE", "lifetime")
        held[number] = secret
        return {"id": number, "secret": secret}

    # --- the SQL API ---------------------------------------------------------------------------

    def _statements(self, method: str, parts: list[str], who: str, body: Any) -> dict[str, Any]:
        if method == "POST" and not parts:
            return self._submit(who, body)
        job = self.jobs.get(parts[0])
        if self.forgets and method == "GET":
            self.forgets -= 1
            self.jobs.pop(parts[0])
            job = None
        if job is None:
            raise Refused(404, "NOT_FOUND", "no such statement")
        if parts[1:] == ["cancel"] and method == "POST":
            job.stopped.set()
            return {}
        return job.said

    def _submit(self, who: str, body: Any) -> dict[str, Any]:
        held = self.ask("GET", f"/api/2.0/permissions/warehouses/{body['warehouse_id']}")
        users = [one.get("service_principal_name") for one in held["access_control_list"]]
        if who not in {OURS, ADMIN} and who not in users:
            raise Refused(403, "PERMISSION_DENIED", f"{who} may not use this warehouse")
        sql = body["statement"]
        for one in body.get("parameters", []):
            sql = sql.replace(f":{one['name']}", "'" + one["value"].replace("'", "\\'") + "'")
        number, job = str(uuid.uuid4()), Job(who, sql)
        self.jobs[number] = job
        self.log.append(f"-- {'provisioner' if who == OURS else 'consumer'}\n{sql}\n")
        job.said = {"statement_id": number, "status": {"state": "RUNNING"}}
        if self.slow and self.slow in sql:
            threading.Thread(target=self._slowly, args=(number, job), daemon=True).start()
            return dict(job.said)
        job.said = self._outcome(number, who, sql, body)
        if body.get("wait_timeout") == "0s":
            return {"statement_id": number, "status": {"state": "PENDING"}}
        return job.said

    def _slowly(self, number: str, job: Job) -> None:
        job.stopped.wait(60)
        job.said = {"statement_id": number, "status": {"state": "CANCELED"}}

    def _outcome(self, number: str, who: str, sql: str, body: Any) -> dict[str, Any]:
        try:
            said = self.execute(who, sql, body.get("catalog", ""))
        except Failed as failed:
            error = {"error_code": "BAD_REQUEST", "message": str(failed)}
            return {"statement_id": number, "status": {"state": "FAILED", "error": error}}
        columns = [
            {"name": one["name"], "type_name": _SHOWN.get(one["type_name"], one["type_name"])}
            for one in ((said.get("manifest") or {}).get("schema") or {}).get("columns", [])
        ]
        every = (said.get("result") or {}).get("data_array") or []
        rows, left = [], body.get("byte_limit", 1 << 30)
        for row in every[: body.get("row_limit")]:
            rows.append([_cell(cell) for cell in row])
            left -= sum(len(cell) for cell in rows[-1] if cell is not None)
            if left < 0:
                rows.pop()
                break
        return {
            "statement_id": number,
            "status": {"state": "SUCCEEDED"},
            "manifest": {"schema": {"columns": columns}, "truncated": len(rows) < len(every)},
            "result": {"data_array": rows},
        }

    def _running(self, query: dict[str, list[str]]) -> list[dict[str, str]]:
        ids = query.get("filter_by.user_ids", [])
        who = {self.ask("GET", f"{_SCIM}/ServicePrincipals/{one}")["applicationId"] for one in ids}
        return [
            {"query_id": number}
            for number, job in self.jobs.items()
            if job.who in who and job.said["status"]["state"] == "RUNNING"
        ]

    # --- signing in ----------------------------------------------------------------------------

    def token(self, authorization: str) -> dict[str, Any]:
        """Give a token for a client ID and one of its secrets. Raises Refused."""
        decoded = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        client, _, secret = decoded.partition(":")
        if secret not in self.secrets.get(client, {}).values():
            raise Refused(401, "invalid_client", "Client authentication failed")
        made = secrets.token_urlsafe(24)
        self.tokens[made] = client
        return {"access_token": made, "token_type": "Bearer", "expires_in": 3600}


def _duck(names: tuple[str, ...]) -> str:
    return ".".join(f'"{one}"' for one in names)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _failed(words: str) -> Failed:
    if "Parser Error" in words:
        return syntax(words)
    if "does not exist" in words and "Table" in words:
        return Failed("TABLE_OR_VIEW_NOT_FOUND", "42P01", words)
    if "Binder Error" in words:
        return Failed("UNRESOLVED_COLUMN", "42703", words)
    return Failed("INTERNAL_ERROR", "XX000", words)


def _written(asked: BaseHTTPRequestHandler, content: bytes, status: int) -> str:
    """Write a request down, without who sent it and without what it was answered."""
    where = unquote(asked.path)
    if not content or where.startswith("/oidc/"):
        return f"{asked.command} {where} -> {status}\n"
    told = json.loads(content)
    said = told.pop("statement", "")
    rest = json.dumps(told, ensure_ascii=False, sort_keys=True)
    lines = f"{asked.command} {where} -> {status}", rest, said
    return "".join(f"{one}\n" for one in lines if one)


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def _handle(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers: dict[str, str] = {}
            try:
                status, said = 200, self._said(content, headers)
            except Refused as refused:
                status = refused.status
                said = {"error_code": refused.code, "message": refused.words}
                if refused.code == "invalid_client":
                    said = {"error": refused.code, "error_description": refused.words}
            front.sent.append(_written(self, content, status))
            body = json.dumps(said).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _said(self, content: bytes, headers: dict[str, str]) -> dict[str, Any]:
            given = self.headers.get("Authorization", "")
            if self.path == "/oidc/.well-known/oauth-authorization-server":
                base = f"{front.address}/oidc"
                return {
                    "authorization_endpoint": f"{base}/v1/authorize",
                    "token_endpoint": f"{base}/v1/token",
                }
            if self.path == "/oidc/v1/token":
                return front.token(given)
            if self.path == "/.well-known/databricks-config":
                return {"oidc_endpoint": f"{front.address}/oidc", "workspace_id": "1"}
            if front.faults:
                status, more = front.faults.pop(0)
                headers.update(more)
                raise Refused(status, "RESOURCE_EXHAUSTED", "Too many requests.")
            who = front.tokens.get(given.removeprefix("Bearer "))
            if who is None:
                raise Refused(401, "UNAUTHENTICATED", "invalid token")
            return front.said(self.command, self.path, who, json.loads(content or b"null"))

        do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 - the server's names

    return Handler


@contextmanager
def a_front(minilake: int) -> Iterator[Front]:
    """Serve a workspace on loopback."""
    front = Front(minilake)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(front))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    front.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
