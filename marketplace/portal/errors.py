"""What a browser is shown when a request was refused before a view saw it."""

from django.http import HttpRequest, HttpResponse

from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.problem import answer


class StaleForm(NotAllowed):
    """The form's token is missing or old: it was open too long, or came from another site."""

    code = "stale-form"
    title = "This form is too old. Go back, reload the page and send it again."


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token."""
    return answer(request, StaleForm(reason))
