"""Running a plan: the calls of each step in order, each safe to repeat."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marketplace.connectors.aws import documents, iam
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.documents import Document
from marketplace.connectors.aws.iam import Role
from marketplace.connectors.base import Conflict, Lease, Plan, StepResult

type Verb = Callable[[Aws, dict[str, Any]], str]
type There = Callable[[str], Role]
"""Reads a role of ours by its ARN, as `iam.must_be_there` does, once for all calls of a step."""


def apply(
    aws: Aws,
    actions: tuple[str, ...],
    plan: Plan,
    lease: Lease,
    more: Callable[[There], Mapping[str, Verb]],
) -> Iterator[StepResult]:
    """Run the steps in order and report each. `more` gives the verbs of one connector alone."""
    plan.check()
    for step in plan.steps:
        lease.fence()
        there: There = functools.cache(functools.partial(iam.must_be_there, aws))
        verbs = {**_verbs(actions, there), **more(there)}
        done = [verbs[call["do"]](aws, call) for call in json.loads(step.do)]
        yield StepResult(step.id, ok=True, detail=", ".join(done), at=aws.last_heard())


def _verbs(actions: tuple[str, ...], there: There) -> Mapping[str, Verb]:
    return {
        "policy": _policy,
        "mark": lambda aws, call: _mark(aws, actions, call),
        "role": _role,
        "attach": lambda aws, call: _attach(aws, there, call),
        "bound": lambda aws, call: _bound(aws, there, call),
        "trust": lambda aws, call: _trust(aws, there, call),
        "cut": lambda aws, call: _cut(aws, actions, call),
        "forget": lambda aws, call: iam.forget(aws, call["role"], call["mark"]),
    }


def _policy(aws: Aws, call: dict[str, Any]) -> str:
    return iam.put_policy(aws, call["policy"], call["document"], call["tags"])


def _mark(aws: Aws, actions: tuple[str, ...], call: dict[str, Any]) -> str:
    """Write a mark; the moment of the last cut stays in it."""
    stands = iam.policy(aws, call["policy"])
    if call.get("unless_there"):
        if stands is not None and stands.is_ours(aws.config):
            return "mark stood already"
        return iam.write_policy(aws, call["policy"], stands, call["document"], call["tags"])
    if stands is None:
        raise Conflict(f"the mark {iam.name_of(call['policy'])} is gone")
    document = iam.marked(actions, stands.tags | call["tags"])
    return iam.write_policy(aws, call["policy"], stands, document, call["tags"])


def _role(aws: Aws, call: dict[str, Any]) -> str:
    trust = _with_word(aws, call["role"], call["trust"])
    return "role " + iam.make_role(aws, call["role"], trust, call["tags"], call["mark"])


def _attach(aws: Aws, there: There, call: dict[str, Any]) -> str:
    there(call["role"])
    asked = {"RoleName": iam.name_of(call["role"]), "PolicyArn": call["policy"]}
    aws.ask("iam", "attach_role_policy", asked)
    return "attached"


def _bound(aws: Aws, there: There, call: dict[str, Any]) -> str:
    found = there(call["role"])
    if not call["boundary"] or found.boundary == call["boundary"]:
        return "bounded"
    name = iam.name_of(call["role"])
    asked = {"RoleName": name, "PermissionsBoundary": call["boundary"]}
    aws.ask("iam", "put_role_permissions_boundary", asked)
    return "bounded anew"


def _trust(aws: Aws, there: There, call: dict[str, Any]) -> str:
    mark = call["role"].replace(":role/", ":policy/", 1)
    if call["if_there"]:
        if iam.own_role(aws, call["role"], mark) is None:
            return "was not there"
    else:
        there(call["role"])
    iam.set_trust(aws, call["role"], _with_word(aws, call["role"], call["document"]))
    return "closed" if call["if_there"] else "open"


def _cut(aws: Aws, actions: tuple[str, ...], call: dict[str, Any]) -> str:
    return "sessions cut" if iam.cut(aws, call["policy"], actions) else "was not there"


def _with_word(aws: Aws, role: str, document: Document) -> Document:
    """Put the word where the shown statement says it is hidden."""
    word = aws.config.external_id(iam.handle_in(role), iam.name_of(role))
    text = json.dumps(document).replace(documents.HIDDEN, word)
    filled: Document = json.loads(text)
    return filled
