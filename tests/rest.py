"""Call the REST API as one of the people: `api.olaf.get("/products")`.

A conftest takes the fixture with `from tests.rest import api  # noqa: F401`.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.identity.actions import issue_token
from marketplace.kernel.rest import throttling

API = "/api/v1"


@dataclass
class Answer:
    """An answer, read."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        """The code of a refusal."""
        assert self.headers["Content-Type"] == "application/problem+json", self.content
        assert self.json["status"] == self.status
        return self.json["code"]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Pointer and code of everything that was wrong."""
        return [(one["pointer"], one["code"]) for one in self.json["errors"]]

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def etag(self) -> str:
        return self.headers["ETag"]


@dataclass
class Caller:
    """One person with a token, or nobody."""

    token: str = ""
    client: Client = field(default_factory=Client)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        kind: str = "application/json",
        **headers: str,
    ) -> Answer:
        """Call; keywords are headers, with underscores for hyphens."""
        raw = (
            body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else ""
        )
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        answer = self.client.generic(
            method,
            path if path.startswith("/api") else f"{API}{path}",
            raw,
            content_type=kind,
            headers=sent,
        )
        return Answer(answer.status_code, dict(answer.headers), answer.content)

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **options: str) -> Answer:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: str) -> Answer:
        return self.call("PUT", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: str) -> Answer:
        return self.call("PATCH", path, body, **options)

    def delete(self, path: str, **options: str) -> Answer:
        return self.call("DELETE", path, **options)


class Api:
    """The people by name; `nobody` has no token; `with_scopes` makes a narrower one."""

    def __init__(self) -> None:
        self.kept: dict[str, Caller] = {"nobody": Caller()}

    def __getattr__(self, name: str) -> Caller:
        if name not in self.kept:
            self.kept[name] = self.with_scopes(name, "*")
        return self.kept[name]

    def with_scopes(self, name: str, *scopes: str) -> Caller:
        _, text = issue_token(SYSTEM, username=name, scopes=scopes)
        return Caller(text)


@pytest.fixture
def api(people) -> Api:
    """The REST API, as anybody."""
    for window in throttling._windows.values():
        window.clear()
    return Api()
