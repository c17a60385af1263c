"""Webhooks under way: an event loop in a thread, posts go in, outcomes come out as they happen.

The caller owns the rows and writes each outcome at once; a receiver that hangs keeps only its own
outcome waiting, while the caller goes on to claim and put more.
"""

import asyncio
import queue
import threading
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from marketplace.channels.webhook import Outcome, Post, WebhookSender
from marketplace.http import Allowed, Outbound

_PER_ENDPOINT = 4


class Pump:
    """``with Pump(allowed) as pump: pump.put(posts); pump.take(0.05)``."""

    def __init__(self, allowed: Allowed, *, outbound: Outbound | None = None) -> None:
        self.under_way = 0
        self._outbound = outbound or Outbound(allowed=allowed)
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
        try:
            asyncio.run(self._main())
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._failures: Counter[str] = Counter()
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
        """Send one post when its endpoint has room; every post gets an outcome.

        When an endpoint does not answer, those that waited behind that attempt fail with it:
        otherwise a hung endpoint with a long backlog would fill the caller's budget for hours.
        """
        gate = self._gates.setdefault(post.url, asyncio.Semaphore(_PER_ENDPOINT))
        failures = self._failures[post.url]
        async with gate:
            if self._failures[post.url] != failures:
                outcome = Outcome(post.id, ok=False, detail="it did not answer an earlier event")
            else:
                outcome = await self._attempt(post)
                self._failures[post.url] += outcome.status is None
        self._outcomes.put(outcome)

    async def _attempt(self, post: Post) -> Outcome:
        try:
            return await self._sender.send(post)
        except Exception as error:  # noqa: BLE001 - without an outcome the caller waits for ever
            return Outcome(post.id, ok=False, detail=f"could not be sent: {type(error).__name__}")
