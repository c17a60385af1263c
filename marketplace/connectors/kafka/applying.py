"""Running a plan: the calls of each step in order, each safe to repeat."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from marketplace.connectors.base import (
    Conflict,
    Lease,
    NeedsHuman,
    Permanent,
    Plan,
    StepResult,
)
from marketplace.connectors.kafka import acls, fetching, subject_rights, users
from marketplace.connectors.kafka.acls import Acl
from marketplace.connectors.kafka.config import KafkaConfig
from marketplace.connectors.kafka.links import Admin, patiently, provisioner
from marketplace.connectors.withdrawing import Withdrawn

type Call = dict[str, Any]


def apply(config: KafkaConfig, plan: Plan, lease: Lease) -> Iterator[StepResult]:
    """Run the steps in order and report each. Stops by raising a ConnectorError."""
    plan.check()
    for step in plan.steps:
        lease.fence()
        with provisioner(config) as admin:
            detail = [_ACTS[call["do"]](config, admin, call) for call in json.loads(step.do)]
        words = ", ".join(one for one in detail if one)
        yield StepResult(step.id, ok=True, detail=words, at=our_time())


def our_time() -> datetime:
    """Read our own clock: Kafka tells nobody the time."""
    return datetime.now(UTC)  # noqa: TID251 - see above


def withdraw(config: KafkaConfig, admin: Admin, login: str, *, due: datetime | None = None) -> int:
    """Delete the short-lived users of a consumer, or (with `due`) those that are over.

    The mark goes last: after a crash the next run finds it and ends what still stands.
    """
    gone = 0
    for user, marks in acls.marks(config, acls.read(admin)).items():
        mark = next((one for one in marks if one.get("credential_of") == login), None)
        if mark is None or (due is not None and datetime.fromisoformat(mark["until"]) > due):
            continue
        delete(config, admin, user)
        gone += 1
    return gone


def delete(config: KafkaConfig, admin: Admin, user: str) -> None:
    """Delete a user of ours: its rights, itself, its mark."""
    stands = acls.read(admin, user)
    acls.take(admin, [one for one in stands if not one.is_mark])
    if config.rules_subjects:
        subject_rights.settle(config, user, frozenset())
    users.forget(admin, config, user)
    acls.take(admin, [one for one in stands if one.is_mark])


def drop_one(config: KafkaConfig, user: str) -> Withdrawn:
    """Drop one short-lived user with its rights; what is not ours is refused.

    An open session of it stays open and is refused at its next fetch.
    """
    with provisioner(config) as admin:
        marks = acls.marks(config, acls.read(admin, user)).get(user, [])
        ours = any("credential_of" in one for one in marks)
        if not ours and users.read(admin, config, [user]):
            raise Permanent(f"{user} is not a short-lived login of ours")
        if ours:
            delete(config, admin, user)
        left = len(acls.read(admin, user)) + len(users.read(admin, config, [user]))
    words = "neither user nor rules" if not left else "something of the user stands"
    return Withdrawn(user, existed=ours, sessions=None, gone=not left, read_back=words)


def _mark(config: KafkaConfig, admin: Admin, call: Call) -> str:
    """Mark a user, unless it is: making a login again must not forget an end that stands."""
    if call["login"] in acls.marks(config, acls.read(admin, call["login"])):
        return "marked already"
    acls.give(admin, _rules_in(call))
    return "marked"


def _user(config: KafkaConfig, admin: Admin, call: Call) -> str:
    login = call["login"]
    stands = users.read(admin, config, [login]).get(login)
    if stands is None:
        users.make(admin, config, login, config.password_of(login), call["iterations"])
        return "user made"
    if stands != config.iterations_of(login):
        raise NeedsHuman(f"the user {login} exists and is not ours")
    return "user stood already"


def _only_ours(config: KafkaConfig, admin: Admin, call: Call) -> str:
    """Give no right to a user that is gone, or that somebody else made."""
    login = call["login"]
    if users.read(admin, config, [login]).get(login) != config.iterations_of(login):
        raise Conflict(f"there is no user {login} of ours any more")
    return ""


def _rules(config: KafkaConfig, admin: Admin, call: Call) -> str:
    del config
    return acls.settle(admin, call["login"], _rules_in(call), call["on"])


def _rules_in(call: Call) -> set[Acl]:
    return {Acl(*one) for one in call["rules"]}


def _subjects(config: KafkaConfig, admin: Admin, call: Call) -> str:
    del admin
    return subject_rights.settle(config, call["login"], frozenset(call["subjects"]))


def _withdraw(config: KafkaConfig, admin: Admin, call: Call) -> str:
    return f"{withdraw(config, admin, call['login'])} withdrawn"


def _forget(config: KafkaConfig, admin: Admin, call: Call) -> str:
    """Delete the user; one that somebody else made under this name stays, without a right."""
    login = call["login"]
    stands = users.read(admin, config, [login]).get(login)
    if stands not in {None, config.iterations_of(login)}:
        return "the user is another's and stays"
    return "user deleted" if users.forget(admin, config, login) else "was not there"


def _await_refusal(config: KafkaConfig, admin: Admin, call: Call) -> str:
    """Fetch with what an open session has, until the brokers refuse it."""
    del admin
    found = patiently(
        config.settle_s,
        lambda: fetching.tries_fetch(config, call["login"], call["topic"], "mp"),
        lambda one: one.outcome != "allowed",
    )
    return (
        "the next fetch is refused" if found.outcome != "allowed" else "a fetch is still answered"
    )


_ACTS: Final[Mapping[str, Callable[[KafkaConfig, Admin, Call], str]]] = {
    "mark": _mark,
    "user": _user,
    "only-ours": _only_ours,
    "rules": _rules,
    "subjects": _subjects,
    "withdraw": _withdraw,
    "forget": _forget,
    "await-refusal": _await_refusal,
}
