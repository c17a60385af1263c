"""A guard outside the query: cancels it when it is told to or when time is up, then ends it."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import psycopg

from marketplace.connectors.base import ConnectorError
from marketplace.connectors.postgres.connections import Provisioner, Session

_GRACE_S: Final = 0.5
_TICK_S: Final = 0.02


@dataclass(slots=True)
class Watch:
    """What the watchdog did, for the words of the refusal."""

    cancelled: bool = False
    late: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def stopped(self) -> bool:
        """Whether the watchdog ended the query."""
        return self.cancelled or self.late


@contextlib.contextmanager
def watched(
    session: Session,
    provisioner: Provisioner,
    timeout_s: float,
    cancel: threading.Event | None,
) -> Iterator[Watch]:
    """Cancel the query from outside when it is told to or when time is up; then end the session."""
    watch = Watch()
    pid = session.info.backend_pid

    def guard() -> None:
        deadline = time.monotonic() + timeout_s + _GRACE_S / 2
        while not watch.done.wait(_TICK_S):
            watch.cancelled = cancel is not None and cancel.is_set()
            watch.late = time.monotonic() > deadline
            if watch.cancelled or watch.late:
                break
        else:
            return
        _stop(session, provisioner, pid, watch.done)

    thread = threading.Thread(target=guard, name=f"lab-watch-{pid}", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.done.set()
        thread.join()


def _stop(session: Session, provisioner: Provisioner, pid: int, done: threading.Event) -> None:
    """Ask politely, then end the backend. Nothing here may raise: it runs in a thread."""
    with contextlib.suppress(psycopg.Error):  # it may just have ended; the next step settles it
        session.cancel_safe(timeout=_GRACE_S)
    if done.wait(_GRACE_S):
        return
    try:
        with provisioner.session() as ours:
            ours.execute("SELECT pg_terminate_backend(%s)", [pid])
    except ConnectorError:
        return
