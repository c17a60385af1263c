"""The web request behind what runs: its id, in answers, logs and the audit trail."""

import re
from collections.abc import Callable
from contextvars import ContextVar

import structlog
from django.http import HttpRequest, HttpResponse

from marketplace.kernel.ids import uuid7

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_CLEAN = re.compile(r"^[A-Za-z0-9_.-]{8,64}$")


def current_request_id() -> str:
    """Give the id of the running request, or an empty string in a worker."""
    return _request_id.get()


def id_for(given: str) -> str:
    """Give the id of a request: the one its caller gave, when it is a clean one."""
    return given if _CLEAN.match(given) else uuid7().hex


class RequestId:
    """Give every request an id (the caller's, when it is a clean one) and say it in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the id for the time of the request."""
        own = id_for(request.META.get("HTTP_X_REQUEST_ID", ""))
        token = _request_id.set(own)
        structlog.contextvars.bind_contextvars(request_id=own)
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
            _request_id.reset(token)
        response["X-Request-Id"] = own
        return response
