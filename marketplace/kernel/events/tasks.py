"""Worker tasks of the event log."""

from typing import Final

from celery import shared_task

from marketplace.kernel.events.log import deliver_due
from marketplace.kernel.wake import EVENTS, wake

# A worker is lent for this long: taking access away must not wait behind a large import's events.
_TURN_SECONDS: Final = 0.03


@shared_task(name="marketplace.kernel.events.tasks.deliver")
def deliver() -> int:
    """Run deliveries that are due for a short turn; if any were, ask for the next turn."""
    done = deliver_due(seconds=_TURN_SECONDS)
    if done:
        wake(EVENTS)
    return done
