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
    headers = {}
    wait = getattr(exc, "wait", None)  # of Throttled
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(problem, SignInFirst):
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        body_of(problem), status=problem.status, headers=headers, content_type=CONTENT_TYPE
    )


class _Framework(DomainError):
    """A refusal that the REST framework made; carries its own code and status."""

    code = "request-refused"
    title = "The request cannot be answered."


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
        return _framework(exc)
    return None


def _framework(exc: exceptions.APIException) -> DomainError:
    names = {
        400: ("malformed", "The request cannot be read."),
        404: ("not-found", NotFound.title),
        405: ("method-not-allowed", "This address does not take this method."),
        406: ("not-acceptable", "This form of answer is not offered."),
        415: ("unsupported-media-type", "This kind of body is not read here."),
        429: ("too-many-requests", "Too many requests; wait a little."),
    }
    code, title = names.get(exc.status_code, (_Framework.code, _Framework.title))
    kind = type(
        "FrameworkRefusal",
        (DomainError,),
        {"code": code, "title": title, "status": exc.status_code},
    )
    refused: DomainError = kind(str(exc.detail))
    return refused


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
