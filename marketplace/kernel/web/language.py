"""The language of pages: the one that the reader chose, else the instance's own.

What a browser prefers does not count: pages that nobody has translated yet would come half in one
language and half in another to people who never asked for it. The REST face always speaks the
instance's language, so that programs read the same words whoever runs them.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers


def chosen(request: HttpRequest) -> str:
    """Give the language that the reader chose, or the instance's own."""
    wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    offered = {code for code, _ in settings.LANGUAGES}
    if request.path.startswith("/api/") or wanted not in offered:
        return str(settings.LANGUAGE_CODE)
    return wanted


class Language:
    """Answer each request in its reader's language (a middleware)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Switch, answer, and switch back for the next one."""
        language = chosen(request)
        with translation.override(language):
            answer = self.get_response(request)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            answer.headers.setdefault("Content-Language", language)
            patch_vary_headers(answer, ["Cookie"])
        return answer
