"""Signed CloudEvents over HTTP, many endpoints at once; one hung endpoint holds up only itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import orjson

from marketplace.channels import signing
from marketplace.channels.schedule import parse_retry_after
from marketplace.http import Answer, HttpError, Outbound

LARGEST_EVENT: Final = 20 * 1024
_PER_ENDPOINT: Final = 4
_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class Post:
    """One event for one endpoint. `id` is ours; `event_id` becomes `webhook-id` at every attempt."""

    id: str
    url: str
    event_id: str
    body: bytes
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `gone`: the endpoint asks to be disabled (410)."""

    id: str
    ok: bool
    detail: str
    status: int | None = None
    permanent: bool = False
    gone: bool = False
    retry_after: float | None = None
    elapsed_ms: float = field(default=0.0, compare=False)


def cloud_event(
    *,
    event_id: str,
    source: str,
    kind: str,
    subject: str,
    at: datetime,
    data: Mapping[str, Any],
    **extensions: str | int | bool,
) -> bytes:
    """Write one event as CloudEvents 1.0 JSON, at most 20 kB: thin, details are pulled by API.

    `extensions` are attributes such as `sequence` or `dataschema`. Raises ValueError.
    """
    body = orjson.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": source,
            "type": kind,
            "subject": subject,
            "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            **extensions,
            "data": data,
        }
    )
    if len(body) > LARGEST_EVENT:
        raise ValueError(f"an event of {len(body)} bytes is larger than {LARGEST_EVENT}")
    return body


class WebhookSender:
    """Sends posts over one pool of connections, at most `per_endpoint` to one URL at a time.

    The waiting posts of a slow endpoint hold no connection, so `Outbound.at_once` serves the rest.
    """

    def __init__(
        self,
        outbound: Outbound,
        *,
        per_endpoint: int = _PER_ENDPOINT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._outbound = outbound
        self._per_endpoint = per_endpoint
        self._clock = clock

    async def deliver(self, posts: Iterable[Post]) -> AsyncIterator[Outcome]:
        """Send all and give the outcomes as they come, in no order. Never raises for one post."""
        gates: dict[str, asyncio.Semaphore] = {}
        tasks = [
            asyncio.create_task(
                self._send(post, gates.setdefault(post.url, asyncio.Semaphore(self._per_endpoint)))
            )
            for post in posts
        ]
        try:
            for done in asyncio.as_completed(tasks):
                yield await done
        finally:
            for task in tasks:
                task.cancel()

    async def send(self, post: Post) -> Outcome:
        """Send one."""
        return await self._send(post, asyncio.Semaphore(1))

    async def _send(self, post: Post, gate: asyncio.Semaphore) -> Outcome:
        async with gate:
            try:
                headers = signing.headers(
                    post.secrets, post.event_id, int(self._clock()), post.body
                )
            except ValueError as error:
                return Outcome(post.id, ok=False, detail=str(error), permanent=True)
            headers["content-type"] = "application/cloudevents+json; charset=utf-8"
            try:
                answer = await self._outbound.send(
                    "POST", post.url, headers=headers, body=post.body
                )
            except HttpError as error:
                return Outcome(post.id, ok=False, detail=str(error), permanent=error.permanent)
            return classify(post.id, answer, now=datetime.fromtimestamp(self._clock(), UTC))


def classify(post_id: str, answer: Answer, *, now: datetime) -> Outcome:
    """Judge an answer: 2xx is success and nothing else is; 410 disables; the rest is tried again.

    A redirect is a failure, since it is never followed. 400 to 499 are tried again too: receivers
    answer 404 while they deploy (Standard Webhooks, "Retry schedule").
    """
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(
            post_id, ok=True, detail=str(status), status=status, elapsed_ms=answer.elapsed_ms
        )
    waits = answer.headers.get("retry-after", "")
    body = answer.body[:_SHOWN].decode(errors="replace")
    return Outcome(
        id=post_id,
        ok=False,
        detail=f"{status} {body}".strip(),
        status=status,
        permanent=status == HTTPStatus.GONE,
        gone=status == HTTPStatus.GONE,
        retry_after=parse_retry_after(waits, now) if waits else None,
        elapsed_ms=answer.elapsed_ms,
    )
