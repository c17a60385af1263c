"""When to try a webhook again: the schedule of Standard Webhooks 1.0, as a pure function."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

_S, _M, _H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SCHEDULE: Final = (5 * _S, 5 * _M, 30 * _M, 2 * _H, 5 * _H, 10 * _H, 14 * _H, 20 * _H, 24 * _H)
"""The waits after the first to the ninth attempt: ten attempts over 75 hours 35 minutes."""
ATTEMPTS: Final = len(SCHEDULE) + 1
JITTER: Final = 0.2
LONGEST_WAIT: Final = 24 * _H


def next_delay(attempt: int, chance: float, retry_after: float | None = None) -> timedelta | None:
    """Say how long to wait after this failed attempt (1 is the first); None: give up.

    `chance` is a random number in [0, 1): 0 is 20 % sooner, 0.5 is on time. A receiver's
    Retry-After (seconds) is honoured where it is longer, up to a day.
    """
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    if attempt >= ATTEMPTS:
        return None
    planned = SCHEDULE[attempt - 1] * (1 - JITTER + 2 * JITTER * chance)
    if retry_after is None:
        return planned
    return max(planned, min(timedelta(seconds=max(retry_after, 0.0)), LONGEST_WAIT))


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Read a Retry-After header (RFC 9110, section 10.2.3) as seconds, None if it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), 10**9))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)
