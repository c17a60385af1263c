"""The language of pages: the one that the reader chose, else the browser's, else the instance's.

A choice is kept in a cookie for this browser and on the account for every other one, and for
mails. The REST face always speaks the instance's language, so that programs read the same words
whoever runs them. See docs/adr/0010-the-reader-chooses-the-language.md.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers


def chosen(request: HttpRequest) -> str:
    """Give the language that the reader chose, or what the browser prefers of those we speak."""
    if request.path.startswith("/api/"):
        return str(settings.LANGUAGE_CODE)
    offered = {code for code, _ in settings.LANGUAGES}
    wanted = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if wanted not in offered:
        wanted = getattr(getattr(request, "user", None), "language", "")
    return wanted if wanted in offered else translation.get_language_from_request(request)


class Language:
    """Answer each request in its reader's language (a middleware, behind the one that signs in)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Switch, answer, and switch back for the next one."""
        language = chosen(request)
        with translation.override(language):
            answer = self.get_response(request)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            answer.headers.setdefault("Content-Language", language)
            patch_vary_headers(answer, ["Cookie", "Accept-Language"])
        return answer
