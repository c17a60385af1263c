"""Tell an open page at once that a request moved, by server-sent events (WHATWG HTML, 9.2).

A stream holds a thread of the web process while it is open, so there are few of them and each is
short: who finds none free is answered 204, by which a browser gives up, and the page asks now and
then instead, as it does when a proxy between keeps events back. Events say only that something
moved; the page reads what.
"""

import time
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from marketplace.kernel.identity.current import signed_in
from subscriptions.models import AccessRequest
from subscriptions.queries import request_or_404

EVERY: Final = 0.5  # seconds between two looks
_BEAT: Final = 10  # looks between two signs of life
_RETRY_MS: Final = 1_000
_free = BoundedSemaphore(settings.REQUEST_STREAMS)


@require_safe
def request_stream(request: HttpRequest, request_id: Any) -> HttpResponseBase:
    """Stream one event whenever a request, its agreement or its grant moves."""
    found = request_or_404(signed_in(request), request_id)
    if not _free.acquire(blocking=False):
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    looks = int(settings.REQUEST_STREAM_SECONDS / EVERY)
    answer = StreamingHttpResponse(
        _Held(told(lambda: mark_of(found.pk), looks)), content_type="text/event-stream"
    )
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


def told(look: Callable[[], str], looks: int, pause: float = EVERY) -> Iterator[bytes]:
    """Give an event for each new mark that ``look`` sees, in so many looks."""
    before = look()
    yield f"retry: {_RETRY_MS}\nevent: moved\ndata: {before}\n\n".encode()
    for number in range(1, looks):
        time.sleep(pause)
        mark = look()
        if mark != before:
            before = mark
            yield f"event: moved\ndata: {mark}\n\n".encode()
        elif number % _BEAT == 0:
            yield b": still here\n\n"  # who went away is noticed by writing


def mark_of(request_id: Any) -> str:
    """Give what changes whenever there is something new to show: one statement."""
    row = AccessRequest.objects.filter(pk=request_id).values_list(
        "state",
        "version",
        "agreement__state",
        "agreement__version",
        "agreement__grant__state",
        "agreement__grant__generation",
        "agreement__grant__attempts",
    )
    return "/".join(str(value) for value in row.get())


class _Held:
    """A stream that gives its place back when it is closed, read to its end or not."""

    def __init__(self, events: Iterator[bytes]) -> None:
        self._events, self._open = events, True

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._events
        finally:
            self.close()

    def close(self) -> None:
        """Give the place back, once."""
        if self._open:
            self._open = False
            _free.release()
