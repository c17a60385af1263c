"""A platform that lives in this process: for tests, with faults on demand.

It answers the same questions as the real ones (`tests/connectors/contract.py`), so what passes on
it is not wishful. Its evidence is labelled `simulated`, never `proven`.
"""

import json
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, Self

from marketplace.connectors.base import (
    Capabilities,
    Column,
    ColumnInfo,
    ColumnProfile,
    ConnectorError,
    ConnInfo,
    Finding,
    Grant,
    Lease,
    Limits,
    Member,
    Observed,
    ObservedMember,
    Permanent,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    Probe,
    ProbeDetail,
    QueryRefused,
    RowFilter,
    Rows,
    Schema,
    Step,
    StepResult,
)
from marketplace.connectors.grants import PRINCIPAL_KINDS
from marketplace.connectors.histogram import bins_of

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda cell, value: cell is not None and cell == value,
    "<>": lambda cell, value: cell is not None and cell != value,
    "<": lambda cell, value: cell is not None and cell < value,
    "<=": lambda cell, value: cell is not None and cell <= value,
    ">": lambda cell, value: cell is not None and cell > value,
    ">=": lambda cell, value: cell is not None and cell >= value,
    "in": lambda cell, value: cell in value,
    "not in": lambda cell, value: cell is not None and cell not in value,
    "is null": lambda cell, _: cell is None,
    "is not null": lambda cell, _: cell is not None,
}


def _system_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this platform's own clock


@dataclass
class Table:
    """A base relation: names and rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)


@dataclass
class Handle:
    """What stands of one port variant."""

    variant: PortVariant | None = None
    altered: bool = False
    members: dict[Principal, int] = field(default_factory=dict)
    entitled: dict[Principal, tuple[Member, int]] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)


@dataclass
class MemoryPlatform:
    """The state of the platform, with the levers a test pulls.

    `faults`: errors raised before the next steps, one each. `busy`: an error for whatever is asked,
    counted in `refused`. `lies`: steps answer success and do nothing. `writes` counts every change.
    """

    tables: dict[tuple[str, str], Table] = field(default_factory=dict)
    handles: dict[str, Handle] = field(default_factory=dict)
    logins: dict[Principal, int] = field(default_factory=dict)
    registered: dict[Principal, int] = field(default_factory=dict)
    sessions: dict[Principal, int] = field(default_factory=dict)
    faults: list[ConnectorError] = field(default_factory=list)
    busy: ConnectorError | None = None
    refused: int = 0
    lies: bool = False
    findings: list[Finding] = field(default_factory=list)
    writes: int = 0
    clock: Callable[[], datetime] = _system_clock
    lock: threading.RLock = field(default_factory=threading.RLock)

    def ask(self) -> None:
        """Take a question, unless there are too many. Raises what `busy` holds."""
        if self.busy is not None:
            self.refused += 1
            raise self.busy

    def new_login(self, principal: Principal) -> int:
        """Make a login with a number of its own."""
        self.writes += 1
        self.logins[principal] = number = self.writes
        return number


class MemoryConnector:
    """The connector of a `MemoryPlatform`."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "memory"
    version: ClassVar[str] = "1"

    def __init__(self, platform: MemoryPlatform | None = None, *, env: str = "test") -> None:
        self.platform = platform or MemoryPlatform()
        self.env = env

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make an empty platform; `env` is the only setting."""
        return cls(**config)

    def capabilities(self) -> Capabilities:
        """Describe it."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset({"columns", "rows"}),
            native_expiry=True,
            revoke_reach="statement",
            revoke_sla_s=1.0,
            readback_lag_s=0.0,
            max_grantees=None,
            billing="none",
            supports=frozenset({"query", "credentials", "describe", "profile", "sample"}),
        )

    def check(self) -> list[Finding]:
        """Give what the test put there."""
        return list(self.platform.findings)

    # --- grants --------------------------------------------------------------------------------

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read one handle."""
        with self.platform.lock:
            self.platform.ask()
            handle = self.platform.handles.get(variant.handle(self.env))
            if handle is None:
                return Observed(exists=False, view_digest="", members=frozenset())
            asked = {*handle.members, *handle.entitled}
            if principals is not None:
                asked &= principals
            members = frozenset(self._member(handle, one) for one in asked)
            shown = handle.variant.digest if handle.variant and not handle.altered else ""
            drift = ["view-altered"] * handle.altered
            drift += [
                f"login-remade:{one.principal}"
                for one in sorted(members, key=lambda one: one.principal)
                if "identity" in one.missing
            ]
            return Observed(
                exists=True,
                view_digest=shown,
                members=members,
                foreign=tuple(sorted(handle.foreign)),
                drift=tuple(drift),
            )

    def _member(self, handle: Handle, principal: Principal) -> ObservedMember:
        member, number = handle.entitled.get(principal, (Member(principal, None, ""), 0))
        login = self.platform.logins.get(principal)
        missing = {
            "login": login is None,
            "identity": login is not None and self.platform.registered.get(principal) != login,
            "membership": handle.members.get(principal) != login,
            "entitlement": number == 0,
        }
        return ObservedMember(
            principal=principal,
            valid_until=member.valid_until,
            agreement_id=member.agreement_id,
            missing=frozenset(part for part, is_missing in missing.items() if is_missing),
        )

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Compare; removals first."""
        steps: list[Step] = []
        wanted = {member.principal: member for member in desired.members}
        held = {one.principal: one for one in observed.members}
        remade = {one.principal for one in observed.members if "identity" in one.missing}
        for principal in sorted(held.keys() - wanted.keys()):
            steps += [_step(verb, principal) for verb in ("disentitle", "sessions", "leave")]
        if observed.view_digest != desired.variant.digest:
            steps.append(_step("publish", variant=asdict(desired.variant)))
        for principal, member in sorted(wanted.items()):
            stands = held.get(principal)
            if principal in remade or (stands and stands.complete and stands.as_member() == member):
                continue
            steps += [_step("login", principal), _step("join", principal)]
            until = member.valid_until.isoformat() if member.valid_until else None
            steps.append(_step("entitle", principal, until=until, agreement=member.agreement_id))
        withheld = tuple(
            f"the login of {principal} was deleted and made again by somebody else"
            for principal in sorted(remade & wanted.keys())
        )
        return Plan.of(desired.variant.handle(self.env), tuple(steps), withheld)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps; a fault put there by the test is raised before its step."""
        plan.check()
        for step in plan.steps:
            lease.fence()
            with self.platform.lock:
                self.platform.ask()
                if self.platform.faults:
                    raise self.platform.faults.pop(0)
                if not self.platform.lies:
                    self._do(plan.handle, step)
                result = StepResult(step.id, ok=True, detail="done", at=self.platform.clock())
            yield result

    def _do(self, name: str, step: Step) -> None:
        platform = self.platform
        platform.writes += 1
        handle = platform.handles.setdefault(name, Handle())
        change = json.loads(step.do)
        verb = change["do"]
        if verb == "publish":
            handle.variant, handle.altered = _variant(change["variant"]), False
            return
        principal = Principal(*change["principal"])
        if verb == "disentitle":
            handle.entitled.pop(principal, None)
        elif verb == "sessions":
            platform.sessions.pop(principal, None)
        elif verb == "leave":
            handle.members.pop(principal, None)
        elif verb == "login":
            if principal not in platform.logins:
                platform.registered[principal] = platform.new_login(principal)
        elif verb == "join":
            handle.members[principal] = platform.logins[principal]
        else:
            until = change["until"] and datetime.fromisoformat(change["until"])
            member = Member(principal, until, change["agreement"])
            handle.entitled[principal] = (member, platform.logins[principal])

    # --- proof and reading ---------------------------------------------------------------------

    def _access(self, grant: Grant) -> tuple[Handle | None, bool, bool]:
        """Find the handle, and whether the principal is a member and entitled now."""
        platform, principal = self.platform, grant.principal
        platform.ask()
        handle = platform.handles.get(grant.variant.handle(self.env))
        login = platform.logins.get(principal)
        if handle is None or login is None:
            return handle, False, False
        member, number = handle.entitled.get(principal, (Member(principal, None, ""), 0))
        running = member.valid_until is None or member.valid_until > platform.clock()
        return handle, handle.members.get(principal) == login, number == login and running

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Simulate both directions."""
        with self.platform.lock:
            handle, joined, entitled = self._access(grant)
        positive = joined and entitled and handle is not None and handle.variant is not None
        details = (
            ProbeDetail("entitlement", "", "00000", "allowed" if entitled else "empty"),
            ProbeDetail("published view", "", "00000", "allowed" if joined else "refused"),
            ProbeDetail("control object", "", "42501", "refused"),
            ProbeDetail("base relation", "", "42501", "refused"),
        )
        return Probe(
            level="simulated",
            positive=positive,
            negative=True,
            expected="access" if expect_access else "no_access",
            ok=positive == expect_access,
            details=details,
            at=self.platform.clock(),
            connector=self.kind,
            connector_version=self.version,
        )

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Invent a way in; it opens nothing."""
        if not all(self._access(grant)[1:]):
            raise QueryRefused("access-ended", "There is no access to this port at the moment.")
        return ConnInfo(
            host="memory",
            port=1,
            database="memory",
            user=grant.principal.role(self.env),
            password=secrets.token_urlsafe(24),
            expires_at=self.platform.clock() + ttl,
            relation=f"{grant.variant.relation_schema}.{grant.variant.relation_name}",
            url="memory:",
        )

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Read the published view whole: the only query it knows is `SELECT * FROM relation`."""
        relation = f"{grant.variant.relation_schema}.{grant.variant.relation_name}"
        if cancel is not None and cancel.is_set():
            raise QueryRefused("query-cancelled", "The query was cancelled.")
        with self.platform.lock:
            handle, joined, entitled = self._access(grant)
            if not (joined and entitled) or handle is None or handle.variant is None:
                raise QueryRefused("access-ended", "There is no access to this port at the moment.")
            words = sql.replace('"', "").split()
            if [word.lower() for word in words] != ["select", "*", "from", relation.lower()]:
                raise QueryRefused("syntax-error", f"Only the whole {relation} can be read.")
            return self.sample(handle.variant, limits.rows)

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:  # noqa: ARG002 - the Protocol's
        """Forget the open sessions of a principal."""
        return self.platform.sessions.pop(principal, 0)

    def _table(self, schema: str, table: str) -> Table:
        try:
            return self.platform.tables[schema, table]
        except KeyError:
            raise Permanent(f"there is no relation {schema}.{table}") from None

    def describe(self, schema: str, table: str) -> Schema:
        """List the columns."""
        found = self._table(schema, table)
        columns = tuple(
            ColumnInfo(name, "text", nullable=True, primary_key=False, comment="")
            for name in found.columns
        )
        return Schema(schema, table, "table", columns, "", len(found.rows))

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the first rows."""
        if isinstance(target, PortVariant):
            table = self._table(target.base_schema, target.base_table)
            shown, filters = target.columns, target.row_filters
        else:
            table = self._table(*target)
            shown, filters = table.columns, ()
        place = {name: index for index, name in enumerate(table.columns)}
        rows = [
            tuple(row[place[name]] for name in shown)
            for row in table.rows
            if all(_COMPARE[one.op](row[place[one.column]], one.value) for one in filters)
        ]
        columns = tuple(Column(name, "text") for name in shown)
        return Rows(columns, rows[:limit], truncated=len(rows) > limit, elapsed_ms=0.0)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Count the values."""
        rows = self.sample(target, limit)
        return tuple(
            _profile(column.name, [row[index] for row in rows.rows])
            for index, column in enumerate(rows.columns)
        )


def _profile(name: str, cells: list[Any]) -> ColumnProfile:
    there = [cell for cell in cells if cell is not None]
    counts = Counter(str(cell) for cell in there)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ColumnProfile(
        name=name,
        sampled=len(cells),
        nulls=len(cells) - len(there),
        distinct=len(counts),
        minimum=str(min(there)) if there else None,
        maximum=str(max(there)) if there else None,
        top=tuple(ranked[:5]),
        bins=bins_of(there),
    )


def _step(verb: str, principal: Principal | None = None, **facts: Any) -> Step:
    """Write a step; its statement is JSON."""
    risks = {"join": "widens", "entitle": "widens", "disentitle": "narrows", "leave": "narrows"}
    risks |= {"sessions": "interrupts", "publish": "replaces"}
    if principal is not None:
        facts["principal"] = [principal.kind, principal.key]
    return Step(
        id=verb if principal is None else f"{verb}:{principal}",
        do=json.dumps({"do": verb, **facts}, default=str),
        undo="",
        reversible=False,
        risk=risks.get(verb, "none"),
    )


def _variant(facts: dict[str, Any]) -> PortVariant:
    """Read a variant back from JSON."""
    filters = tuple(
        RowFilter(
            one["column"],
            one["op"],
            tuple(one["value"]) if isinstance(one["value"], list) else one["value"],
        )
        for one in facts.pop("row_filters")
    )
    return PortVariant(**{**facts, "columns": tuple(facts["columns"])}, row_filters=filters)
