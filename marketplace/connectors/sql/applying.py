"""Running a plan on a SQL platform: the lease asked before every try, a race tried again."""

import random
import time
from collections.abc import Callable, Iterator
from typing import Final

from marketplace.connectors.base import Lease, Plan, Step, StepResult

_TRIES: Final = 6


class Raced(Exception):
    """Two writers met; the cause is the driver's error. Trying again is enough."""


def apply(
    plan: Plan, lease: Lease, run: Callable[[Step], StepResult], *, pause_s: float
) -> Iterator[StepResult]:
    """Run the steps in order and report each. Stops by raising a ConnectorError.

    Writers that meet are a matter of milliseconds, so a step that raises `Raced` is tried a few
    times, with jitter from ``pause_s``, before the engine hears of it. `run` gives the error to
    raise in the end as the first argument of `Raced`.
    """
    plan.check()
    for step in plan.steps:
        yield _persist(step, lease, run, pause_s)


def _persist(
    step: Step, lease: Lease, run: Callable[[Step], StepResult], pause_s: float
) -> StepResult:
    attempt = 1
    while True:
        lease.fence()
        try:
            return run(step)
        except Raced as race:
            if attempt == _TRIES:
                raise race.args[0] from race.__cause__
        time.sleep(pause_s * 2**attempt * random.random())  # noqa: S311 - jitter
        attempt += 1
