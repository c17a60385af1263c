"""The relay: turns rows that are due into work for the workers.

One thread in every worker waits for PostgreSQL's notifications and, at least once a second,
looks by itself. One of them leads (a session advisory lock), the others stand by, so that the
scheduler and the broker are conveniences and never the promise.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import structlog
from django.db import connection

from marketplace.kernel.leases import worker_name
from marketplace.kernel.wake import CHANNEL, GRANTS, LATE, MESSAGES

log = structlog.get_logger(__name__)

BEAT_SECONDS = 5.0
_BEAT = b"""
    INSERT INTO events_workerbeat (name, started_at, beat_at, leads)
    VALUES (%s, now(), now(), %s)
    ON CONFLICT (name) DO UPDATE SET beat_at = now(), leads = EXCLUDED.leads
"""
_FORGET = b"DELETE FROM events_workerbeat WHERE beat_at < now() - interval '1 day'"
_GONE = b"DELETE FROM events_workerbeat WHERE name = %s"

LEADER_LOCK = 0x454D504F  # "EMPO"
SWEEP_SECONDS = 1.0
GATHER_SECONDS = 0.01  # a burst of wake-ups is one push a kind, not one each
SWEPT = (LATE, GRANTS, MESSAGES)


class Relay(threading.Thread):
    """Listen, and hand each kind of wake-up to ``push``; survive the database's restarts."""

    def __init__(self, push: Callable[[str], None], sweep: Callable[[], None]) -> None:
        super().__init__(name="relay", daemon=True)
        self.push = push
        self.sweep = sweep
        self.stopped = threading.Event()
        self._beaten = -BEAT_SECONDS

    def run(self) -> None:
        """Run until stopped; a lost connection is opened again after a second."""
        while not self.stopped.is_set():
            try:
                self._lead()
            except psycopg.Error as exc:
                log.warning("relay lost the database", error=str(exc))
                self.stopped.wait(1)

    def stop(self) -> None:
        """Ask the thread to end."""
        self.stopped.set()

    def _lead(self) -> None:
        with psycopg.connect(**_parameters(), autocommit=True) as own:
            while not self.stopped.is_set():
                row = own.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
                if row and row[0]:
                    break
                self._beat(own, leads=False)
                self.stopped.wait(2)
            own.execute(f"LISTEN {CHANNEL}")
            log.info("relay leads", pid=os.getpid())
            own.execute(_FORGET)
            self._beaten, swept = -BEAT_SECONDS, 0.0
            while not self.stopped.is_set():
                kinds: Iterable[str] = {
                    note.payload for note in own.notifies(timeout=SWEEP_SECONDS, stop_after=1)
                }
                if time.monotonic() - swept >= SWEEP_SECONDS:
                    swept = time.monotonic()
                    kinds = {*kinds, *SWEPT}
                    self._guarded(self.sweep)
                self._beat(own, leads=True)
                for kind in kinds:
                    self._guarded(self.push, kind)
                self.stopped.wait(GATHER_SECONDS)
            own.execute(_GONE, [worker_name()])  # stopped in order, so nobody misses it

    def _beat(self, own: psycopg.Connection[Any], *, leads: bool) -> None:
        """Say every five seconds that this worker lives, by the database's clock."""
        if time.monotonic() - self._beaten >= BEAT_SECONDS:
            self._beaten = time.monotonic()
            own.execute(_BEAT, [worker_name(), leads])

    def _guarded[**P](self, call: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            call(*args, **kwargs)
        except Exception as exc:  # noqa: BLE001 - the broker may be away; the next sweep tries again
            log.warning("relay could not hand on", error=type(exc).__name__)


def _parameters() -> dict[str, Any]:
    given = connection.get_connection_params()
    names = ("host", "port", "dbname", "user", "password", "sslmode")
    return {name: given[name] for name in names if given.get(name)}
