"""Hold workers back from a platform that is away, or that says it is too much.

The state is a row per connection, so fifty workers share it. A connection without limits that
answers costs no statement: its row comes with the handle, and is written when something changes.
Moving it is bookkeeping, not an action (docs/adr/0005).
"""

from datetime import timedelta

import structlog
from django.db import connection, transaction  # noqa: TID251 - bookkeeping, docs/adr/0005
from django.db.models import F
from django.db.models.functions import Greatest, Now

from marketplace.kernel.clock import now
from marketplace.kernel.leases import EPOCH
from marketplace.kernel.wake import GRANTS, wake
from subscriptions.models import Handle, PlatformGate

log = structlog.get_logger(__name__)

TRIP_AFTER = 5
CLOSED_FOR = timedelta(seconds=30)
_URGENT = 0  # what takes access away does not wait for its turn

# Of a claim: no handle of a connection whose breaker is open.
OPEN = """
    NOT EXISTS (SELECT 1 FROM subscriptions_platformgate g
                JOIN catalog_outputport p ON p.platform_id = g.platform_id
                WHERE p.id = subscriptions_handle.port_id
                  AND g.closed_until > statement_timestamp())
"""
_TAKE = """
    INSERT INTO subscriptions_platformgate AS g
        (platform_id, failures, closed_until, tokens, tokens_at, last_error)
    VALUES (%(platform)s, 0, 'epoch', %(burst)s - 1, statement_timestamp(), '')
    ON CONFLICT (platform_id) DO UPDATE SET
        tokens = LEAST(%(burst)s, g.tokens + %(rate)s * EXTRACT(
            EPOCH FROM statement_timestamp() - g.tokens_at)) - 1,
        tokens_at = statement_timestamp()
    WHERE LEAST(%(burst)s, g.tokens + %(rate)s * EXTRACT(
            EPOCH FROM statement_timestamp() - g.tokens_at)) >= 1
    RETURNING 1
"""
_RUNNING = """
    SELECT count(*) FROM subscriptions_handle h
    JOIN catalog_outputport p ON p.id = h.port_id
    WHERE p.platform_id = %s AND h.lease_until > statement_timestamp()
      AND h.entered_fence = h.fence AND h.id <> %s
"""


def enter(handle: Handle, fence: int) -> tuple[timedelta, str] | None:
    """Ask to begin a round; None lets it, else how long to wait and what the page says."""
    platform = handle.port.platform
    if platform is None:
        return None
    gate: PlatformGate | None = getattr(platform, "gate", None)
    if gate is not None and gate.failures >= TRIP_AFTER and not _probes(gate):
        return CLOSED_FOR, f"{platform.name} does not answer; one worker tries it again."
    if platform.rounds_per_minute and handle.priority > _URGENT:
        rate = platform.rounds_per_minute / 60
        if not _takes(platform.pk, rate):
            return timedelta(seconds=1 / rate), f"{platform.name} is used as fast as it may be."
    if platform.max_concurrent and not _enters(handle, fence, platform.max_concurrent):
        return timedelta(seconds=1), f"{platform.name} is used by as many workers as it may be."
    return None


def put_back(handle: Handle, fence: int, wait: timedelta, words: str) -> None:
    """Give a claimed handle back without a try."""
    Handle.objects.filter(pk=handle.pk, fence=fence).update(
        next_at=Now() + wait,
        lease_until=EPOCH,
        attempts=Greatest(F("attempts") - 1, 0),
        waits_for=words,
    )


def answered(handle: Handle) -> None:
    """Note that a platform answers; whoever waited for it goes on at once."""
    gate: PlatformGate | None = getattr(handle.port.platform, "gate", None)
    if gate is None or not gate.failures:
        return
    reopened = PlatformGate.objects.filter(pk=gate.pk, failures__gt=0).update(
        failures=0, closed_until=EPOCH
    )
    if reopened and gate.failures >= TRIP_AFTER:
        waiting = Handle.objects.filter(port__platform_id=gate.pk, next_at__gt=Now())
        waiting.exclude(waits_for="").filter(lease_until__lt=Now()).update(next_at=Now())
        wake(GRANTS)
        log.info("platform answers again", platform=gate.pk)


def failed(handle: Handle, words: str, retry_after: float | None) -> None:
    """Count a transport error: the fifth in a row closes the connection for half a minute.

    A platform that named a time (Retry-After) is not asked before, by anybody.
    """
    platform = handle.port.platform
    if platform is None:
        return
    gate, _ = PlatformGate.objects.get_or_create(platform=platform)
    PlatformGate.objects.filter(pk=gate.pk).update(
        failures=F("failures") + 1, last_error=words[:400], last_error_at=Now()
    )
    wait = timedelta(seconds=retry_after) if retry_after else None
    if wait is None and gate.failures + 1 >= TRIP_AFTER:
        wait = CLOSED_FOR
    if wait:
        PlatformGate.objects.filter(pk=gate.pk).update(
            closed_until=Greatest(F("closed_until"), Now() + wait)
        )


def _probes(gate: PlatformGate) -> bool:
    """One worker wins the right to try a connection whose time is over."""
    return bool(
        PlatformGate.objects.filter(pk=gate.pk, closed_until__lte=Now()).update(
            closed_until=Now() + CLOSED_FOR
        )
    )


def _takes(platform_id: int, rate: float) -> bool:
    """Take a token; the bucket holds what five seconds give, and one at least."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"platform": platform_id, "rate": rate, "burst": max(1.0, rate * 5)})
        return cursor.fetchone() is not None


def _enters(handle: Handle, fence: int, most: int) -> bool:
    """Count who works there now, one counter at a time; a dead worker's lease stops counting."""
    platform_id = handle.port.platform_id
    assert platform_id is not None
    PlatformGate.objects.get_or_create(platform_id=platform_id)
    with transaction.atomic():
        PlatformGate.objects.select_for_update(no_key=True).get(pk=platform_id)
        with connection.cursor() as cursor:
            cursor.execute(_RUNNING, [platform_id, handle.pk])
            running = int(cursor.fetchone()[0])
        if running >= most:
            return False
        entered = Handle.objects.filter(pk=handle.pk, fence=fence)
        return bool(entered.update(entered_fence=fence))


def state_of(gate: PlatformGate | None) -> str:
    """Name the breaker's state for pages: closed, half-open or open."""
    if gate is None or gate.failures < TRIP_AFTER:
        return "closed" if gate is None or gate.closed_until <= now() else "told to wait"
    return "open" if gate.closed_until > now() else "half-open"
