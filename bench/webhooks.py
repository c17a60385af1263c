"""P3: one published change, told to 100 and 1,000 webhooks, signed, through the durable outbox."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.client import Connection, request
from bench.figures import Bar, Row, Series, nearest_rank
from bench.ground import Ground, contract, until
from bench.stack import ROOT

_TYPE = "change.proposed"
_SECRET = "whsec_" + "YmVuY2gtc2VjcmV0LW9mLXRoaXJ0eS10d28tYnl0ZXM="  # a key for this run only


def webhooks(ground: Ground) -> list[Row]:
    """Publish changes with no, 100, 100 and a hung one, and 1,000 endpoints."""
    rounds = max(3, ground.rounds // 8)
    with _receiver() as port:
        alone, _ = _round(ground, port, 0, rounds)
        rows = []
        calm = 0.0
        for count, hung, bar in ((100, 0, 100), (100, 1, 0), (1000, 0, 500)):
            _endpoints(port, count, hung)
            spent, noted = _round(ground, port, count, rounds)
            last = [max(one["times"]) - one["at"] for one in noted]
            rates = [(count - 1) / (max(one["times"]) - min(one["times"])) for one in noted]
            series = Series(tuple(value * 1000 for value in last), sum(last))
            words = " and one that hangs" if hung else ""
            row = Row(
                "P3",
                f"one change to {count:,} webhooks{words}, event to last post",
                p50=series.at(0.5),
                p95=series.at(0.95),
                p99=series.at(0.99),
            )
            gained = spent.at(0.5) - alone.at(0.5)
            row.bars = [
                *([Bar("last", series.at(0.5), bar)] if bar else []),
                *([Bar("x without", series.at(0.5) / calm, 1.1, unit="x")] if hung else []),
                Bar("request gains", gained, 5),
            ]
            if count >= 1000:  # noqa: PLR2004 - enough to speak of a rate
                rate = nearest_rank(rates, 0.5)
                row.bars.append(Bar("rate", rate, 3000, floor=True, unit="posts/s"))
            unsigned = sum(one["unsigned"] for one in noted)
            row.note = f"{rounds} rounds, all received, {unsigned} unsigned"
            _verified(noted[0]["first"])
            calm = calm or series.at(0.5)
            rows.append(row)
        _endpoints(port, 0, 0)
    return rows


@contextlib.contextmanager
def _receiver() -> Iterator[int]:
    command = [sys.executable, "-m", "bench.receiver"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield int(running.stdout.readline())
        finally:
            running.kill()


def _endpoints(port: int, count: int, hung: int) -> None:
    """Put so many webhooks where there were others; fifty an account is the rule, so not by it."""
    from marketplace.kernel.identity.models import User
    from marketplace.kernel.sealing import seal
    from subscriptions.models import WebhookEndpoint

    owner = User.objects.get(username="bench-owner")
    WebhookEndpoint.objects.filter(owner=owner).delete()
    rows = []
    for number in range(count + hung):
        path = f"hook/{number}" if number < count else "hang"
        row = WebhookEndpoint(owner=owner, url=f"http://127.0.0.1:{port}/{path}", types=[_TYPE])
        row.secret = seal(_SECRET, place=f"webhook/{row.pk}/secret")
        rows.append(row)
    WebhookEndpoint.objects.bulk_create(rows)


def _round(
    ground: Ground, port: int, count: int, rounds: int
) -> tuple[Series, list[dict[str, Any]]]:
    """Publish changes one after the other; give how long publishing took, and what was received."""
    from marketplace.kernel.events.models import Event

    web, receiver = Connection(ground.port), Connection(port)
    times, noted = [], []
    for number in range(rounds):
        version = f"2.{count + number}.{time.time_ns() % 1_000_000}"
        text = contract(version, more=["note"])
        made = _made(web.ask(ground.call("bench-owner", "POST", "changes", {"text": text})), 201)
        receiver.ask(request("GET", "/reset"))
        propose = ground.call("bench-owner", "POST", f"changes/{made['id']}/propose", {})
        began = time.perf_counter()
        _made(web.ask(propose))
        times.append((time.perf_counter() - began) * 1000)
        if count:
            noted.append(_received(receiver, count))
            event = Event.objects.filter(name=_TYPE).latest("seq")
            noted[-1]["at"] = event.at.timestamp()
        withdraw = ground.call("bench-owner", "POST", f"changes/{made['id']}/withdraw", {})
        _made(web.ask(withdraw))
        _quiet()
    web.close()
    receiver.close()
    return Series(tuple(times), sum(times) / 1000), noted


def _received(receiver: Connection, count: int) -> dict[str, Any]:
    given: dict[str, Any] = {}

    def enough() -> bool:
        given.update(receiver.ask(request("GET", "/noted")).json())
        return len(given["times"]) >= count

    until(enough, seconds=60, pause=0.05)
    return given


def _quiet() -> None:
    """Wait until the workers have nothing to do; a hung webhook is not waited for."""
    from marketplace.kernel.events.models import Delivery

    waiting = Delivery.objects.filter(next_at__isnull=False)
    until(lambda: not waiting.exists(), seconds=60, pause=0.02)


def _made(answer: Any, status: int = 200) -> Any:
    if answer.status != status:
        raise RuntimeError(f"{answer.status}: {answer.body[:1000]!r}")
    return answer.json()


def _verified(message: str) -> None:
    """Check one signature as a receiver would, with the reference library."""
    from standardwebhooks import Webhook

    head, _, body = message.partition("\r\n\r\n")
    lines = (line.partition(": ") for line in head.split("\r\n")[1:])
    Webhook(_SECRET).verify(body, {name.lower(): value for name, _, value in lines})
