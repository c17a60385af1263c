"""A double of the access rules of Redpanda's schema registry.

Strict: it knows the path, the methods and the seven fields that Redpanda's own client sends, lets
in the administrator and the cluster's users, and refuses everything else.
"""

import base64
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.connectors.kafka.serving import JsonAnswers, serving

PASSWORD = "a password of the registry, for tests"
FIELDS = {
    "principal",
    "resource",
    "resource_type",
    "pattern_type",
    "host",
    "operation",
    "permission",
}
_VALUES = {
    "resource_type": {"SUBJECT", "REGISTRY"},
    "pattern_type": {"LITERAL", "PREFIXED"},
    "operation": {"ALL", "READ", "WRITE", "DELETE", "DESCRIBE", "ALTER"},
    "permission": {"ALLOW", "DENY"},
}
type Rule = dict[str, str]


class Malformed(Exception):
    """The registry would refuse this."""


class RedpandaDouble(ThreadingHTTPServer):
    """`keeping`: rules that are taken are answered 200 and stay. `busy`: seconds to wait.

    `knows` says whether a user and a password are the cluster's.
    """

    daemon_threads = True

    def __init__(self, knows: Callable[[str, str], bool]) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.knows = knows
        self.rules: list[Rule] = []
        self.keeping = False
        self.busy = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def gives(self, login: str, resource: str, **more: str) -> None:
        """What another administrator does."""
        facts = {"principal": f"User:{login}", "resource": resource, "resource_type": "SUBJECT"}
        facts |= {"pattern_type": "LITERAL", "host": "*", "operation": "READ"}
        self.rules.append(facts | {"permission": "ALLOW"} | more)

    def subjects(self, login: str) -> list[str]:
        return [one["resource"] for one in self.rules if one["principal"] == f"User:{login}"]

    def answer(self, method: str, path: str, user: str, body: Any) -> tuple[int, Any]:
        place, asked = urlsplit(path).path, parse_qs(urlsplit(path).query)
        if place.startswith("/subjects/"):
            subject = unquote(place.split("/")[2])
            return (200, {"subject": subject}) if self._lets(user, subject) else (403, {})
        if place != "/security/acls" or user != "emporion":
            raise Malformed(path)
        if method == "GET":
            (who,) = asked["principal"]
            return 200, [one for one in self.rules if one["principal"] == who]
        for one in body:
            if set(one) != FIELDS or any(one[key] not in may for key, may in _VALUES.items()):
                raise Malformed(str(one))
        if method == "POST":
            self.rules += [one for one in body if one not in self.rules]
        elif method == "DELETE" and not self.keeping:
            self.rules = [one for one in self.rules if one not in body]
        return (201 if method == "POST" else 200), None

    def _lets(self, user: str, subject: str) -> bool:
        return any(
            subject.startswith(one["resource"])
            if one["pattern_type"] == "PREFIXED"
            else one["resource"] in {subject, "*"}
            for one in self.rules
            if one["principal"] == f"User:{user}" and one["operation"] in {"READ", "ALL"}
        )


class _Answers(JsonAnswers):
    server: RedpandaDouble

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        token = (self.headers["authorization"] or "").removeprefix("Basic ")
        user, _, password = base64.b64decode(token).decode().partition(":")
        status, found = 401, None
        if self.server.busy:
            status = 429
        elif (user, password) == ("emporion", PASSWORD) or self.server.knows(user, password):
            try:
                given = json.loads(body) if body else None
                status, found = self.server.answer(self.command, self.path, user, given)
            except (Malformed, KeyError, ValueError):
                status = 400
        self.send_json(status, found, retry_after=self.server.busy)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the library's names


def a_registry_with_rules(
    knows: Callable[[str, str], bool],
) -> AbstractContextManager[RedpandaDouble]:
    return serving(RedpandaDouble(knows))
