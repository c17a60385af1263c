"""Webhooks, sent to a real receiver: one attempt and its outcome, and many at once."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from marketplace.channels.pump import Pump
from marketplace.channels.signing import new_secret, verify
from marketplace.channels.webhook import Outcome, Post, WebhookSender
from marketplace.http import Allowed, Outbound
from tests.channels.receiver import Receiver

LOOPBACK = Allowed.of("127.0.0.0/8")
SECRET = new_secret()
BODY = b'{"specversion":"1.0"}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


def post(url: str, number: int = 1, **changes: Any) -> Post:
    facts: dict[str, Any] = {
        "id": f"delivery-{number}",
        "url": url,
        "event_id": f"evt-{number}",
        "body": BODY,
        "secrets": (SECRET,),
    }
    return Post(**facts | changes)


def send(one: Post, *, allowed: Allowed = LOOPBACK, total_s: float = 5.0) -> Outcome:
    async def once() -> Outcome:
        async with Outbound(allowed, total_s=total_s) as outbound:
            return await WebhookSender(outbound).send(one)

    return asyncio.run(once())


def test_a_receiver_can_verify_what_it_gets(receiver: Receiver) -> None:
    outcome = send(post(receiver.url))

    (heard,) = receiver.heard
    assert outcome == Outcome("delivery-1", ok=True, detail="200", status=200)
    assert (heard.method, heard.body) == ("POST", BODY)
    assert heard.headers["webhook-id"] == "evt-1"
    assert heard.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    verify(SECRET, heard.headers, heard.body, now=time.time())


def test_the_id_stays_the_same_at_every_attempt(receiver: Receiver) -> None:
    receiver.answers = [500, 200]

    first, second = send(post(receiver.url)), send(post(receiver.url))

    assert (first.ok, second.ok) == (False, True)
    assert {heard.headers["webhook-id"] for heard in receiver.heard} == {"evt-1"}


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_success(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]

    assert send(post(receiver.url)).ok is True


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503])
def test_everything_else_is_tried_again(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]

    outcome = send(post(receiver.url))

    assert (outcome.ok, outcome.permanent, outcome.gone) == (False, False, False)
    assert (outcome.status, len(receiver.heard)) == (status, 1)


def test_410_asks_to_be_disabled(receiver: Receiver) -> None:
    receiver.answers = [410]

    outcome = send(post(receiver.url))

    assert (outcome.ok, outcome.permanent, outcome.gone) == (False, True, True)


@pytest.mark.parametrize("status", [429, 503])
def test_the_time_a_receiver_asks_for_is_passed_on(receiver: Receiver, status: int) -> None:
    async def busy(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "120"}, text="busy\x00now")

    receiver.answers = [busy]

    outcome = send(post(receiver.url))

    assert outcome.retry_after == 120.0
    assert outcome.detail.startswith(f"{status} busy")


def test_a_forbidden_target_is_an_outcome(receiver: Receiver) -> None:
    outcome = send(post(receiver.url), allowed=Allowed())

    assert (outcome.ok, outcome.status, receiver.connections) == (False, None, 0)
    assert "https" in outcome.detail


def test_a_secret_that_does_not_fit_is_an_outcome(receiver: Receiver) -> None:
    outcome = send(post(receiver.url, secrets=("whsec_short",)))

    assert (outcome.ok, outcome.permanent, receiver.connections) == (False, True, 0)


def test_a_hung_receiver_is_a_time_out(receiver: Receiver) -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    receiver.answers = [hang]

    outcome = send(post(receiver.url), total_s=0.2)

    assert (outcome.ok, outcome.status, outcome.permanent) == (False, None, False)
    assert "did not answer" in outcome.detail


def test_secrets_do_not_show() -> None:
    assert SECRET not in repr(post("https://example.com/"))


# --- many at once ------------------------------------------------------------------------------


def drain(pump: Pump) -> list[Outcome]:
    outcomes: list[Outcome] = []
    deadline = time.monotonic() + 20
    while pump.under_way and time.monotonic() < deadline:
        outcomes += pump.take(0.05)
    return outcomes


def test_many_posts_all_get_an_outcome(receiver: Receiver) -> None:
    with Pump(LOOPBACK) as pump:
        pump.put([post(receiver.url, number) for number in range(300)])
        outcomes = drain(pump)

    assert {one.id for one in outcomes} == {f"delivery-{number}" for number in range(300)}
    assert all(one.ok for one in outcomes)
    assert len({heard.headers["webhook-id"] for heard in receiver.heard}) == 300
    assert receiver.most_at_work <= 4


def test_a_hung_endpoint_holds_up_only_itself(receiver: Receiver) -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    with (
        Receiver(answers=[hang]) as hung,
        Pump(LOOPBACK, outbound=Outbound(LOOPBACK, total_s=1.0)) as pump,
    ):
        pump.put([post(hung.url, number) for number in range(1000, 1200)])
        pump.put([post(receiver.url, number) for number in range(100)])
        started, good, bad = time.monotonic(), list[Outcome](), list[Outcome]()
        while len(good) < 100:
            for one in pump.take(0.05):
                (good if one.ok else bad).append(one)
        quick = time.monotonic() - started
        bad += drain(pump)
        whole = time.monotonic() - started

    assert (len(good), len(bad)) == (100, 200)
    assert quick < 1.0
    assert whole < 3.0
    assert len(hung.heard) == 4
    assert {one.status for one in bad} == {None}


def test_a_failing_endpoint_is_still_tried_for_each_event(receiver: Receiver) -> None:
    receiver.answers = [500]
    with Pump(LOOPBACK) as pump:
        pump.put([post(receiver.url, number) for number in range(10)])
        outcomes = drain(pump)

    assert [one.status for one in outcomes] == [500] * 10
    assert len(receiver.heard) == 10


def test_a_post_that_cannot_be_sent_at_all_still_has_an_outcome(receiver: Receiver) -> None:
    with Pump(LOOPBACK) as pump:
        pump.put([post(receiver.url, body=None), post("\ud800")])
        outcomes = drain(pump)

    assert [one.ok for one in outcomes] == [False, False]


def test_leaving_drops_what_is_under_way(receiver: Receiver) -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    receiver.answers = [hang]
    started = time.monotonic()

    with Pump(LOOPBACK) as pump:
        pump.put([post(receiver.url)])
        while not receiver.heard:
            pump.take(0.01)

    assert time.monotonic() - started < 5
