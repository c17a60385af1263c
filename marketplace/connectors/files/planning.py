"""From what stands to what is wanted: pure, least, and shrinking before it grows."""

import json
from dataclasses import asdict
from typing import Any, Final

from marketplace.connectors.base import Observed, Plan, PortDesired, Principal, Step
from marketplace.connectors.files.config import FilesConfig

_BLOCKING: Final = {
    "base-missing": "there are no files of the base relation",
    "column-missing": "the base relation lacks a column",
    "filter-unfit": "a row filter's value is of another type than its column",
}
_RISKS: Final = {
    "disentitle": "narrows",
    "leave": "narrows",
    "sessions": "interrupts",
    "publish": "replaces",
    "join": "widens",
    "entitle": "widens",
}


def plan(config: FilesConfig, desired: PortDesired, observed: Observed) -> Plan:
    """Work out the least change; what is not ours or cannot be read is left for a person."""
    handle = desired.variant.handle(config.env)
    if "" in observed.drifted("handle-not-ours"):
        return Plan.of(handle, (), ("the handle's document exists and is not ours",))
    withheld = tuple(
        f"{words}: {detail}" if detail else words
        for code, words in _BLOCKING.items()
        for detail in observed.drifted(code)
    )
    steps: list[Step] = []
    wanted = {member.principal: member for member in desired.members}
    held = {one.principal: one for one in observed.members}
    remade = {one.principal for one in observed.members if "identity" in one.missing}
    for principal in sorted(held.keys() - wanted.keys()):
        steps += [_step(verb, principal) for verb in ("disentitle", "sessions", "leave")]
    if not withheld:
        if not observed.exists or observed.view_digest != desired.variant.digest:
            replaces = bool(observed.view_digest or observed.drifted("view-altered"))
            risk = "replaces" if replaces else "none"
            steps.append(_step("publish", risk=risk, variant=asdict(desired.variant)))
        for principal, member in sorted(wanted.items()):
            stands = held.get(principal)
            same = stands is not None and stands.complete and stands.as_member() == member
            if principal in remade or same:
                continue
            until = member.valid_until.isoformat() if member.valid_until else None
            steps += [_step("login", principal), _step("join", principal)]
            steps.append(_step("entitle", principal, until=until, agreement=member.agreement_id))
    withheld += tuple(
        f"the consumer {principal} was deleted and made again by somebody else"
        for principal in sorted(remade & wanted.keys())
    )
    return Plan.of(handle, tuple(steps), withheld)


def _step(verb: str, principal: Principal | None = None, risk: str = "", **facts: Any) -> Step:
    """Write a step; its statement is JSON, as the control folder is."""
    if principal is not None:
        facts["principal"] = [principal.kind, principal.key]
    return Step(
        id=verb if principal is None else f"{verb}:{principal}",
        do=json.dumps({"do": verb, **facts}, default=str, sort_keys=True, ensure_ascii=False),
        undo="",
        reversible=False,
        risk=risk or _RISKS.get(verb, "none"),
    )
