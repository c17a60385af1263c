"""Running a plan: the calls of each step in order, each safe to repeat."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from marketplace.connectors.base import Conflict, Lease, NeedsHuman, Permanent, Plan, StepResult
from marketplace.connectors.rabbitmq import management
from marketplace.connectors.rabbitmq.config import RabbitmqConfig
from marketplace.connectors.rabbitmq.management import ask, path
from marketplace.connectors.rabbitmq.statements import HIDDEN_HASH
from marketplace.connectors.withdrawing import Withdrawn


def apply(config: RabbitmqConfig, plan: Plan, lease: Lease) -> Iterator[StepResult]:
    """Run the steps in order and report each. Stops by raising a ConnectorError."""
    plan.check()
    for step in plan.steps:
        lease.fence()
        detail, at = [], None
        for call in json.loads(step.do):
            word, at = _run(config, call)
            detail.append(word)
        yield StepResult(step.id, ok=True, detail=", ".join(detail), at=at or server_time(config))


def server_time(config: RabbitmqConfig) -> datetime:
    """Read the server's clock, whole seconds."""
    return ask(config, "GET", "whoami").at


def _run(config: RabbitmqConfig, call: dict[str, Any]) -> tuple[str, datetime | None]:
    if call.get("do") == "close":
        return f"{management.close_connections(config, {call['login']})} ended", None
    if call.get("do") == "withdraw":
        return f"{withdraw(config, call['login'])} withdrawn", None
    method, where, body = call["method"], call["path"], call.get("body")
    if where.startswith("users/") and method == "PUT":
        stands = management.get(config, "users", unquote(where.removeprefix("users/")))
        _not_anothers(config, where, stands)
        if stands is None and call.get("if_there"):
            return "was not there", None
        body = call["body"] | {"password_hash": _hash(config, where, call["body"])}
    if call.get("unless_there") and ask(config, "GET", where).value is not None:
        return "stood already", None
    if method == "PUT":
        _ask_there(config, where)
    answer = ask(config, method, where, body)
    return str(answer.status), answer.at


def _ask_there(config: RabbitmqConfig, where: str) -> None:
    """Refuse to give rights to a user that is gone: the API would keep them for a new one."""
    if where.startswith("permissions/"):
        login = unquote(where.rsplit("/", 1)[-1])
        if management.get(config, "users", login) is None:
            raise Conflict(f"there is no user {login} any more")


def _not_anothers(config: RabbitmqConfig, where: str, stands: Any) -> None:
    """Never touch a user that somebody else made under a name of ours."""
    login = unquote(where.removeprefix("users/"))
    if stands is not None and stands["password_hash"] not in {"", config.hash_of(login)}:
        raise NeedsHuman(f"the user {login} exists and is not ours")


def _hash(config: RabbitmqConfig, where: str, body: dict[str, str]) -> str:
    """Put the hash where the shown statement says it is hidden."""
    login = unquote(where.removeprefix("users/"))
    shown = body["password_hash"]
    return config.hash_of(login) if shown == HIDDEN_HASH else shown


def withdraw(config: RabbitmqConfig, login: str, *, due: datetime | None = None) -> int:
    """Delete the short-lived users of a consumer, or (with `due`) those that are over.

    The mark goes last: after a crash the next run finds it and ends what is still open.
    """
    gone = 0
    for one in management.get(config, "global-parameters") or []:
        mark = config.ours(one["value"])
        if mark is None or mark.get("credential_of") != login:
            continue
        if due is not None and datetime.fromisoformat(mark["until"]) > due:
            continue
        ask(config, "DELETE", path("users", one["name"]))
        management.close_connections(config, {one["name"]})
        ask(config, "DELETE", path("global-parameters", one["name"]))
        gone += 1
    return gone


def drop_one(config: RabbitmqConfig, user: str) -> Withdrawn:
    """Drop one short-lived user and close its connections; what is not ours is refused.

    The mark goes last, as in `withdraw`.
    """
    found = management.get(config, "global-parameters", user)
    mark = config.ours(found["value"]) if found is not None else None
    stands = management.get(config, "users", user) is not None
    if stands and (mark is None or "credential_of" not in mark):
        raise Permanent(f"{user} is not a short-lived login of ours")
    ended = 0
    if mark is not None:
        ask(config, "DELETE", path("users", user))
        ended = management.close_connections(config, {user})
        ask(config, "DELETE", path("global-parameters", user))
    gone = management.get(config, "users", user) is None
    words = "no such user" if gone else "the user stands"
    return Withdrawn(user, existed=mark is not None, sessions=ended, gone=gone, read_back=words)


def in_use(config: RabbitmqConfig, users: Collection[str]) -> frozenset[str]:
    """Give which of these users have an open connection now."""
    opened = {one.get("user") for one in management.get(config, "connections") or []}
    return frozenset(opened & set(users))
