"""Ana's team has the curated port; petra's team has it too; the customers' table is nobody's."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pymysql
import pytest

from marketplace.connectors.base import (
    ConnInfo,
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
from marketplace.connectors.mariadb.statements import qualified
from tests.connectors.contract import COLUMNS, CUSTOMER, GROWTH, Held
from tests.connectors.mariadb_server import MariadbLevers


class Corner:
    """A port that stands, with its consumers."""

    def __init__(self, levers: MariadbLevers) -> None:
        self.levers = levers
        self.connector: Any = levers.connector
        self.variant = self.variant_with()
        self.relation, self.base = qualified(*levers.relation), qualified(*levers.base)
        self.until = levers.now() + timedelta(hours=1)
        self.sessions: list[Any] = []

    def variant_with(self, **changes: Any) -> PortVariant:
        facts: dict[str, Any] = {
            "port_id": self.levers.port,
            "port_key": "flight-operations.flight-delays/curated/1",
            "relation_schema": self.levers.relation[0],
            "relation_name": self.levers.relation[1],
            "base_schema": self.levers.base[0],
            "base_table": self.levers.base[1],
            "columns": COLUMNS,
            "row_filters": (RowFilter("carrier", "in", ("LH", "AF")),),
        }
        return PortVariant(**facts | changes)

    def wants(self, *principals: Principal, variant: PortVariant | None = None) -> Any:
        """Reconcile to exactly these principals; gives the plan."""
        variant = variant or self.variant
        members = frozenset(
            Member(one, self.until, f"agreement-of-{one.key}") for one in principals
        )
        plan = self.connector.plan(PortDesired(variant, members), self.connector.observe(variant))
        list(self.connector.apply(plan, Held()))
        return plan

    def grant(self, principal: Principal = GROWTH) -> Grant:
        return Grant(self.variant, principal)

    def ask(self, sql: str, who: Principal = GROWTH, **limits: int) -> Rows:
        """Run a query as a consumer; `{view}` and `{base}` are filled in."""
        text = sql.replace("{view}", self.relation).replace("{base}", self.base)
        rows: Rows = self.connector.query(self.grant(who), text, Limits(**limits))
        return rows

    def refusal(self, sql: str, who: Principal = GROWTH, **limits: int) -> str:
        """Run a query that must be refused; gives the code."""
        with pytest.raises(QueryRefused) as caught:
            self.ask(sql, who, **limits)
        return caught.value.code

    def session(self, ttl: timedelta = timedelta(minutes=5)) -> Any:
        """A consumer's own session, made with a short-lived login."""
        return self.opened(self.connector.credentials(self.grant(), ttl))

    def opened(self, info: ConnInfo) -> Any:
        """A session with this login; it is closed after the test at the latest."""
        session = pymysql.connect(
            host=info.host,
            port=info.port,
            user=info.user,
            password=info.password,
            database=info.database,
            autocommit=True,
        )
        self.sessions.append(session)
        return session

    def close(self) -> None:
        for session in self.sessions:
            if session.open:
                session.close()

    def rows(self, session: Any, sql: str) -> list[tuple[Any, ...]]:
        with session.cursor() as cursor:
            cursor.execute(sql.replace("{view}", self.relation).replace("{base}", self.base))
            return list(cursor.fetchall())


@pytest.fixture
def corner(mariadb: MariadbLevers) -> Iterator[Corner]:
    corner = Corner(mariadb)
    corner.wants(GROWTH, CUSTOMER)
    yield corner
    corner.close()
