"""Reading what stands: the account's claims and the stream's durable consumers, no writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from marketplace.connectors.base import Observed, ObservedMember, PortVariant, Principal
from marketplace.connectors.identifiers import role_name
from marketplace.connectors.nats import accounts
from marketplace.connectors.nats.config import NatsConfig, stream_of
from marketplace.connectors.nats.links import Link, NotThere, provisioner

type Facts = dict[str, Any]

_LETS_READ: Final = (
    "$JS.API.CONSUMER.MSG.NEXT.{stream}.any",
    "$JS.API.STREAM.MSG.GET.{stream}",
    "$JS.API.DIRECT.GET.{stream}",
)


@dataclass
class Standing:
    """What stands of one member: its scope in the account, its durable on the stream."""

    principal: Principal
    role: str
    generation: int = 0
    scope: Facts | None = None
    durable: Facts | None = None
    altered: bool = False

    @property
    def until(self) -> datetime | None:
        """The end of the access, as the durable holds it."""
        text = (self.durable or {}).get("metadata", {}).get("until", "")
        return datetime.fromisoformat(text) if text else None

    def member(self, config: NatsConfig, stream: str) -> ObservedMember:
        """Name what is missing."""
        ours = (
            self.scope and self.scope["key"] == config.scope_key(self.role, self.generation).public
        )
        rights = (self.scope or {}).get("template")
        missing = {
            "login": self.scope is None,
            "identity": self.scope is not None and not ours,
            "membership": rights != config.template(stream, self.role),
            "entitlement": self.durable is None or self.altered,
        }
        return ObservedMember(
            principal=self.principal,
            valid_until=self.until,
            agreement_id=(self.durable or {}).get("metadata", {}).get("agreement", ""),
            missing=frozenset(part for part, is_missing in missing.items() if is_missing),
        )


@dataclass
class State:
    """Everything about one handle."""

    standing: dict[str, Standing] = field(default_factory=dict)
    claims: Facts = field(default_factory=dict)
    stream: Facts | None = None


async def observe(
    config: NatsConfig, variant: PortVariant, principals: frozenset[Principal] | None
) -> Observed:
    """Read one handle."""
    name, subject = stream_of(variant)
    state = await read(config, variant)
    tag = config.tag_of(variant.handle(config.env))
    tags = [one.removeprefix(tag) for one in state.claims.get("tags", []) if one.startswith(tag)]
    chosen = [
        one for one in state.standing.values() if principals is None or one.principal in principals
    ]
    members = frozenset(one.member(config, name) for one in chosen)
    altered = any(one.altered for one in chosen)
    return Observed(
        exists=bool(tags),
        view_digest=tags[0] if len(tags) == 1 and not altered else "",
        members=members,
        foreign=tuple(_foreign(config, state, name, subject)),
        drift=tuple(_drift(state, subject, members, altered=altered)),
    )


async def read(config: NatsConfig, variant: PortVariant) -> State:
    """Read claims, stream and durables, and bring together what belongs to one consumer."""
    name, subject = stream_of(variant)
    handle, state = variant.handle(config.env), State()
    async with provisioner(config, config.system_account) as system:
        state.claims = (await accounts.read(system, config))["nats"]
    async with provisioner(config) as data:
        try:
            state.stream = await data.api(f"STREAM.INFO.{name}")
            durables = await _durables(data, name)
        except NotThere:
            durables = []
    for scope in accounts.scopes(state.claims):
        text = scope.get("description", "") if isinstance(scope, dict) else ""
        mark = config.read_mark(text, handle)
        if mark is not None or _is_a_role_of_ours(config, scope):
            _note(state, config, variant, mark, scope=scope)
    for durable in durables:
        mark = config.read_mark(durable.get("metadata", {}).get("emporion", ""), handle)
        _note(state, config, variant, mark, durable=durable, subject=subject)
    _adopt_unmarked(state)
    return state


async def _durables(data: Link, stream: str) -> list[Facts]:
    found: list[Facts] = []
    while True:
        page = await data.api(f"CONSUMER.LIST.{stream}", {"offset": len(found)})
        found += [one["config"] for one in page.get("consumers") or []]
        if len(found) >= page["total"] or not page.get("consumers"):
            return found


def _is_a_role_of_ours(config: NatsConfig, scope: Any) -> bool:
    """Whether a scope has the name of a role of ours, though its mark is gone."""
    return isinstance(scope, dict) and str(scope.get("role", "")).startswith(config.role_prefix)


def _note(
    state: State,
    config: NatsConfig,
    variant: PortVariant,
    mark: Mapping[str, Any] | None,
    *,
    scope: Facts | None = None,
    durable: Facts | None = None,
    subject: str = "",
) -> None:
    """Put one find to its member; without a mark only under a role that is known from elsewhere."""
    role = str((scope or {}).get("role") or (durable or {}).get("name"))
    if mark is None:
        if role in state.standing or scope is not None:
            state.standing.setdefault(role, Standing(Principal("user", role), role)).scope = scope
        return
    principal = Principal(mark["kind"], mark["key"])
    if config.role_of(variant, principal) != role:
        return  # a copy of a mark under another name is not ours
    stands = state.standing.setdefault(role, Standing(principal, role))
    stands.principal = principal
    if scope is not None:
        stands.scope, stands.generation = scope, int(mark["generation"])
    if durable is not None:
        stands.durable = durable
        stands.altered = not _as_we_left_it(durable, subject)


def _adopt_unmarked(state: State) -> None:
    """Forget scopes of other handles: those whose consumer nothing here names."""
    for role, stands in list(state.standing.items()):
        if stands.principal == Principal("user", role):
            del state.standing[role]


def _as_we_left_it(durable: Facts, subject: str) -> bool:
    """Whether the durable still shows this subject, only it, and only to who pulls."""
    return (
        durable.get("filter_subject") == subject
        and not durable.get("filter_subjects")
        and not durable.get("deliver_subject")
    )


def _foreign(config: NatsConfig, state: State, stream: str, subject: str) -> list[str]:
    """Say who else in the account may read the stream, by the rights of the scopes."""
    own = config.own_key(config.account).public
    reading = [pattern.format(stream=stream) for pattern in _LETS_READ]
    found = []
    for scope in accounts.scopes(state.claims):
        if not isinstance(scope, dict):
            found.append(f"signing key {scope} may let in anybody with any right")
        elif scope["key"] != own and not _ours(config, scope) and _reads(scope, reading, subject):
            found.append(f"{scope['role']} may read {subject} of {stream}, given in the account")
    return sorted(found)


def _ours(config: NatsConfig, scope: Facts) -> bool:
    """Whether this is the scope of a consumer of ours, on whichever port."""
    mark = config.read_mark(scope.get("description", ""))
    if mark is None:
        return _is_a_role_of_ours(config, scope)  # reported as remade, not as foreign
    role = role_name(config.env, "c", mark["handle"], mark["kind"], mark["key"])
    return bool(scope["key"] == config.scope_key(role, int(mark["generation"])).public)


def _reads(scope: Facts, reading: list[str], subject: str) -> bool:
    template = scope.get("template") or {}
    publish, subscribe = template.get("pub", {}), template.get("sub", {})
    return any(_may(publish, one) for one in reading) or _may(subscribe, subject)


def _may(rights: Facts, subject: str) -> bool:
    """Whether rights let a subject through: without a list of allowed ones, all are."""
    allowed, denied = rights.get("allow"), rights.get("deny") or []
    if any(covers(one, subject) for one in denied):
        return False
    return not allowed or any(covers(one.split(" ")[0], subject) for one in allowed)


def covers(pattern: str, subject: str) -> bool:
    """Whether a NATS pattern (`*` one token, `>` the rest) takes in a subject or a pattern."""
    wanted, parts = subject.split("."), pattern.split(".")
    for place, part in enumerate(parts):
        if part == ">":
            return len(wanted) > place
        if place >= len(wanted) or part not in {"*", wanted[place]}:
            return False
    return len(parts) == len(wanted)


def _holds(config: Facts, subject: str) -> bool:
    """Whether a stream stores this subject; one that copies another stream names none."""
    subjects = config.get("subjects") or []
    return not subjects or any(covers(one, subject) for one in subjects)


def _drift(
    state: State, subject: str, members: frozenset[ObservedMember], *, altered: bool
) -> list[str]:
    found = ["view-altered"] * altered
    if state.stream is None:
        found.append("stream-missing")
    elif not _holds(state.stream["config"], subject):
        found.append(f"stream-unfit:it does not hold the subject {subject}")
    found += [
        f"login-remade:{one.principal}"
        for one in sorted(members, key=lambda one: one.principal)
        if "identity" in one.missing
    ]
    return found
