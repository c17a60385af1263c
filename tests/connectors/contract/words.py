"""The words that the questions are asked in."""

from datetime import timedelta
from typing import Any

from marketplace.connectors.base import (
    Grant,
    Limits,
    Member,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    QueryRefused,
    RowFilter,
    Transient,
)
from tests.connectors.contract.platform import (
    COLUMNS,
    CUSTOMER,
    GROWTH,
    ROWS,
    Held,
    Platform,
    select_all,
)


class ContractWords:
    """What a connector is told, and what its consumers then see."""

    def restricts(self, platform: Platform, what: str) -> bool:
        return what in platform.connector.capabilities().restrictions

    def shown(self, platform: Platform) -> set[Any]:
        """What the port of the tests shows."""
        if not self.restricts(platform, "rows"):
            return set(ROWS)
        return {(1, "LH", 10), (2, "AF", 20)}

    def variant(self, platform: Platform, **changes: Any) -> PortVariant:
        facts: dict[str, Any] = {
            "port_id": platform.port,
            "port_key": "flight-operations.flight-delays/curated/1",
            "relation_schema": platform.relation[0],
            "relation_name": platform.relation[1],
            "base_schema": platform.base[0],
            "base_table": platform.base[1],
            "columns": COLUMNS,
            "row_filters": (RowFilter("carrier", "in", ("LH", "AF")),),
        }
        if not self.restricts(platform, "rows"):
            facts |= {"columns": (*COLUMNS, "note"), "row_filters": ()}
        return PortVariant(**facts | changes)

    def member(
        self, platform: Platform, principal: Principal = GROWTH, lasts: float | None = 3600
    ) -> Member:
        until = None if lasts is None else platform.now() + timedelta(seconds=lasts)
        return Member(principal, until, f"agreement-of-{principal.key}")

    def plan(self, platform: Platform, variant: PortVariant, *members: Member) -> Plan:
        connector = platform.connector
        return connector.plan(PortDesired(variant, frozenset(members)), connector.observe(variant))

    def reconcile(self, platform: Platform, variant: PortVariant, *members: Member) -> Plan:
        plan = self.plan(platform, variant, *members)
        results = list(platform.connector.apply(plan, Held()))
        assert [result.step_id for result in results] == [step.id for step in plan.steps]
        assert all(result.ok for result in results)
        return plan

    def rows(self, platform: Platform, variant: PortVariant, who: Principal) -> set[Any] | str:
        """What a consumer sees: rows, or the code of the refusal."""
        try:
            seen = platform.connector.query(Grant(variant, who), select_all(variant), Limits())
        except QueryRefused as refusal:
            return refusal.code
        except Transient:
            return "session-ended"  # replacing the view ends the sessions that had it open
        return {tuple(row) for row in seen.rows}

    def assert_converged(self, platform: Platform, variant: PortVariant, *members: Member) -> None:
        desired = PortDesired(variant, frozenset(members))
        observed = platform.connector.observe(variant)
        assert observed.holds(desired)
        assert observed.view_digest == variant.digest
        assert not platform.connector.plan(desired, observed)
        for principal in (GROWTH, CUSTOMER):
            expected = principal in {member.principal for member in members}
            probe = platform.connector.probe(Grant(variant, principal), expect_access=expected)
            seen = (probe.ok, probe.positive, probe.negative)
            assert seen == (True, expected, True), probe.details
