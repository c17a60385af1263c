"""Workers killed at every boundary: real processes, real SIGKILL, one boundary further each time.

A worker here is a process of its own that does what a worker's tasks do. It counts the boundaries
it passes (before and after each statement on the application's database, each question to the
connector, each step on the platform) and ends itself by SIGKILL at the wanted one: no handler
runs, no transaction is closed, no lease is given back. Product code knows nothing of it.
"""

import gc
import os
import re
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from bench.chaos.lives import Faults, Life, ask, judge, move, until_settled

_TABLE: Final = re.compile(r'(?:INTO|UPDATE|FROM)\s+"?(\w+)"?')
_PER_PHASE: Final = 8
_SIDE_BY_SIDE: Final = 1
_QUESTIONS: Final = ("observe", "plan", "probe")


@dataclass
class Tally:
    """What came of the kills."""

    kills: int = 0
    phases: int = 0
    faults: Faults = field(default_factory=Faults)
    recoveries: list[float] = field(default_factory=list)
    places: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class _Strike:
    """Counts boundaries, and kills this process at the wanted one; 0 is never."""

    def __init__(self, at: int, told: int) -> None:
        self.left = at
        self.told = told

    def pass_by(self, place: str) -> None:
        """Pass a boundary, or die on it."""
        self.left -= 1
        if self.left == 0:
            os.write(self.told, place.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        """Stand around each statement on the application's database."""
        found = _TABLE.search(sql)
        place = f"{sql.split(maxsplit=1)[0].lower()} {found.group(1) if found else ''}".strip()
        self.pass_by(f"before {place}")
        result = execute(sql, params, many, context)
        self.pass_by(f"after {place}")
        return result


class _Watched:
    """A connector with boundaries around its questions and its steps."""

    def __init__(self, connector: Any, strike: _Strike) -> None:
        self._connector = connector
        self._strike = strike

    def __getattr__(self, name: str) -> Any:
        """Give the connector's own attribute, watched when it is a question."""
        found = getattr(self._connector, name)
        return self._around(name, found) if name in _QUESTIONS else found

    def _around(self, name: str, ask_it: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            self._strike.pass_by(f"before {name} on the platform")
            result = ask_it(*args, **kwargs)
            self._strike.pass_by(f"after {name} on the platform")
            return result

        return run

    def apply(self, plan: Any, lease: Any) -> Iterator[Any]:
        """Run the steps, each between two boundaries."""
        steps = iter(self._connector.apply(plan, lease))
        for step in plan.steps:
            kind = step.id.partition(":")[0]
            self._strike.pass_by(f"before step {kind}")
            result = next(steps)
            self._strike.pass_by(f"after step {kind}")
            yield result


def strike(at: int) -> str | None:
    """Run a worker and kill it at a boundary; give which, or None when it had done all before."""
    from django.db import connections

    connections.close_all()  # two processes must not speak on one connection
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _be_a_worker(at, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        words = told.read().decode()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return words
    if status:
        raise RuntimeError(f"a worker failed:\n{words}")
    return None


def _be_a_worker(at: int, told: int) -> None:
    from django.db import connection

    from marketplace.connectors import registry
    from subscriptions.tasks import work_until_idle

    code = 0
    try:
        deadly = _Strike(at, told)
        for key, connector in registry._made.items():  # noqa: SLF001 - this worker's own copy
            registry._made[key] = _Watched(connector, deadly)  # noqa: SLF001
        with connection.execute_wrapper(deadly.statement):
            work_until_idle()
    except BaseException:  # noqa: BLE001 - whatever it is, the parent has to read it
        os.write(told, traceback.format_exc().encode()[-4000:])
        code = 1
    os._exit(code)


def batter(people: list[str], *, kills: int, seconds: float, say: Callable[[str], None]) -> Tally:
    """Kill workers through whole lives of access until there were so many, or time is over."""
    gc.freeze()  # what is here is never collected: a child shares its pages
    tally = Tally()
    began = time.monotonic()
    point = turn = 0
    while tally.kills < kills and time.monotonic() - began < seconds:
        chosen = [people[(turn + n) % len(people)] for n in range(_SIDE_BY_SIDE)]
        turn += _SIDE_BY_SIDE
        lives = [ask(person) for person in chosen]
        way = ("suspended", "active", "revoked") if turn % 3 == 0 else ("revoked",)
        point = _through(tally, lives, point)
        for wants in way:
            for life in lives:
                move(life, wants)
            point = _through(tally, lives, point)
        if turn % 5 == 0:
            wrong = tally.faults
            counts = f"{wrong.lost} / {wrong.duplicate} / {wrong.extra} / {wrong.overdue}"
            say(f"  {tally.kills} kills at {len(tally.places)} boundaries: {counts} wrong")
    tally.seconds = time.monotonic() - began
    return tally


def _through(tally: Tally, lives: list[Life], point: int) -> int:
    """Kill a few workers on the way of one phase, let one finish it, and judge."""
    for _ in range(_PER_PHASE):
        point += 1
        place = strike(point)
        if place is None:
            point = 0
            break
        tally.kills += 1
        tally.places[place] += 1
    spent = until_settled(lives, work=lambda: strike(0))
    tally.phases += 1
    if spent is not None:
        tally.recoveries.append(spent)
    judge(lives, tally.faults)
    return point
