"""Counts that are kept in this process as long as nothing has happened since."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any
from weakref import WeakSet

from marketplace.kernel.prepared import fetch_one

_known_head: ContextVar[str | None] = ContextVar("known_head", default=None)
_all: "WeakSet[Remembered[Any]]" = WeakSet()


@contextmanager
def one_head() -> Iterator[None]:
    """Read the log's head once for all that is worked out within, such as the parts of a page.

    A value read later than its head is at worst worked out once more than needed.
    """
    token = _known_head.set(head())
    try:
        yield
    finally:
        _known_head.reset(token)


def head() -> str:
    """Give the hash at the end of the event log."""
    known = _known_head.get()
    if known is not None:
        return known
    row = fetch_one("SELECT hash FROM events_chain WHERE id = 1", [])
    return row[0] if row else ""


def forget() -> None:
    """Forget every value of this process: its database was put back to an earlier state."""
    for one in _all:
        one.clear()


class Remembered[T]:
    """Values that follow from the whole catalog, by what they are about (rights, filters).

    ``head`` is the hash at the end of the event log: every change moves it, and two databases
    never share one. At most ``limit`` values are kept, those used last.
    """

    def __init__(self, limit: int = 512) -> None:
        self.limit = limit
        self._kept: OrderedDict[Any, tuple[str, T]] = OrderedDict()
        self._lock = Lock()
        _all.add(self)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()

    def get(self, subject: Any, head: str) -> T | None:
        """Give what was kept at this head."""
        with self._lock:
            kept = self._kept.get(subject)
            if kept is None or kept[0] != head:
                return None
            self._kept.move_to_end(subject)
            return kept[1]

    def put(self, subject: Any, head: str, value: T) -> None:
        """Keep a value that was read no earlier than this head."""
        with self._lock:
            self._kept[subject] = (head, value)
            self._kept.move_to_end(subject)
            while len(self._kept) > self.limit:
                self._kept.popitem(last=False)

    def of(self, subject: Any, work_out: Callable[[], T]) -> T:
        """Give what was kept at the log's head now, or work it out."""
        now = head()
        kept = self.get(subject, now)
        if kept is None:
            kept = work_out()
            self.put(subject, now, kept)
        return kept
