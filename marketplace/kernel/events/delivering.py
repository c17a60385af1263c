"""Hand recorded events to those who asked: after the commit, at least once, each on its own row."""

import time
from collections.abc import Collection, Iterable, Sequence
from contextvars import ContextVar
from datetime import timedelta

import structlog

from marketplace.kernel.clock import now
from marketplace.kernel.events.log import (
    envelope,
    handler_called,
    listener_called,
    name_of,
    revived,
    takes_together,
)
from marketplace.kernel.events.models import Delivery
from marketplace.kernel.leases import backoff, claim, held
from marketplace.kernel.prepared import fetch_one

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
ATTEMPTS = 12
_BATCH = 10  # claimed at once: a statement for ten, and a lost worker delays no more than ten
_TOGETHER = 50  # of one handler that takes them together: some tens of milliseconds

type _Claimed = tuple[Delivery, int]  # with the fence it was claimed with

_running: ContextVar[tuple[str, int] | None] = ContextVar("delivery", default=None)


def superseded(products: Collection[str]) -> set[str]:
    """Give those of the products about which a later event waits for the handler that runs now.

    A handler that works out the same from the rows of now may leave them to the last one.
    """
    running = _running.get()
    if running is None or not products:
        return set()
    name, seq = running
    later = Delivery.objects.filter(event__product__in=products, event__seq__gt=seq)
    waiting = later.filter(handler=name, next_at__isnull=False)
    return set(waiting.values_list("event__product", flat=True))


def deliver_due(limit: int = 200, seconds: float | None = None, *, hurried: bool = False) -> int:
    """Run deliveries that are due; give how many succeeded.

    Stops after ``limit``, or once ``seconds`` have passed and the claimed ones are done.
    A ``hurried`` caller leaves the late ones to the next sweep.
    """
    done = tried = 0
    end = None if seconds is None else time.monotonic() + seconds
    while tried < limit and (end is None or time.monotonic() < end):
        most = limit - tried
        where = "NOT late" if hurried else ""
        claimed = claim(
            Delivery, limit=min(_BATCH, most), lease=LEASE, order="late, next_at, id", where=where
        )
        if not claimed:
            break
        with held(Delivery, claimed):
            if len(claimed) == _BATCH:
                claimed += _more_like(claimed, most - len(claimed))
            rows = Delivery.objects.select_related("event").in_bulk([key for key, _ in claimed])
            done += _deliver_all([(rows[key], fence) for key, fence in sorted(claimed)])
        tried += len(claimed)
    return done


def _more_like(claimed: Iterable[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Claim more for the handlers among these that take events together."""
    rows = Delivery.objects.filter(pk__in=[key for key, _ in claimed])
    names = [n for n in set(rows.values_list("handler", flat=True)) if takes_together(n)]
    if not names or most <= 0:
        return []
    where = f"handler IN ({', '.join(f"'{name}'" for name in names)})"  # names of our functions
    return claim(Delivery, limit=min(_TOGETHER, most), lease=LEASE, where=where)


def _deliver_all(claimed: Iterable[_Claimed]) -> int:
    """Run claimed ones, those that are taken together last; give how many succeeded."""
    alone: list[_Claimed] = []
    grouped: dict[str, list[_Claimed]] = {}
    for row, fence in claimed:
        of = grouped.setdefault(row.handler, []) if takes_together(row.handler) else alone
        of.append((row, fence))
    done = sum(_deliver(row, fence) for row, fence in alone)
    for some in grouped.values():
        if len(some) > 1 and _deliver_together(some):
            done += len(some)
        else:  # each for itself, so that the one at fault holds up no other
            done += sum(_deliver(row, fence) for row, fence in some)
    return done


_DONE = """
    UPDATE events_delivery SET done_at = statement_timestamp(), next_at = NULL, error = ''
    FROM unnest(%s::bigint[], %s::int[]) AS claimed(id, fence)
    WHERE events_delivery.id = claimed.id AND events_delivery.fence = claimed.fence
    RETURNING events_delivery.id
"""


def _deliver_together(claimed: list[_Claimed]) -> bool:
    rows = [row for row, _ in claimed]
    name = rows[0].handler
    token = _running.set((name, max(row.event_id for row in rows)))
    try:
        _run(rows)
    except Exception as exc:  # noqa: BLE001 - a handler may fail in any way; each is tried alone
        log.warning("deliveries failed together", handler=name, of=len(rows), error=str(exc))
        return False
    finally:
        _running.reset(token)
    _write_done(claimed)
    return True


def _deliver(delivery: Delivery, fence: int) -> bool:
    token = _running.set((delivery.handler, delivery.event_id))
    try:
        _run([delivery])
    except Exception as exc:  # noqa: BLE001 - a handler may fail in any way; the row keeps it
        dead = delivery.attempts >= ATTEMPTS
        log.warning(
            "delivery failed", handler=delivery.handler, seq=delivery.event_id, error=str(exc)
        )
        Delivery.objects.filter(pk=delivery.pk, fence=fence).update(
            error=f"{type(exc).__name__}: {exc}"[:2000],
            dead=dead,
            next_at=None if dead else now() + backoff(delivery.attempts),
            lease_until=now(),
        )
        return False
    finally:
        _running.reset(token)
    _write_done([(delivery, fence)])
    return True


def _write_done(claimed: Iterable[_Claimed]) -> None:
    pairs = [(row.pk, fence) for row, fence in claimed]
    fetch_one(_DONE, [[key for key, _ in pairs], [fence for _, fence in pairs]])


def _run(deliveries: Sequence[Delivery]) -> None:
    """Call the handler: with the event of one delivery, or with those of all."""
    name, row = deliveries[0].handler, deliveries[0].event
    if (every := listener_called(name)) is not None:
        every(envelope(row))
        return
    handler = handler_called(name, row.name)
    if handler is None:
        raise LookupError(f"no handler is called {name}")
    if takes_together(name_of(handler)):
        handler([revived(one.event) for one in deliveries])
    else:
        handler(revived(row))
