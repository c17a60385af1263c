"""Webhooks under way: an event loop in a thread, posts go in, outcomes come out as they happen.

The caller owns the rows and writes each outcome at once; a receiver that hangs keeps only its own
outcome waiting, while the caller goes on to claim and put more.
"""

import asyncio
import queue
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from marketplace.channels.webhook import Outcome, Post, WebhookSender
from marketplace.http import Allowed, Outbound

_PER_ENDPOINT = 4


class Pump:
    """``with Pump(allowed) as pump: pump.put(posts); pump.take(0.05)``."""

    def __init__(self, allowed: Allowed, *, at_once: int = 200) -> None:
        self.under_way = 0
        self._outbound = Outbound(allowed=allowed, at_once=at_once)
        self._outcomes: queue.Queue[Outcome] = queue.Queue()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def put(self, posts: Sequence[Post]) -> None:
        """Begin to send."""
        self.under_way += len(posts)
        self._loop.call_soon_threadsafe(self._begin, list(posts))

    def take(self, wait: float) -> list[Outcome]:
        """Give the outcomes that are there, waiting up to ``wait`` seconds for the first."""
        taken: list[Outcome] = []
        try:
            taken.append(self._outcomes.get(timeout=wait))
            while True:
                taken.append(self._outcomes.get_nowait())
        except queue.Empty:
            pass
        self.under_way -= len(taken)
        return taken

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._gates: dict[str, asyncio.Semaphore] = {}
        async with self._outbound as outbound:
            self._sender = WebhookSender(outbound)
            self._ready.set()
            await self._stop.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, posts: list[Post]) -> None:
        for post in posts:
            task = self._loop.create_task(self._one(post))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _one(self, post: Post) -> None:
        gate = self._gates.setdefault(post.url, asyncio.Semaphore(_PER_ENDPOINT))
        async with gate:
            self._outcomes.put(await self._sender.send(post))
