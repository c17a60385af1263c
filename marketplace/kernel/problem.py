"""Turn refusals into problem documents (RFC 9457), and into pages with the same words."""

from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from marketplace.kernel.errors import (
    DomainError,
    FieldProblem,
    Invalid,
    NotAllowed,
    NotFound,
    SignInFirst,
)

log = structlog.get_logger(__name__)
CONTENT_TYPE = "application/problem+json"


def body_of(problem: DomainError) -> dict[str, Any]:
    """Give the document of a refusal: its code, its words and its facts."""
    return {
        "type": f"/docs/errors/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": str(problem),
        "code": problem.code,
        **{key: value for key, value in problem.facts.items() if key != "permission"},
    }


def handle(exc: Exception, _context: dict[str, Any]) -> Response | None:
    """Answer a refusal of ours or of the REST framework in the one form."""
    problem = as_problem(exc)
    if problem is None:
        return None
    set_rollback()
    headers: dict[str, str] = {}
    if isinstance(problem, SignInFirst):
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        body_of(problem), status=problem.status, headers=headers, content_type=CONTENT_TYPE
    )


class Malformed(DomainError):
    """The body is no clean JSON, or the request is otherwise not what HTTP allows."""

    code = "malformed"
    title = "The request cannot be read."
    status = 400


class WrongMethod(DomainError):
    """The address exists, but does not take this method (RFC 9110, section 15.5.6)."""

    code = "method-not-allowed"
    title = "This address does not take this method."
    status = 405


class WrongMedia(DomainError):
    """The body's Content-Type is not read here (RFC 9110, section 15.5.16)."""

    code = "unsupported-media-type"
    title = "This kind of body is not read here."
    status = 415


_BY_STATUS: dict[int, type[DomainError]] = {
    kind.status: kind for kind in (Malformed, NotFound, WrongMethod, WrongMedia)
}


def as_problem(exc: Exception) -> DomainError | None:
    """Translate what frameworks raise into our refusals; None for what is a bug."""
    if isinstance(exc, DomainError):
        return exc
    if isinstance(exc, Http404):
        return NotFound()
    if isinstance(exc, PermissionDenied | exceptions.PermissionDenied):
        return NotAllowed()
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return SignInFirst()
    if isinstance(exc, exceptions.ValidationError):
        return Invalid(*flatten(exc.get_full_details()))
    if isinstance(exc, ValidationError):
        return Invalid(*(FieldProblem("", "invalid", words) for words in exc.messages))
    if isinstance(exc, exceptions.APIException):
        kind = _BY_STATUS.get(exc.status_code)
        return kind(str(exc.detail)) if kind else None
    return None


def flatten(details: Any, pointer: str = "") -> list[FieldProblem]:
    """Turn the REST framework's nested details into a flat list with JSON pointers."""
    if isinstance(details, dict) and {"message", "code"} == set(details):
        return [FieldProblem(pointer, str(details["code"]), str(details["message"]))]
    found: list[FieldProblem] = []
    if isinstance(details, dict):
        for key, value in details.items():
            inner = pointer if key == "non_field_errors" else f"{pointer}/{key}"
            found += flatten(value, inner)
    elif isinstance(details, list):
        for index, value in enumerate(details):
            leaf = isinstance(value, dict) and {"message", "code"} == set(value)
            found += flatten(value, pointer if leaf else f"{pointer}/{index}")
    return found


class ProblemPages:
    """Show a refusal raised by a page as a page, and one raised by a plain API view as JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; refusals arrive in process_exception."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        """Answer a refusal; leave everything else to crash."""
        if not isinstance(exc, DomainError):
            return None
        return answer(request, exc)


def answer(request: HttpRequest, problem: DomainError) -> HttpResponse:
    """Give a refusal as the caller reads it: JSON below /api, a sign-in, or a page."""
    if request.path.startswith("/api/"):
        return JsonResponse(body_of(problem), status=problem.status, content_type=CONTENT_TYPE)
    if isinstance(problem, SignInFirst) and request.method == "GET":
        return redirect(f"/accounts/login/?{urlencode({'next': request.get_full_path()})}")
    return render(request, "errors/problem.html", {"problem": problem}, status=problem.status)
