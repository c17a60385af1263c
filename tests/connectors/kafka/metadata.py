"""A double of Confluent's metadata service: role bindings by principal, role and scope.

Strict: it knows the paths, methods and fields that the vendor's reference has, asks for the login
of an administrator, and refuses everything else.
"""

import base64
import json
from contextlib import AbstractContextManager
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tests.connectors.kafka.serving import JsonAnswers, serving

PASSWORD = "a password of the metadata service, for tests"
SCOPE = {"clusters": {"kafka-cluster": "kafka-1", "schema-registry-cluster": "schema-registry"}}
ROLES = ("DeveloperRead", "DeveloperWrite", "ResourceOwner")
type Pattern = tuple[str, str, str]


class Malformed(Exception):
    """The vendor's service would refuse this."""


class MetadataDouble(ThreadingHTTPServer):
    """`keeping`: bindings that are taken are answered 204 and stay. `busy`: seconds to wait."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.bound: dict[tuple[str, str], set[Pattern]] = {}
        self.keeping = False
        self.busy = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def binds(self, login: str, name: str, pattern: str = "LITERAL") -> None:
        """What another administrator does."""
        self.bound.setdefault((f"User:{login}", ROLES[0]), set()).add(("Subject", name, pattern))

    def subjects(self, login: str) -> set[str]:
        return {name for _, name, _ in self.bound.get((f"User:{login}", ROLES[0]), set())}

    def answer(self, method: str, path: str, body: Any) -> Any:
        match [method, *(unquote(one) for one in path.strip("/").split("/"))]:
            case ["POST", "security", "1.0", "principals", who, "roles", role, "resources"]:
                self._checked(who, role, body)
                return [
                    {"resourceType": kind, "name": name, "patternType": pattern}
                    for kind, name, pattern in sorted(self.bound.get((who, role), set()))
                ]
            case [
                "POST" | "DELETE",
                "security",
                "1.0",
                "principals",
                who,
                "roles",
                role,
                "bindings",
            ]:
                self._bind(method, (who, role), body)
                return None
            case ["PUT", "security", "1.0", "authorize"]:
                return [self._decides(body["userPrincipal"], one) for one in body["actions"]]
        raise Malformed(path)

    def _checked(self, who: str, role: str, scope: Any) -> None:
        if not who.startswith(("User:", "Group:")) or role not in ROLES or scope != SCOPE:
            raise Malformed(f"{who} {role} {scope}")

    def _bind(self, method: str, of: tuple[str, str], body: Any) -> None:
        if set(body) != {"scope", "resourcePatterns"} or not body["resourcePatterns"]:
            raise Malformed(str(body))
        self._checked(*of, body["scope"])
        patterns = set[Pattern]()
        for one in body["resourcePatterns"]:
            if set(one) != {"resourceType", "name", "patternType"}:
                raise Malformed(str(one))
            if one["patternType"] not in {"LITERAL", "PREFIXED"}:
                raise Malformed(str(one))
            patterns.add((one["resourceType"], one["name"], one["patternType"]))
        if method == "POST":
            self.bound.setdefault(of, set()).update(patterns)
        elif not self.keeping:
            self.bound.get(of, set()).difference_update(patterns)

    def _decides(self, who: str, action: Any) -> str:
        if set(action) != {"scope", "resourceType", "resourceName", "operation"}:
            raise Malformed(str(action))
        self._checked(who, ROLES[0], action["scope"])
        fits = any(
            kind == action["resourceType"]
            and (
                action["resourceName"] == name
                if pattern == "LITERAL"
                else action["resourceName"].startswith(name)
            )
            for kind, name, pattern in self.bound.get((who, ROLES[0]), set())
        )
        return "ALLOWED" if fits and action["operation"] == "Read" else "DENIED"


class _Answers(JsonAnswers):
    server: MetadataDouble

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        token = base64.b64encode(f"emporion:{PASSWORD}".encode()).decode()
        status, found = 401, None
        if self.server.busy:
            status = 429
        elif self.headers["authorization"] == f"Basic {token}":
            try:
                found = self.server.answer(self.command, self.path, json.loads(body))
                status = 204 if found is None else 200
            except (Malformed, KeyError, ValueError):
                status = 400
        self.send_json(status, found, retry_after=self.server.busy)

    do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the library's names


def a_metadata_service() -> AbstractContextManager[MetadataDouble]:
    return serving(MetadataDouble())
