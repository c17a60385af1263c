"""Marks of searches and looks: kept in memory, written together, never waited for.

A page adds to a list; a thread of the web process writes what is there every second. What is in
memory when a process is killed is lost (a second's marks): they are counts, nobody relies on one.
"""

import threading
from collections import deque
from typing import Final

import structlog
from django.db import Error, connection
from django.utils import timezone

from marketplace.kernel.actors import Actor
from subscriptions.models import FunnelMark
from subscriptions.models.funnel import FunnelStep

log = structlog.get_logger(__name__)

EVERY_S: Final = 1.0
_MOST: Final = 10_000  # beyond it the oldest are dropped: the database is away, or very slow
_LONGEST: Final = 120

_waiting: deque[FunnelMark] = deque(maxlen=_MOST)
_stopped = threading.Event()
_started = threading.Lock()


def searched(actor: Actor, text: str, found: int) -> None:
    """Note a search and how many products it gave. A search without words is none."""
    words = " ".join(text.replace("\x00", " ").lower().split())[:_LONGEST]
    if words:
        _add(FunnelMark(step=FunnelStep.SEARCH, actor=_who(actor), text=words, found=found))


def viewed(actor: Actor, product_id: int) -> None:
    """Note that somebody looks at a product."""
    _add(FunnelMark(step=FunnelStep.VIEW, actor=_who(actor), product_id=product_id))


def flush() -> int:
    """Write what waits, in one statement; give how many. What cannot be written is dropped."""
    marks = []
    while _waiting:
        marks.append(_waiting.popleft())
    if not marks:
        return 0
    try:
        FunnelMark.objects.bulk_create(marks)
    except Error as failed:  # a product that is gone by now, or no database
        log.warning("marks were dropped", count=len(marks), error=type(failed).__name__)
        return 0
    return len(marks)


def clear() -> None:
    """Forget what waits."""
    _waiting.clear()


def start() -> None:
    """Write every second from now on, in a thread of this process. The second call does nothing."""
    if _started.acquire(blocking=False):
        threading.Thread(target=_write, name="funnel-marks", daemon=True).start()


def _write() -> None:
    while not _stopped.wait(EVERY_S):
        if _waiting:
            flush()
            connection.close_if_unusable_or_obsolete()


def _add(mark: FunnelMark) -> None:
    mark.at = timezone.now()
    _waiting.append(mark)


def _who(actor: Actor) -> str:
    return actor.subject if actor.signed_in else ""
