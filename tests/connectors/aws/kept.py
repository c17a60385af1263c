"""What moto answered about IAM and Glue, until either is changed: most questions are repeated.

An answer of moto costs ten times what it costs to find it again. Who asks is still judged by the
gate, and the signature of each request by moto's own reckoning.
"""

from collections.abc import Callable, Iterable
from typing import Any

from moto.iam.access_control import IAMRequest
from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import HTTPException

from tests.connectors.aws.asking import ACCOUNT, Asked

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Kept:
    """Stands directly before moto."""

    def __init__(self, moto: Wsgi) -> None:
        self.moto = moto
        self.answers: dict[tuple[str, ...], tuple[str, list[tuple[str, str]], list[bytes]]] = {}

    def forget(self) -> None:
        self.answers.clear()

    def ask(
        self, asked: Asked | None, environ: dict[str, Any], body: bytes, start: Callable[..., Any]
    ) -> list[bytes]:
        if asked is None or asked.service not in {"iam", "glue"}:
            return list(self.moto(environ, start))
        if not asked.action.partition(":")[2].startswith(("Get", "List")):
            self.forget()
            return list(self.moto(environ, start))
        question = (asked.key, asked.action, body.decode())
        if question not in self.answers or not signed(asked, environ, body):
            return self.heard(question, environ, start)
        status, headers, found = self.answers[question]
        start(status, headers)
        return found

    def heard(
        self, question: tuple[str, ...], environ: dict[str, Any], start: Callable[..., Any]
    ) -> list[bytes]:
        """Let moto answer, and keep it; the time of an answer is the server's own."""
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def begun(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            told.append((status, [one for one in headers if one[0].lower() != "date"]))
            return start(status, headers, *rest)

        found = list(self.moto(environ, begun))
        if not told[-1][0].startswith(("403", "5")):
            self.answers[question] = (*told[-1], found)
        return found


def signed(asked: Asked, environ: dict[str, Any], body: bytes) -> bool:
    """Whether a request carries the signature of its key."""
    try:
        IAMRequest(
            account_id=ACCOUNT,
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            data={},
            body=body,
            headers=EnvironHeaders(environ),
            action=asked.action.partition(":")[2],
        ).check_signature()
    except HTTPException:
        return False
    return True
