"""Send signed events to programs, many at once, and say what became of each."""

import asyncio
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from marketplace.channels.signing import headers
from marketplace.http import Allowed, SendFailed, TargetRefused, post, session

# Seconds before each further attempt (Standard Webhooks 1.0): 75 h 35 min in all.
SCHEDULE = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
_OK, _GONE, _TOO_MANY = range(200, 300), 410, 429


@dataclass(frozen=True, slots=True)
class Job:
    """One event for one endpoint. ``body`` is CloudEvents JSON; secrets sign, newest first."""

    key: Any
    url: str
    message_id: str
    timestamp: int
    body: bytes
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a job: delivered, gone (never again), or to be tried again."""

    key: Any
    delivered: bool
    gone: bool
    status: int | None
    retry_after: float | None
    elapsed_ms: float | None
    error: str


def wait_after(attempts: int, chance: float) -> float | None:
    """Seconds until the next attempt, with 20 % jitter; None when it is given up.

    ``attempts`` counts those made (1 after the first); ``chance`` is in [0, 1).
    """
    if attempts > len(SCHEDULE):
        return None
    return SCHEDULE[attempts - 1] * (0.8 + 0.4 * chance)


async def send(client: Any, job: Job, allowed: Allowed) -> Sent:
    """Send one job; every outcome is a value."""
    sent_headers = {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": "Emporion-Webhooks/1",
        **headers(job.secrets, job.message_id, job.timestamp, job.body),
    }
    try:
        reply = await post(client, job.url, body=job.body, headers=sent_headers, allowed=allowed)
    except TargetRefused as refused:
        return Sent(job.key, False, False, None, None, None, str(refused))  # noqa: FBT003 - fields
    except SendFailed as failed:
        return Sent(job.key, False, False, None, None, None, str(failed))  # noqa: FBT003 - fields
    delivered = reply.status in _OK
    error = "" if delivered else f"answered {reply.status}"
    return Sent(
        job.key,
        delivered,
        reply.status == _GONE,
        reply.status,
        reply.retry_after if reply.status in (_TOO_MANY, 503) else None,
        round(reply.elapsed_ms, 1),
        error,
    )


class Sender:
    """An event loop in a thread: jobs go in, outcomes come out as they happen.

    A receiver that hangs keeps only its own outcome waiting.
    """

    def __init__(self, allowed: Allowed) -> None:
        self.allowed = allowed
        self.outcomes: queue.Queue[Sent] = queue.Queue()
        self.outstanding = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def __enter__(self) -> Self:
        """Start the loop."""
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_error: object) -> None:
        """Close connections and stop; what is still under way is dropped and tried again later."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def put(self, jobs: Sequence[Job]) -> None:
        """Begin to send."""
        self.outstanding += len(jobs)
        self._loop.call_soon_threadsafe(self._begin, list(jobs))

    def take(self, wait: float) -> list[Sent]:
        """Give the outcomes that are there, waiting up to ``wait`` seconds for the first."""
        taken: list[Sent] = []
        try:
            taken.append(self.outcomes.get(timeout=wait))
            while True:
                taken.append(self.outcomes.get_nowait())
        except queue.Empty:
            pass
        self.outstanding -= len(taken)
        return taken

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        async with session(self.allowed) as self._client:
            self._ready.set()
            await self._stop.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, jobs: list[Job]) -> None:
        for job in jobs:
            task = self._loop.create_task(self._one(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _one(self, job: Job) -> None:
        self.outcomes.put(await send(self._client, job, self.allowed))
