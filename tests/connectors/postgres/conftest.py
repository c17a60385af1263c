"""Ana's team has the curated port; petra's team has it too; the customers' table is nobody's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from marketplace.connectors.base import (
    Grant,
    Limits,
    Member,
    PortDesired,
    PortVariant,
    Principal,
    QueryRefused,
    RowFilter,
    Rows,
)
from tests.connectors.contract import COLUMNS, CUSTOMER, GROWTH, Held
from tests.connectors.warehouse import PostgresLevers

type Ask = Callable[..., Rows]


class Corner:
    """A port that stands, with its consumers."""

    def __init__(self, levers: PostgresLevers) -> None:
        self.levers = levers
        self.connector: Any = levers.connector
        self.variant = self.variant_with()
        self.relation = f'"{levers.relation[0]}"."{levers.relation[1]}"'
        self.base = f'"{levers.base[0]}"."{levers.base[1]}"'
        self.handle = self.variant.handle(levers.env)
        self.until = levers.now() + timedelta(hours=1)

    def variant_with(self, **changes: Any) -> PortVariant:
        levers = self.levers
        facts: dict[str, Any] = {
            "port_id": levers.port,
            "port_key": "flight-operations.flight-delays/curated/1",
            "relation_schema": levers.relation[0],
            "relation_name": levers.relation[1],
            "base_schema": levers.base[0],
            "base_table": levers.base[1],
            "columns": COLUMNS,
            "row_filters": (RowFilter("carrier", "in", ("LH", "AF")),),
        }
        return PortVariant(**facts | changes)

    def members(self, *principals: Principal) -> frozenset[Member]:
        return frozenset(Member(one, self.until, f"agreement-of-{one.key}") for one in principals)

    def wants(self, *principals: Principal, variant: PortVariant | None = None) -> Any:
        """Reconcile to exactly these principals; gives the plan."""
        variant = variant or self.variant
        desired = PortDesired(variant, self.members(*principals))
        plan = self.connector.plan(desired, self.connector.observe(variant))
        list(self.connector.apply(plan, Held()))
        return plan

    def grant(self, principal: Principal = GROWTH) -> Grant:
        return Grant(self.variant, principal)

    def ask(self, sql: str, who: Principal = GROWTH, **limits: int) -> Rows:
        """Run a query as a consumer."""
        rows: Rows = self.connector.query(self.grant(who), sql, Limits(**limits))
        return rows

    def refusal(self, sql: str, who: Principal = GROWTH, **limits: int) -> str:
        """Run a query that must be refused; gives the code."""
        with pytest.raises(QueryRefused) as caught:
            self.ask(sql, who, **limits)
        return caught.value.code

    def value(self, sql: str) -> Any:
        """Ask the administrator for one value."""
        row = self.levers.dba.execute(sql.encode()).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def corner(warehouse: PostgresLevers) -> Corner:
    corner = Corner(warehouse)
    corner.wants(GROWTH, CUSTOMER)
    return corner
