"""How long an answer to a request may still take, by the objective of this instance.

The clock runs from the moment of asking and is not stopped while the asking side changes the
request: what people wait for is the answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from marketplace.kernel.web import words
from subscriptions.models import AccessRequest


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the clock of one request stands.

    ``short`` is for a list ("19 h left"), ``long`` names the objective; ``share`` is how much of
    the time is used up, 0 to 100.
    """

    late: bool
    short: str
    long: str
    share: float

    @property
    def tone(self) -> str:
        """Give the tone of the pill: bad when late, warn in the last quarter, else calm."""
        return "bad" if self.late else "warn" if self.share >= 75 else "calm"  # noqa: PLR2004


def answer_objective() -> timedelta:
    """Give how long an answer may take on this instance before it counts as late."""
    return timedelta(hours=settings.REVIEW_HOURS)


def clock_of(asked: AccessRequest, now: datetime) -> Clock:
    """Read the clock of a request that waits for an answer."""
    waited, objective = now - asked.created_at, answer_objective()
    hours = f"{settings.REVIEW_HOURS} h"
    share = min(100.0, 100 * waited / objective) if objective else 100.0
    if waited > objective:
        over = waited - objective
        long = f"{words.duration(over)} past the objective of {hours}"
        return Clock(late=True, short=f"{words.about(over)} late", long=long, share=share)
    left = objective - waited
    long = f"{words.duration(left)} left of {hours}"
    return Clock(late=False, short=f"{words.about(left)} left", long=long, share=share)
