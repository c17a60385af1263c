"""Worker tasks of the event log."""

import time
from typing import Final

from celery import shared_task

from marketplace.kernel.events.delivering import deliver_due
from marketplace.kernel.wake import EVENTS, LATE, wake

# A worker is lent for this long: taking access away must not wait behind a large import's events.
_TURN_SECONDS: Final = 0.03


@shared_task(name="marketplace.kernel.events.tasks.deliver")
def deliver() -> int:
    """Run deliveries that somebody waits for, for a short turn; ask for another if it was full."""
    return _turn(EVENTS, hurried=True)


@shared_task(name="marketplace.kernel.events.tasks.deliver_all")
def deliver_all() -> int:
    """Run all deliveries that are due, late ones last, for a short turn, and so on."""
    return _turn(LATE, hurried=False)


def _turn(kind: str, *, hurried: bool) -> int:
    end = time.monotonic() + _TURN_SECONDS
    done = deliver_due(seconds=_TURN_SECONDS, hurried=hurried)
    if done and time.monotonic() >= end:
        wake(kind)
    return done
