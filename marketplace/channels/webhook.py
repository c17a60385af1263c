"""Signed CloudEvents over HTTP: one attempt, and what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from marketplace.channels import signing
from marketplace.channels.schedule import parse_retry_after
from marketplace.http import Answer, HttpError, Outbound

_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class Post:
    """One event for one endpoint; `event_id` becomes `webhook-id`, the same at every attempt."""

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


class WebhookSender:
    """Signs and sends posts over one pool of connections; `pump.Pump` sends many at once."""

    def __init__(self, outbound: Outbound, *, clock: Callable[[], float] = time.time) -> None:
        self._outbound = outbound
        self._clock = clock

    async def send(self, post: Post) -> Outcome:
        """Send one. Whatever comes of it is an outcome, nothing is raised."""
        try:
            headers = signing.headers(post.secrets, post.event_id, int(self._clock()), post.body)
        except ValueError as error:
            return Outcome(post.id, ok=False, detail=str(error), permanent=True)
        headers["content-type"] = "application/cloudevents+json; charset=utf-8"
        try:
            answer = await self._outbound.send("POST", post.url, headers=headers, body=post.body)
        except HttpError as error:
            # A forbidden target may be a name whose record is mended tomorrow: not permanent.
            return Outcome(post.id, ok=False, detail=str(error))
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
