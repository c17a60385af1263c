"""What all connectors share whose changes are made by others."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar, Final, NoReturn

from marketplace.connectors.base import (
    Capabilities,
    ColumnProfile,
    ConnInfo,
    Finding,
    Grant,
    Lease,
    Limits,
    NeedsHuman,
    Observed,
    Permanent,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    Probe,
    ProbeDetail,
    QueryRefused,
    Rows,
    Schema,
    Step,
    StepResult,
)
from marketplace.connectors.grants import PRINCIPAL_KINDS
from marketplace.connectors.reported.orders import (
    LEAVING,
    REFUSED,
    UNCONFIRMED,
    Orders,
    Outcome,
    now,
)

_STEP: Final = "order"


class ReportingConnector(ABC):
    """A platform of which we know what we ordered and what we were told."""

    api: ClassVar[int] = 1
    kind: ClassVar[str]
    version: ClassVar[str] = "1"
    restrictions: ClassVar[frozenset[str]] = frozenset({"columns", "rows"})

    def __init__(self, orders: Orders, env: str) -> None:
        self.orders = orders
        self.env = env

    @abstractmethod
    def text(self, desired: PortDesired, leaving: list[Principal]) -> str:
        """Write an order; its first line carries `orders.header`. Pure."""

    @abstractmethod
    def hand_over(self, handle: str, order: dict[str, Any]) -> str:
        """Give an order to who carries it out; safe to repeat. Returns words for the record."""

    def refused(self, variant: PortVariant) -> tuple[str, ...]:  # noqa: ARG002 - for those that do
        """Name what of a variant cannot be ordered."""
        return ()

    def capabilities(self) -> Capabilities:
        """Describe it: nothing ends by itself, and nothing can be tried."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=self.restrictions,
            native_expiry=False,
            revoke_reach="ttl",
            revoke_sla_s=86_400.0,
            readback_lag_s=0.0,
            max_grantees=None,
            billing="none",
            supports=frozenset(),
        )

    def check(self) -> list[Finding]:
        """Look whether orders can be kept."""
        try:
            with self.orders.store.locked():
                return []
        except NeedsHuman as error:
            return [Finding("error", "no-folder", error.message)]

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read what was ordered and reported."""
        return self.orders.observe(variant.handle(self.env), principals)

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Order the whole set anew when it is not what was ordered last. Pure."""
        variant, handle = desired.variant, desired.variant.handle(self.env)
        withheld = self.refused(variant)
        ordered = {one.as_member() for one in observed.members if LEAVING not in one.missing}
        stands = observed.exists and observed.view_digest == variant.digest
        nothing = not observed.exists and not desired.members
        if withheld or nothing or (stands and ordered == desired.members):
            # What was refused waits for a person, not for the next try.
            return Plan.of(handle, (), withheld or observed.drifted(REFUSED))
        wanted = {one.principal for one in desired.members}
        leaving = sorted(one.principal for one in observed.members if one.principal not in wanted)
        risk = "narrows" if leaving else "widens"
        step = Step(_STEP, self.text(desired, leaving), undo="", reversible=False, risk=risk)
        return Plan.of(handle, (step,), withheld)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Keep the order, then hand it over; the same order twice is handed over as the same."""
        plan.check()
        for step in plan.steps:
            lease.fence()
            order = self.orders.place(plan.handle, step.do)
            words = self.hand_over(plan.handle, order)
            yield StepResult(step_id=step.id, ok=True, detail=words, at=now())

    def report(
        self, handle: str, generation: int, outcome: Outcome, *, by: str, words: str = ""
    ) -> dict[str, Any]:
        """Take what others say of the newest order. Raises StaleReport (a Conflict)."""
        return self.orders.report(handle, generation, outcome, by=by, words=words)

    def order(self, handle: str) -> dict[str, Any] | None:
        """Give the newest order of a handle with what was said of it; None without any.

        `outcome`, `by`, `words` and `at` are empty while nobody has reported.
        """
        return self.orders.newest(handle)

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Say what was reported; nothing is tried, and the level says so."""
        handle = grant.variant.handle(self.env)
        observed = self.orders.observe(handle, frozenset({grant.principal}))
        member = next(iter(observed.members), None)
        pending = member is not None and UNCONFIRMED in member.missing
        positive = member is not None and not pending
        said = self.orders.said(handle)
        words = f"{said['outcome']} by {said['by']}" if said else "not reported yet"
        return Probe(
            level="reported",
            positive=positive,
            negative=False,
            expected="access" if expect_access else "no_access",
            ok=not pending and positive == expect_access,
            details=(ProbeDetail("report", words, "", "allowed" if positive else "empty"),),
            at=now(),
            connector=self.kind,
            connector_version=self.version,
        )

    # --- what cannot be done without a way in --------------------------------------------------

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:  # noqa: ARG002
        """Refuse: who carries out the order hands out ways in."""
        raise QueryRefused("permission-denied", "Ask the platform's own people for a login.")

    def query(
        self,
        grant: Grant,  # noqa: ARG002
        sql: str,  # noqa: ARG002
        limits: Limits,  # noqa: ARG002
        cancel: threading.Event | None = None,  # noqa: ARG002
    ) -> Rows:
        """Refuse: there is no way in."""
        raise QueryRefused("permission-denied", "This platform cannot be queried from here.")

    def describe(self, schema: str, table: str) -> Schema:
        """Refuse: there is no way in."""
        _no_way_in(f"{schema}.{table}")

    def profile(
        self,
        target: PortVariant | tuple[str, str],
        limit: int,  # noqa: ARG002
    ) -> tuple[ColumnProfile, ...]:
        """Refuse: there is no way in."""
        _no_way_in(str(target))

    def sample(
        self,
        target: PortVariant | tuple[str, str],
        limit: int,  # noqa: ARG002
    ) -> Rows:
        """Refuse: there is no way in."""
        _no_way_in(str(target))

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:  # noqa: ARG002
        """End nothing: there is no way in."""
        return 0


def _no_way_in(what: str) -> NoReturn:
    raise Permanent(f"{what} cannot be read from here")
