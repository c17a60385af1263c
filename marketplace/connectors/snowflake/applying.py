"""Running a plan: the lease asked before each statement, every statement safe to repeat."""

import random
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from marketplace.connectors.base import Lease, Plan, Step, StepResult, Transient
from marketplace.connectors.snowflake import statements
from marketplace.connectors.snowflake.client import Client
from marketplace.connectors.snowflake.failures import UNSEEN, Refusal, translate

_TRIES: Final = 5
_PAUSE_S: Final = 0.1
_ENDING: Final = ("leave:", "sessions:")


def apply(client: Client, plan: Plan, lease: Lease) -> Iterator[StepResult]:
    """Run the steps in order and report each. Stops by raising a ConnectorError."""
    plan.check()
    for step in plan.steps:
        at = None
        for statement in statements.parts(step.do):
            at = _persist(client, step, statement, lease)
        if at is not None:
            yield StepResult(step_id=step.id, ok=True, detail="done", at=at)


def _persist(client: Client, step: Step, statement: str, lease: Lease) -> datetime:
    """Run one statement; two that wait for the same row are tried again."""
    attempt = 1
    while True:
        lease.fence()
        try:
            return client.run(statement).at
        except Refusal as refusal:
            if refusal.code in UNSEEN and step.id.startswith(_ENDING):
                return client.run("SELECT 1").at  # nobody is there to take it away from
            error = translate(refusal)
            if not isinstance(error, Transient) or attempt == _TRIES:
                raise error from refusal
        time.sleep(_PAUSE_S * 2**attempt * random.random())  # noqa: S311 - jitter
        attempt += 1
