"""What a browser is shown when a request was refused before a view saw it, or broke in one."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader

from marketplace.kernel.errors import DomainError, NotAllowed, NotFound
from marketplace.kernel.problem import CONTENT_TYPE, answer, body_of
from marketplace.kernel.requests import current_request_id


class StaleForm(NotAllowed):
    """The form's token is missing or old: it was open too long, or came from another site."""

    code = "stale-form"
    title = "This form is too old. Go back, reload the page and send it again."


class Unreadable(DomainError):
    """The request is malformed: its address, a header or its body."""

    code = "bad-request"
    title = "This request cannot be read."
    status = 400


class Broken(DomainError):
    """A bug. What was sent was done completely or not at all."""

    code = "internal"
    title = "Something went wrong on our side."
    status = 500


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's
    """Answer a form without a valid token."""
    return answer(request, StaleForm())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer 400; what was wrong is in the log, not in the answer."""
    return answer(request, Unreadable())


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer 403 where no refusal with its own words was raised."""
    return answer(request, NotAllowed())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer 404: an address that leads nowhere reads like a thing that is hidden."""
    return answer(request, NotFound())


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching the database, which may be what broke."""
    reference = current_request_id()
    if request.path.startswith("/api/"):
        body = body_of(Broken()) | {"reference": reference}
        return JsonResponse(body, status=Broken.status, content_type=CONTENT_TYPE)
    page = loader.get_template("errors/500.html").render({"reference": reference})
    return HttpResponse(page, status=Broken.status)
