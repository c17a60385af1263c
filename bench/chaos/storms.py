"""Faults on the stack as shipped, while access is asked for and taken away.

Its own processes are killed and stopped; nobody but its supervisor starts them again.
"""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

import psycopg
import redis

from bench.chaos.ground import PRODUCT, RELATION
from bench.chaos.lives import PATIENCE_S, Faults, Life, ask, judge, move, until_settled
from bench.chaos.proxy import Proxy
from bench.chaos.report import of_runs
from bench.stack import Stack, family

EACH: Final = 4  # people of one strike: half of them come, half of them leave
_OUTAGE_S: Final = 3.0
_BEFORE_S: Final = 0.4
_EXPIRY_GOAL_S: Final = 1.0


def processes(stack: Stack, *words: str) -> list[int]:
    """Give the stack's processes whose command line has all these words, the oldest first."""
    assert stack.process is not None
    return [pid for pid in sorted(family(stack.process.pid)) if _is(pid, words)]


def _is(pid: int, words: tuple[str, ...]) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return False
    return all(word in line for word in words)


def _workers(stack: Stack) -> list[int]:
    return processes(stack, "celery", "worker@embedded")


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@contextlib.contextmanager
def workers_away(stack: Stack) -> Iterator[None]:
    """Stop all workers and the ticker by SIGSTOP: they do nothing, and nobody restarts them."""
    until_settled([])
    stopped = [*_workers(stack), *processes(stack, "celery", "beat")]
    _signal(stopped, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(stopped, signal.SIGCONT)


# --- the faults: each strikes, and returns when it is over ---------------------------------------


def _all_workers(stack: Stack, _way: Proxy) -> None:
    _signal(_workers(stack), signal.SIGKILL)


def _one_worker(stack: Stack, _way: Proxy) -> None:
    pool = _workers(stack)[1:]
    _signal([random.choice(pool)] if pool else [], signal.SIGKILL)


def _stopped_workers(stack: Stack, _way: Proxy) -> None:
    with _held(_workers(stack)):
        time.sleep(_OUTAGE_S)


def _broker_flushed(_stack: Stack, _way: Proxy) -> None:
    for _ in range(20):
        with _broker() as client:
            client.flushall()
        time.sleep(0.02)


def _broker_killed(stack: Stack, _way: Proxy) -> None:
    _signal(processes(stack, "valkey")[:1], signal.SIGKILL)


def _broker_hangs(stack: Stack, _way: Proxy) -> None:
    with _held(processes(stack, "valkey")[:1]):
        time.sleep(_OUTAGE_S)


def _database_restarted(stack: Stack, _way: Proxy) -> None:
    _signal(processes(stack, "postgres", "-D")[:1], signal.SIGQUIT)  # at once, without a checkpoint


def _warehouse_refuses(_stack: Stack, way: Proxy) -> None:
    way.become("refuse")
    time.sleep(_OUTAGE_S)
    way.become("pass")


def _warehouse_hangs(_stack: Stack, way: Proxy) -> None:
    way.become("hang")
    time.sleep(_OUTAGE_S)
    way.become("pass")


def _warehouse_slow(_stack: Stack, way: Proxy) -> None:
    way.become("slow")
    time.sleep(_OUTAGE_S)
    way.become("pass")


FAULTS: Final[dict[str, Callable[[Stack, Proxy], None]]] = {
    "worker's pool process killed": _one_worker,
    "all workers killed": _all_workers,
    "all workers stopped for 3 s": _stopped_workers,
    "broker flushed, twenty times": _broker_flushed,
    "broker killed": _broker_killed,
    "broker hangs for 3 s": _broker_hangs,
    "database stopped at once, started again": _database_restarted,
    "warehouse refuses for 3 s": _warehouse_refuses,
    "warehouse hangs for 3 s": _warehouse_hangs,
    "warehouse answers 0.1 s late for 3 s": _warehouse_slow,
}


@contextlib.contextmanager
def _held(pids: list[int]) -> Iterator[None]:
    _signal(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pids, signal.SIGCONT)


@contextlib.contextmanager
def _broker() -> Iterator[Any]:
    place = os.environ["BROKER_URL"].removeprefix("redis+socket://")
    with redis.Redis(unix_socket_path=place) as client:
        yield client


def rage(
    stack: Stack, people: list[str], names: list[str], *, times: int, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Strike with each of these faults so many times, while some get access and others lose it."""
    rows = []
    crowd = iter(people)  # nobody twice: what is stuck in one storm is not in the way of the next
    with _by_another_way() as way:
        for name in names:
            strike = FAULTS[name]
            faults, seconds = Faults(), []
            for _ in range(times):
                spent = _one(list(islice(crowd, EACH)), lambda: strike(stack, way), faults)  # noqa: B023 - run at once
                if spent is not None:
                    seconds.append(spent)
            if len(seconds) < times:
                faults.note("lost", f"not settled after {PATIENCE_S:g} s", times - len(seconds))
            rows.append(of_runs(name, times, faults, seconds))
            say(f"  {name}: {[round(one, 1) for one in seconds]} s {faults.found[:3]}")
    return rows


def _one(people: list[str], strike: Callable[[], None], faults: Faults) -> float | None:
    """One strike; give the seconds from its end until all had come to where they go."""
    half = len(people) // 2
    leaving = [ask(person) for person in people[:half]]
    until_settled(leaving)
    for life in leaving:
        move(life, "revoked")
    coming = [ask(person) for person in people[half:]]
    time.sleep(random.random() * _BEFORE_S)
    strike()
    lives = leaving + coming
    spent = until_settled(lives)
    judge(lives, faults)
    for life in coming:
        if spent is not None:
            move(life, "revoked")
    until_settled(coming)
    return spent


@contextlib.contextmanager
def _by_another_way() -> Iterator[Proxy]:
    """Let the marketplace reach the warehouse only through a proxy."""
    from catalog.models import PlatformConnection

    kept = PlatformConnection.objects.get(key="warehouse")
    with Proxy(str(kept.config["host"]), int(kept.config["port"])) as way:
        rows = PlatformConnection.objects.filter(pk=kept.pk)
        rows.update(config={**kept.config, "port": way.port})
        try:
            yield way
        finally:
            rows.update(config=kept.config)


# --- ends, and many beginnings -------------------------------------------------------------------


def expiry(stack: Stack, person: str, *, times: int) -> dict[str, Any]:
    """Let access end while every worker is stopped; how late the last row came, in seconds."""
    errors = []
    faults = Faults()
    for _ in range(times):
        life = ask(person)
        until_settled([life])
        with _session_of(person, life) as session:
            end = _ends_in(life, timedelta(seconds=8))
            with workers_away(stack):
                errors.append(_last_row(session, end))
        life.wants = "expired"
        if until_settled([life]) is None:
            faults.note("overdue", f"{person} was not expired after the workers came back")
    name = "access ends, all workers stopped: how late"
    row = of_runs(name, times, faults, [max(0.0, one) for one in errors], goal=_EXPIRY_GOAL_S)
    return row | {"errors": errors}


@contextlib.contextmanager
def _session_of(person: str, life: Life) -> Iterator[psycopg.Connection[Any]]:
    from marketplace.kernel.identity.current import actor_of_user
    from marketplace.kernel.identity.models import User
    from subscriptions.actions import lab

    actor = actor_of_user(User.objects.get(username=person))
    info = lab.credentials(actor, agreement_id=life.agreement, minutes=5)
    with psycopg.connect(info.url, autocommit=True) as session:
        yield session


def _ends_in(life: Life, left: timedelta) -> Any:
    """Bring the end near, and wait until the platform knows of it."""
    from django.db.models import F
    from django.db.models.functions import Now

    from marketplace.kernel.clock import now
    from subscriptions.models import AccessAgreement, Grant, Handle

    end = now() + left
    AccessAgreement.objects.filter(pk=life.agreement).update(
        start_at=end - timedelta(days=1), end_at=end, warned_days=1
    )
    grants = Grant.objects.filter(agreement=life.agreement)
    grants.update(valid_until=end, generation=F("generation") + 1)
    Handle.objects.filter(grants__in=grants).update(
        generation=F("generation") + 1, next_at=Now(), priority=0
    )
    with psycopg.connect(os.environ["EMPORION_WAREHOUSE_ADMIN_DSN"], autocommit=True) as dba:
        waited = time.monotonic()
        while time.monotonic() - waited < left.total_seconds():
            found = dba.execute(
                "SELECT 1 FROM emporion_entitlements.entitlement WHERE expires_at = %s", [end]
            ).fetchone()
            if found:
                return end
            time.sleep(0.02)
    raise TimeoutError("the end did not reach the platform in time")


def _last_row(session: psycopg.Connection[Any], end: Any) -> float:
    """Read until nothing comes; how long after the end rows still came, by the server's clock.

    The clock is read after the rows, so a pause of this process makes the figure larger, never
    smaller; below zero is the time between the last reading and the end.
    """
    last: Any = None
    while True:
        row = session.execute(
            f"SELECT (SELECT count(*) FROM {RELATION}), clock_timestamp()".encode()
        ).fetchone()
        assert row is not None
        if not row[0]:
            break
        last = row[1]
    assert last is not None, "there was nothing to read before the end"
    assert row[1] >= end, "nothing could be read before the end"
    return round((last - end).total_seconds(), 4)


def many(people: list[str]) -> dict[str, Any]:
    """Ask for everybody at once, and wait until all are proven."""
    from django.db import connection

    from marketplace.kernel.events.queries import events_about

    faults = Faults()
    lives: list[Life] = []
    lock = threading.Lock()

    def one(person: str) -> None:
        try:
            life = ask(person)
        finally:
            connection.close()  # the thread's own
        with lock:
            lives.append(life)

    began = time.monotonic()
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(one, people))
    asked = time.monotonic() - began
    spent = until_settled(lives)
    took = time.monotonic() - began
    judge(lives, faults)
    failed = sum(
        events_about(f"agreement/{life.agreement}").filter(name="access.grant.failed").exists()
        for life in lives
    )
    if failed:
        faults.note("lost", f"{failed} grants failed on the way", failed)
    seconds = [] if spent is None else [took]
    row = of_runs(f"{len(people)} grants at once", len(people), faults, seconds)
    return row | {"asked_seconds": round(asked, 2), "failed": failed, "product": PRODUCT}


def chain_holds() -> bool:
    """Tell whether the audit log's chain of hashes is whole after all of it."""
    from marketplace.kernel.events.queries import verify_chain

    return verify_chain().ok
