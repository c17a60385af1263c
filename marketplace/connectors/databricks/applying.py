"""Running a plan: a line is SQL or a request; what was granted is read until it is told back."""

import time
from collections.abc import Iterator
from typing import Any, Final

from marketplace.connectors.base import Lease, Plan, Step, StepResult, Transient
from marketplace.connectors.databricks import statements
from marketplace.connectors.databricks.client import (
    MISSING,
    PRINCIPALS,
    Client,
    Consumer,
    NoSuchThing,
    Refusal,
    as_body,
    translate,
)
from marketplace.connectors.databricks.config import DatabricksConfig
from marketplace.connectors.sql import applying
from marketplace.connectors.sql.applying import Raced

_PAUSE_S: Final = 0.1
_SEEN_WITHIN_S: Final = 30.0
_FIRST_LOOK_S: Final = 0.02
_LONGEST_LOOK_S: Final = 2.0
_METHODS: Final = ("POST ", "PATCH ")
_HISTORY: Final = "/api/2.0/sql/history/queries"


def apply(
    client: Client, config: DatabricksConfig, plan: Plan, lease: Lease
) -> Iterator[StepResult]:
    """Run the steps in order and report each. Stops by raising a ConnectorError."""

    def run(step: Step) -> StepResult:
        try:
            words = [_line(client, config, step, one) for one in statements.parts(step.do)]
        except Refusal as refusal:
            error = translate(refusal)
            if not isinstance(error, Transient):
                raise error from refusal
            met, cause = error, refusal
        else:
            return StepResult(step_id=step.id, ok=True, detail=words[-1], at=client.moment())
        raise Raced(met) from cause

    return applying.apply(plan, lease, run, pause_s=_PAUSE_S)


def _line(client: Client, config: DatabricksConfig, step: Step, line: str) -> str:
    consumer = None
    if "<" in line and f"<mp_{config.env}_" in line:
        login = line.partition(f"<mp_{config.env}_")[2].partition(">")[0]
        consumer = client.consumer(f"mp_{config.env}_{login}")
        if consumer is None and step.id.startswith(("leave:", "sessions:")):
            return "nobody is there"
        if consumer is None:
            raise Transient("the consumer's service principal is not there yet", 1.0)
        line = line.replace(f"<{consumer.name}>", consumer.application)
    if line.startswith(statements.CANCEL):
        return "nothing to cancel" if consumer is None else _cancel(client, consumer)
    if not line.startswith(_METHODS):
        return _sql(client, step, line)
    method, path, body = line.split(" ", 2)
    if path == PRINCIPALS:
        return _make(client, as_body(body))
    return _request(client, step, (method, path), as_body(body))


def _sql(client: Client, step: Step, line: str) -> str:
    try:
        client.run(line)
    except Refusal as refusal:
        if refusal.code not in MISSING or not step.id.startswith("leave:"):
            raise
    return "done"


def _make(client: Client, body: dict[str, Any]) -> str:
    """Make a service principal once: names are not unique there, so two makers look again."""
    login = body["displayName"]
    if client.consumer(login) is not None:
        return "stands"
    made = str(client.do("POST", PRINCIPALS, body)["id"])
    first = client.consumer(login)
    if first is not None and first.id != made:
        client.do("DELETE", f"{PRINCIPALS}/{made}")
        return "another worker made it"
    return "made"


def _request(client: Client, step: Step, where: tuple[str, str], body: dict[str, Any]) -> str:
    method, path = where
    try:
        client.do(method, path, body)
    except NoSuchThing as error:
        if step.id.startswith("leave:"):
            return "nothing is there"
        raise Transient(str(error), 1.0) from error
    if path.startswith(f"{statements.CATALOG_ROOT}/permissions/"):
        _until_told_back(client, path, body["changes"])
    return "done"


def _until_told_back(client: Client, path: str, changes: list[dict[str, Any]]) -> None:
    """Read the grants until they are what was written. Raises Transient when they are not."""
    ends, pause = time.monotonic() + _SEEN_WITHIN_S, _FIRST_LOOK_S
    while True:
        said = client.do("GET", path)
        held = {
            str(one["principal"]): {str(what).upper() for what in one.get("privileges") or []}
            for one in said.get("privilege_assignments") or []
        }
        if all(
            set(one.get("add", [])) <= held.get(one["principal"], set())
            and not set(one.get("remove", [])) & held.get(one["principal"], set())
            for one in changes
        ):
            return
        if time.monotonic() > ends:
            raise Transient("Unity Catalog does not tell back what was granted", 5.0)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_LOOK_S)


def cancel_all(client: Client, login: str) -> int:
    """Cancel what a consumer is running. Returns how many statements."""
    consumer = client.consumer(login)
    return 0 if consumer is None else _cancelled(client, consumer)


def _cancel(client: Client, consumer: Consumer) -> str:
    return f"{_cancelled(client, consumer)} cancelled"


def _cancelled(client: Client, consumer: Consumer) -> int:
    query = {
        "filter_by.statuses": ["QUEUED", "RUNNING"],
        "filter_by.user_ids": [consumer.id],
        "max_results": 100,
    }
    running = client.do("GET", _HISTORY, query=query).get("res") or []
    for one in running:
        client.do("POST", f"/api/2.0/sql/statements/{one['query_id']}/cancel")
    return len(running)
