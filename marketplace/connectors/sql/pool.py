"""A few idle connections of the provisioner, for any driver."""

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

KEPT: Final = 4


class Pool[S]:
    """At most a few idle connections, shared by the threads of one process.

    A connection is taken out, used alone and put back; one that broke is dropped. After a fork
    the child starts with none, because two processes must not speak on one connection.
    """

    def __init__(
        self, connect: Callable[[], S], *, quiet: Callable[[S], bool], close: Callable[[S], None]
    ) -> None:
        """`quiet` tells whether an idle connection may be lent again; `close` takes any state."""
        self._connect, self._quiet, self._close = connect, quiet, close
        self._idle: deque[S] = deque()
        self._lock = threading.Lock()
        self._process = os.getpid()

    def take(self) -> S:
        """Give an idle connection, or a new one."""
        while (kept := self._kept()) is not None:
            if self._quiet(kept):
                return kept
            self._close(kept)
        return self._connect()

    def put_back(self, session: S) -> None:
        """Keep a connection that is ready for the next; close it when there are enough."""
        with self._lock:
            if len(self._idle) < KEPT:
                self._idle.append(session)
                return
        self._close(session)

    def drop(self, session: S) -> None:
        """Close a connection that broke."""
        self._close(session)

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            while self._idle:
                self._close(self._idle.pop())

    def _kept(self) -> S | None:
        with self._lock:
            if self._process != os.getpid():
                self._process, self._idle = os.getpid(), deque()
            return self._idle.pop() if self._idle else None
