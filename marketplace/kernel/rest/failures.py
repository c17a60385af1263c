"""What the database refuses or cannot do, in the words of refusals; and refusals as answers."""

from typing import Any

import structlog
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import HttpResponse
from psycopg.errors import UniqueViolation

from marketplace.kernel.errors import DomainError, Duplicate, Invalid, SignInFirst
from marketplace.kernel.problem import CONTENT_TYPE, body_of
from marketplace.kernel.rest.renderers import dumps

log = structlog.get_logger(__name__)


class DatabaseAway(DomainError):
    """The database does not answer, or gave up; the same request may be sent again."""

    code = "database-away"
    title = "The database does not answer at the moment. Nothing was changed; send it again."
    status = 503


class TooMany(DomainError):
    """More requests than the rate allows (RFC 6585, section 4)."""

    code = "too-many-requests"
    title = "Too many requests; wait a little."
    status = 429


def translated(exc: Exception) -> Exception:
    """Give a refusal for what the database says; everything else as it came.

    A unique constraint is the last word where two callers race; the one who is late is told so.
    """
    if isinstance(exc, OperationalError | InterfaceError):
        log.warning("database away", error=f"{type(exc.__cause__ or exc).__name__}: {exc}"[:500])
        return DatabaseAway()
    if isinstance(exc, IntegrityError) and isinstance(exc.__cause__, UniqueViolation):
        return Duplicate()
    if isinstance(exc, DataError):
        return Invalid(detail="A value is out of the range that can be kept.")
    return exc


def refused(problem: DomainError) -> HttpResponse:
    """Answer a refusal outside of the framework, in the same form as inside."""
    answer = HttpResponse(dumps(body_of(problem)), status=problem.status, content_type=CONTENT_TYPE)
    for name, value in headers_of(problem).items():
        answer[name] = value
    return answer


def headers_of(problem: DomainError) -> dict[str, str]:
    """Give the headers that belong to a refusal."""
    if isinstance(problem, SignInFirst):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(problem, TooMany):
        seconds: Any = problem.facts.get("retry_after", 1)
        return {"Retry-After": str(seconds)}
    if isinstance(problem, DatabaseAway):
        return {"Retry-After": "2"}
    return {}
