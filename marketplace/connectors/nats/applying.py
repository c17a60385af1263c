"""Running a plan: each step is one change of the claims or one API call, and safe to repeat."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from marketplace.connectors.base import Conflict, Lease, NeedsHuman, Permanent, Plan, StepResult
from marketplace.connectors.brokers.messages import moment
from marketplace.connectors.nats import accounts, links
from marketplace.connectors.nats.config import OWN_STREAM, NatsConfig
from marketplace.connectors.nats.links import NotThere, provisioner
from marketplace.connectors.nats.statements import NOTHING

type Facts = dict[str, Any]
type Done = tuple[str, str]


def apply(config: NatsConfig, plan: Plan, lease: Lease) -> Iterator[StepResult]:
    """Run the steps in order and report each. Stops by raising a ConnectorError."""
    plan.check()
    for step in plan.steps:
        lease.fence()
        told = json.loads(step.do)
        if told.get("account") != config.account:
            raise Permanent("this plan is for another account")
        detail, at = links.run(_timed(config, told))
        yield StepResult(step.id, ok=True, detail=detail, at=at)


async def _timed(config: NatsConfig, told: Facts) -> tuple[str, datetime]:
    """Run one step; a server that named no moment is asked for one."""
    detail, at = await _ACTS[told["do"]](config, told)
    return detail, moment(at) if at else await server_time(config)


async def server_time(config: NatsConfig) -> datetime:
    """Read the server's clock."""
    async with provisioner(config) as data:
        answer = await data.api(f"STREAM.INFO.{OWN_STREAM}")
    return moment(answer["ts"])


async def end_sessions(config: NatsConfig, role: str) -> int:
    """Kick every connection let in under this role's scope; returns how many there were."""
    async with provisioner(config, config.system_account) as system:
        scope = accounts.scope_named((await accounts.read(system, config))["nats"], role)
        if scope is None:
            return 0  # the server cut them when the scope went
        asked = {"auth": True, "acc": config.account, "limit": 10_000}
        ended = 0
        for answer in await system.collect_all("$SYS.REQ.SERVER.PING.CONNZ", asked):
            server = answer["server"]["id"]
            for one in answer["data"]["connections"]:
                if one.get("issuer_key") == scope["key"]:
                    await system.ask(f"$SYS.REQ.SERVER.{server}.KICK", {"cid": one["cid"]})
                    ended += 1
    return ended


async def _tag(config: NatsConfig, told: Facts) -> Done:
    def edit(facts: Facts) -> None:
        others = [tag for tag in facts.get("tags", []) if not tag.startswith(told["prefix"])]
        if told["tag"] not in facts.get("tags", []) or len(others) + 1 != len(facts["tags"]):
            facts["tags"] = [*others, told["tag"]]

    return _said(await accounts.change(config, edit))


async def _scope(config: NatsConfig, told: Facts) -> Done:
    def edit(facts: Facts) -> None:
        role, mark = told["role"], told["mark"]
        stands = accounts.scope_named(facts, role)
        if stands is not None:
            held = config.read_mark(stands.get("description", ""), mark["handle"])
            generation = int((held or {}).get("generation", 0))
            if held is None or stands.get("key") != config.scope_key(role, generation).public:
                raise NeedsHuman(f"a signing key for {role} exists and is not ours")
            if not told["renew"]:
                return
            mark = mark | {"generation": generation + 1}
            accounts.scopes(facts).remove(stands)
        key = config.scope_key(role, mark["generation"]).public
        words = json.dumps(mark, sort_keys=True, separators=(",", ":"))
        scope = {"kind": "user_scope", "key": key, "role": role, "template": dict(NOTHING)}
        accounts.scopes(facts).append(scope | {"description": words})

    return _said(await accounts.change(config, edit))


async def _template(config: NatsConfig, told: Facts) -> Done:
    def edit(facts: Facts) -> None:
        scope = accounts.scope_named(facts, told["role"])
        if scope is None:
            raise Conflict(f"there is no signing key for {told['role']} any more")
        scope["template"] = told["template"]

    return _said(await accounts.change(config, edit))


async def _remove(config: NatsConfig, told: Facts) -> Done:
    def edit(facts: Facts) -> None:
        scope = accounts.scope_named(facts, told["role"])
        if scope is not None:
            accounts.scopes(facts).remove(scope)

    return _said(await accounts.change(config, edit))


async def _api(config: NatsConfig, told: Facts) -> Done:
    deletes = told["subject"].startswith("CONSUMER.DELETE.")
    async with provisioner(config) as data:
        try:
            answer = await data.api(told["subject"], told.get("body"))
        except NotThere:
            if not deletes:
                raise
            return "was not there", ""
    return "done", answer.get("ts", "")


async def _kick(config: NatsConfig, told: Facts) -> Done:
    return f"{await end_sessions(config, told['role'])} ended", ""


def _said(at: str) -> Done:
    return "account changed" if at else "stood already", at


_ACTS: Final[Mapping[str, Callable[[NatsConfig, Facts], Any]]] = {
    "tag": _tag,
    "scope": _scope,
    "template": _template,
    "remove": _remove,
    "api": _api,
    "kick": _kick,
}
