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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.connectors.databricks.submitting import Submits
from tests.connectors.databricks.workspace import (
    ADMIN,
    OURS,
    PASSED,
    SCIM,
    SECRET,
    UC,
    Refused,
)

__all__ = ["ADMIN", "OURS", "SECRET", "Front", "a_front"]


class Front(Submits):
    """One workspace, as its API answers."""

    def said(self, method: str, where: str, who: str, body: Any) -> dict[str, Any]:
        """Answer one request of somebody. Raises Refused."""
        parts = urlsplit(where)
        at, query = parts.path, parse_qs(parts.query)
        if at == f"{SCIM}/Me":
            return {"userName": who, "groups": [{"display": g} for g in self.groups.get(who, [])]}
        if at.startswith("/api/2.0/accounts/servicePrincipals/"):
            return self._secrets(method, at.split("/"), who, body)
        if at.startswith("/api/2.0/sql/statements"):
            return self._statements(method, at.split("/")[5:], who, body)
        if at == "/api/2.0/sql/history/queries":
            return {"res": self._running(query)}
        if at.startswith((f"{UC}/permissions/", f"{UC}/effective-permissions/")):
            how, kind, name = at.removeprefix(f"{UC}/").split("/")
            return self._grants(method, (how, kind.upper(), unquote(name)), who, body)
        if at.startswith(f"{UC}/tables"):
            return self._tables(at, where, who)
        if not at.startswith(PASSED) or who not in {OURS, ADMIN}:
            raise Refused(403, "PERMISSION_DENIED", f"{who} may not {method} {at}")
        if method == "DELETE" and at.startswith(f"{SCIM}/ServicePrincipals/"):
            self.forget_principal(self.ask("GET", at)["applicationId"])
        return self.ask(method, where, body)

    def _grants(
        self, method: str, where: tuple[str, str, str], who: str, body: Any
    ) -> dict[str, Any]:
        how, kind, name = where
        if method == "PATCH":
            return self.patch(who, kind, name, body["changes"])
        late = self.late.get(f"{UC}/{how}/{kind}/{name}")
        if late:
            return late.pop()
        return self.ask("GET", f"{UC}/{how}/{kind}/{name}")

    def _tables(self, at: str, where: str, who: str) -> dict[str, Any]:
        if at == f"{UC}/tables":
            said = self.ask("GET", where)
            said["tables"] = [one for one in said["tables"] if self._sees(who, one["full_name"])]
            return said
        name = unquote(at.removeprefix(f"{UC}/tables/")).lower()
        if not self._sees(who, name):
            raise Refused(404, "TABLE_DOES_NOT_EXIST", f"Table '{name}' does not exist.")
        said = self.ask("GET", f"{UC}/tables/{name}") | {"owner": self.owners[name]}
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
        application = self.ask("GET", f"{SCIM}/ServicePrincipals/{parts[5]}")["applicationId"]
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
