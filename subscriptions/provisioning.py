"""Make a platform agree with what was decided: wanted set against observed, then proof.

No transaction is open while a platform is spoken to. A worker holds a lease on one handle; every
step asks the fence first, and results are written only while the fence is still its own.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db.models import Q
from django.db.models.functions import Now

from catalog.queries import connector_of, variant_of
from marketplace.connectors.base import (
    Connector,
    ConnectorError,
    Member,
    Observed,
    ObservedMember,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    Probe,
    RowFilter,
    StaleLease,
    StepResult,
)
from marketplace.connectors.base import Grant as Access
from marketplace.kernel.clock import now
from subscriptions.drift import Found, classify
from subscriptions.models import AccessRequest, Grant, Handle
from subscriptions.states import GrantState

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
_SURE = 0.25
_PROBES = 4
ENDED = (GrantState.VERIFIED_REMOVED,)


@dataclass(slots=True)
class HandleLease:
    """The right to change one handle. ``fence`` renews it, or refuses.

    Nobody else can take a handle before its lease is over, so what the database said a moment
    ago (``_SURE`` seconds of this machine's clock, which also runs while the process is stopped)
    still holds.
    """

    handle_id: Any
    number: int
    asked: float = float("-inf")

    def fence(self) -> None:
        """Return if the lease is still ours, with at least half of its time ahead."""
        if time.monotonic() - self.asked < _SURE:
            return
        self._ask()
        self.asked = time.monotonic()

    def _ask(self) -> None:
        ours = Handle.objects.filter(pk=self.handle_id, fence=self.number)
        if ours.filter(lease_until__gt=Now() + LEASE / 2).exists():
            return  # asked before every step, so a read: a write would wait for the disk
        if not ours.filter(lease_until__gt=Now()).update(lease_until=Now() + LEASE):
            raise StaleLease(f"another worker has taken handle {self.handle_id}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found out about one grant: the proof, and whether everything stands."""

    grant_id: Any
    generation: int
    ok: bool
    evidence: dict[str, Any]
    words: str


@dataclass(frozen=True, slots=True)
class Round:
    """One reconciliation of a handle: what was planned, done, and proven."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    drift: tuple[str, ...]
    foreign: tuple[str, ...]
    withheld: tuple[str, ...]
    found: tuple[Found, ...] = ()
    applied: bool = True
    census: bool = False


def variant_for(handle: Handle) -> PortVariant:
    """The published view that a handle stands for."""
    filters = tuple(
        RowFilter(
            f["column"], f["op"], tuple(f["value"]) if isinstance(f["value"], list) else f["value"]
        )
        for f in handle.row_filters
    )
    return variant_of(
        handle.port, columns=tuple(handle.columns), row_filters=filters, variant=handle.variant
    )


def principal_of(grant: Grant) -> Principal:
    """The consumer of a grant as a platform knows it."""
    return Principal(grant.principal_kind, grant.principal_key)


def members(grants: list[Grant]) -> frozenset[Member]:
    """The whole wanted set: present, and not yet over by the database's clock."""
    moment = now()
    return frozenset(
        Member(principal_of(grant), grant.valid_until, str(grant.agreement_id))
        for grant in grants
        if grant.desired == "present" and grant.valid_until > moment
    )


def run_round(handle: Handle, lease: HandleLease, grants: list[Grant]) -> Round:
    """Observe, plan, apply, read back, and prove what changed. Raises ConnectorError."""
    assert handle.port.platform is not None
    connector = connector_of(handle.port.platform)
    variant = variant_for(handle)
    desired = PortDesired(variant, members(grants))
    before = connector.observe(variant)
    reaction = reaction_of(handle)
    found: tuple[Found, ...] = ()
    is_census = _is_census(handle, grants)
    if is_census:
        found = classify(desired, before, _just_over(grants))
    if reaction == "adopt":
        desired = _with_kept(handle, desired, before, grants)
    plan = connector.plan(desired, before)
    if plan and found and reaction in ("report", "quarantine"):
        return Round(plan, (), (), before.foreign, plan.withheld, found, applied=False, census=True)
    steps = list(connector.apply(plan, lease))
    after = connector.observe(variant) if plan else before
    stood = {member.principal for member in before.members if member.complete}
    replaced = any(step.risk == "replaces" for step in plan.steps)
    touched = [grant for grant in grants if replaced or _needs_proof(grant, stood)]
    done = _Applied(
        connector,
        variant,
        frozenset(member.principal for member in desired.members),
        {member.principal: member for member in after.members},
        plan,
        steps,
    )
    outcomes = _prove_all(done, touched, lease)
    # Nothing was wanted anew, and still there was something to do: the platform was changed.
    drifted = bool(plan) and handle.observed_generation == handle.generation
    return Round(
        plan,
        tuple(outcomes),
        (before.drift or ("missing",)) if drifted else (),
        after.foreign,
        plan.withheld,
        found,
        census=is_census,
    )


def reaction_of(handle: Handle) -> str:
    """What follows drift on a handle: as its port says, else as the connection does."""
    platform = handle.port.platform
    rule = getattr(handle.port, "drift_rule", None)
    return rule.reaction if rule else platform.on_drift if platform else "heal"


def _is_census(handle: Handle, grants: list[Grant]) -> bool:
    """Whether nothing is wanted anew: what differs then was changed by others."""
    calm = (
        GrantState.VERIFIED,
        GrantState.DRIFTED,
        GrantState.VERIFIED_REMOVED,
        GrantState.REMOVED,
    )
    return handle.observed_generation == handle.generation and all(
        grant.generation == grant.observed_generation and grant.state in calm for grant in grants
    )


def _just_over(grants: list[Grant]) -> set[Principal]:
    """Whose time has run out, and whom the sweep has not ended yet."""
    moment = now()
    return {
        principal_of(grant)
        for grant in grants
        if grant.desired == "present" and grant.valid_until <= moment
    }


def _with_kept(
    handle: Handle, desired: PortDesired, before: Observed, grants: list[Grant]
) -> PortDesired:
    """Keep what others let in until an owner has answered whether it is adopted."""
    refused = set(
        handle.findings.filter(kind="excess", state="refused").values_list("principal", flat=True)
    )
    known = {member.principal for member in desired.members} | {principal_of(g) for g in grants}
    kept = {
        one.as_member()
        for one in before.members
        if one.principal not in known and str(one.principal) not in refused and one.complete
    }
    return PortDesired(desired.variant, desired.members | kept)


def _needs_proof(grant: Grant, stood: set[Principal]) -> bool:
    """Prove what is new, unsettled or was found broken; never every member for one newcomer."""
    fresh = grant.generation != grant.observed_generation
    unsettled = grant.state not in (GrantState.VERIFIED, GrantState.VERIFIED_REMOVED)
    broken = grant.desired == "present" and principal_of(grant) not in stood
    return fresh or unsettled or broken


@dataclass(frozen=True, slots=True)
class _Applied:
    """What a round has done, for the proofs that follow."""

    connector: Connector
    variant: PortVariant
    wanted: frozenset[Principal]
    after: dict[Principal, ObservedMember]
    plan: Plan
    steps: list[StepResult]

    def about(self, step_id: str, principal: Principal) -> bool:
        """Whether a step is this consumer's or everybody's; others' are not theirs to read."""
        _, _, whose = step_id.partition(":")
        return whose in ("", "view", str(principal))


def _prove_all(done: _Applied, touched: list[Grant], lease: HandleLease) -> list[Outcome]:
    """Prove each; several at a time, because a proof mostly waits for logins of the platform."""
    if len(touched) < _PROBES:
        outcomes = []
        for grant in touched:
            lease.fence()
            outcomes.append(_prove(done, grant))
        return outcomes
    with ThreadPoolExecutor(_PROBES, thread_name_prefix="probe") as pool:
        waiting = []
        for grant in touched:
            lease.fence()
            waiting.append(pool.submit(_prove, done, grant))
        return [one.result() for one in waiting]


def _prove(done: _Applied, grant: Grant) -> Outcome:
    principal = principal_of(grant)
    expect = principal in done.wanted
    standing = done.after.get(principal)
    access = Access(done.variant, principal, grant.valid_until)
    probe = done.connector.probe(access, expect)
    reads_back = (standing is not None and standing.complete) if expect else standing is None
    evidence = {
        **_probe_json(probe),
        "read_back": _read_back(standing),
        "reads_back": reads_back,
        "plan": done.plan.digest,
        "statements": [s.do for s in done.plan.steps if done.about(s.id, principal)],
        "steps": [
            {"id": s.step_id, "ok": s.ok, "at": s.at.isoformat()}
            for s in done.steps
            if done.about(s.step_id, principal)
        ],
    }
    words = "" if probe.ok and reads_back else _what_is_wrong(probe, reads_back, expect)
    return Outcome(grant.pk, grant.generation, probe.ok and reads_back, evidence, words)


def _probe_json(probe: Probe) -> dict[str, Any]:
    facts = asdict(probe)
    facts["at"] = probe.at.isoformat()
    facts["details"] = [dict(detail) for detail in facts["details"]]
    return facts


def _read_back(standing: Any) -> dict[str, Any] | None:
    if standing is None:
        return None
    until = standing.valid_until
    return {
        "principal": str(standing.principal),
        "until": until.isoformat() if until else None,
        "missing": sorted(standing.missing),
    }


def _what_is_wrong(probe: Probe, reads_back: bool, expect: bool) -> str:  # noqa: FBT001 - facts
    if not reads_back:
        return (
            "The platform does not show what was granted."
            if expect
            else "The platform still shows the access."
        )
    tried = next((d for d in probe.details if d.outcome == "failed"), None)
    if expect:
        return "The probe as the consumer could not read the port." + (
            f" ({tried.sqlstate})" if tried else ""
        )
    return "The probe as the consumer was not refused."


def whole_plan(connector: Connector, variant: PortVariant, principal: Principal) -> Plan:
    """Everything that one consumer's access comes to, whatever of it stands already. Pure.

    It is made from nothing and without an end, so that it is the same at every moment until what
    would run is really another: other columns, rows, relations or statements.
    """
    nothing = Observed(exists=False, view_digest="", members=frozenset())
    member = frozenset({Member(principal, None, "")})
    return connector.plan(PortDesired(variant, member), nothing)


def plan_digest(handle: Handle, principal: Principal) -> str:
    """The digest that an approval binds to; empty where the connection cannot be planned for."""
    if handle.port.platform is None:
        return ""
    try:
        connector = connector_of(handle.port.platform)
        return whole_plan(connector, variant_for(handle), principal).digest
    except (ConnectorError, TypeError, ValueError) as unusable:
        log.warning("no plan to approve", handle=handle.name, why=str(unusable))
        return ""


def not_as_approved(handle: Handle, grants: list[Grant]) -> list[Any]:
    """Ids of grants that were never proven and whose plan is not the one that was approved."""
    fresh = (g for g in grants if g.desired == "present" and g.plan_digest)
    return [
        grant.pk
        for grant in fresh
        if grant.observed_generation == 0
        and plan_digest(handle, principal_of(grant)) != grant.plan_digest
    ]


@dataclass(frozen=True, slots=True)
class Preview:
    """The exact statements that an approval would run now.

    ``digest`` is that of the whole plan (`whole_plan`), which the approval binds to: what stands
    already is left out of ``statements``, and two previews of one plan have the same digest.
    """

    statements: tuple[str, ...]
    digest: str
    relation: str


def preview(request: AccessRequest, handle: Handle | None) -> Preview:
    """Show what approving would do on the platform. Asks the platform, changes nothing."""
    port = request.port
    assert port.platform is not None
    connector = connector_of(port.platform)
    columns = tuple(request.slice.get("columns", ()))
    variant = variant_for(handle) if handle else variant_of(port, columns=columns)
    held = list(handle.grants.filter(~Q(state__in=ENDED))) if handle else []
    principal = Principal(request.consumer_kind, request.consumer_key)
    others = {m for m in members(held) if m.principal != principal}
    until = request.end_at or now() + timedelta(days=request.duration_days or 1)
    wanted = PortDesired(variant, frozenset(others | {Member(principal, until, str(request.pk))}))
    plan = connector.plan(wanted, connector.observe(variant))
    whole = whole_plan(connector, variant, principal)
    return Preview(tuple(s.do for s in plan.steps), whole.digest, port.relation)
