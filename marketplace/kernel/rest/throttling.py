"""Nobody may drown the others.

The count is kept in this process alone: no answer waits for a counter in another one. With N web
processes a caller therefore gets at most N times the rate; set EMPORION_THROTTLE accordingly.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from marketplace.kernel.identity.current import actor_of

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Window:
    """Counts per caller over a sliding window: the running one, and a share of the one before.

    At most ``keep`` callers are remembered, those seen last.
    """

    def __init__(
        self,
        limit: int,
        seconds: float,
        *,
        keep: int = 20_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit, self.seconds, self.keep, self.clock = limit, seconds, keep, clock
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()
        self._lock = Lock()

    def hit(self, who: str) -> float:
        """Count one request; give 0 when it is within the rate, else the seconds to wait."""
        moment = self.clock()
        number, past = divmod(moment, self.seconds)
        window = int(number)
        with self._lock:
            known, now, before = self._counts.get(who, (window, 0, 0))
            if known != window:
                now, before = 0, now if known == window - 1 else 0
            if now + before * (1 - past / self.seconds) >= self.limit:
                return self.seconds - past
            self._counts[who] = (window, now + 1, before)
            self._counts.move_to_end(who)
            if len(self._counts) > self.keep:
                self._counts.popitem(last=False)
        return 0

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._counts.clear()


_windows: dict[str, Window] = {}


def window_of(rate: str) -> Window:
    """Give the one window of a rate such as ``6000/min``."""
    if rate not in _windows:
        number, _, period = rate.partition("/")
        _windows[rate] = Window(int(number), _SECONDS[period[0]])
    return _windows[rate]


def hit(request: Any, who: str) -> float:
    """Count one request of a caller; give the seconds to wait, 0 when none."""
    rate = str(api_settings.DEFAULT_THROTTLE_RATES["actor"])
    return window_of(rate).hit(who or f"at {address_of(request)}")


def address_of(request: Any) -> str:
    """Give the peer's address; forwarded headers of strangers are not believed."""
    return str(request.META.get("REMOTE_ADDR", ""))


class PerActor(BaseThrottle):
    """Count requests per account, or per address of those who did not sign in."""

    def allow_request(self, request: Request, view: object) -> bool:  # noqa: ARG002
        """Count, and say whether it is within the rate."""
        actor = actor_of(request)
        self.seconds = hit(request, actor.subject if actor.signed_in else "")
        return self.seconds == 0

    def wait(self) -> float | None:
        """Say how long to wait."""
        return self.seconds
