"""The generator answers the questions: SQL in a folder, run on a real PostgreSQL."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from marketplace.connectors.base import Member, PortDesired, PortVariant, Principal, RowFilter
from marketplace.connectors.reported import GeneratorConnector
from tests.connectors.contract import COLUMNS, CUSTOMER, GROWTH
from tests.connectors.contract.reporting import ReportedContract, ordered
from tests.connectors.warehouse import PostgresLevers, administrator

LH = (RowFilter("carrier", "=", "LH"),)


class Generated:
    """The generator, writing SQL into a folder."""

    secrets = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connector: Any = GeneratorConnector.from_config({"folder": str(folder), "env": "test"})

    def lines(self, shown: PortVariant) -> int:
        return 19 + len(shown.row_filters)


class Applied:
    """A warehouse whose people merge and run what is written."""

    def __init__(self, folder: Path, levers: PostgresLevers) -> None:
        self.folder, self.levers = folder, levers
        env = levers.env
        facts = {"folder": str(folder), "env": env, "principals": f"mp_{env}_{{kind}}_{{key}}"}
        self.connector = GeneratorConnector.from_config(facts)
        levers.run("CREATE SCHEMA IF NOT EXISTS {}", levers.relation[0])
        for one in (GROWTH, CUSTOMER):
            self.hires(one)

    def hires(self, one: Principal) -> None:
        self.levers.run("CREATE ROLE {}", self.connector.config.role_of(one))

    def fires(self, one: Principal) -> None:
        self.levers.run("DROP ROLE {}", self.connector.config.role_of(one))

    def variant(self, **changes: Any) -> PortVariant:
        facts: dict[str, Any] = {
            "port_id": self.levers.port,
            "port_key": "flight-operations.flight-delays/curated/1",
            "relation_schema": self.levers.relation[0],
            "relation_name": self.levers.relation[1],
            "base_schema": self.levers.base[0],
            "base_table": self.levers.base[1],
            "columns": COLUMNS,
        }
        return PortVariant(**facts | changes)

    def order(self, shown: PortVariant, *who: Principal, lasts: float = 3600) -> None:
        until = self.levers.now() + timedelta(seconds=lasts)
        members = frozenset(Member(one, until, "agreement") for one in who)
        ordered(self.connector, PortDesired(shown, members))

    def merge(self) -> None:
        """Run the file that is written, as the platform's people do."""
        (written,) = self.folder.glob("*.sql")
        with administrator(self.levers.where) as dba:
            dba.execute(written.read_bytes())

    def carriers(self, who: Principal) -> set[str] | str:
        """Which carriers a consumer sees, or the code of the refusal."""
        role = sql.Identifier(self.connector.config.role_of(who))
        with administrator(self.levers.where) as session:
            session.execute(sql.SQL("SET ROLE {}").format(role))
            query = sql.SQL("SELECT carrier FROM {}")
            try:
                found = session.execute(query.format(sql.Identifier(*self.levers.relation)))
            except psycopg.Error as refused:
                return str(refused.sqlstate)
            return {one for (one,) in found}


class TestGenerator(ReportedContract):
    answers_for = "SQL, Terraform and dbt generator"

    @pytest.fixture
    def ordering(self, tmp_path: Path) -> Generated:
        return Generated(tmp_path)

    @pytest.fixture
    def applied(self, tmp_path: Path, warehouse: PostgresLevers) -> Iterator[Applied]:
        return Applied(tmp_path, warehouse)

    def test_t10_a_role_that_is_gone_holds_up_no_revoke_and_is_let_in_when_it_is_back(
        self, applied: Applied
    ) -> None:
        shown = applied.variant(row_filters=LH)
        applied.order(shown, GROWTH, CUSTOMER)
        applied.merge()
        applied.fires(GROWTH)

        applied.order(shown, CUSTOMER)
        applied.merge()
        applied.order(shown, CUSTOMER, GROWTH)
        with pytest.raises(psycopg.errors.UndefinedObject):
            applied.merge()
        applied.hires(GROWTH)
        before = applied.carriers(GROWTH)
        applied.merge()

        assert before == "42501"
        assert applied.carriers(GROWTH) == applied.carriers(CUSTOMER) == {"LH"}

    def test_t13_access_ends_at_its_end_without_another_order(self, applied: Applied) -> None:
        shown, pause = applied.variant(row_filters=LH), threading.Event()
        applied.order(shown, GROWTH, lasts=4)
        until = applied.levers.now() + timedelta(seconds=4)
        applied.merge()
        early = applied.carriers(GROWTH)

        while applied.levers.now() < until:
            pause.wait(0.1)

        assert applied.connector.capabilities().native_expiry
        assert (early, applied.carriers(GROWTH)) == ({"LH"}, set())

    def test_t14_no_moment_is_wider_than_allowed_while_a_restriction_changes(
        self, applied: Applied
    ) -> None:
        narrow, wide = applied.variant(row_filters=LH), applied.variant()
        seen, over = list[Any](), threading.Event()
        phase = 0  # even: narrow
        applied.order(narrow, GROWTH)
        applied.merge()

        def look() -> None:
            while not over.is_set():
                before, found, after = phase, applied.carriers(GROWTH), phase
                if before == after and not before % 2:
                    seen.append(found)

        watcher = threading.Thread(target=look)
        watcher.start()
        for _ in range(3):
            for shown in (wide, narrow):
                phase += shown is wide
                applied.order(shown, GROWTH)
                applied.merge()
                phase += shown is narrow
                known = len(seen)
                while shown is narrow and len(seen) == known:
                    threading.Event().wait(0.01)
        over.set()
        watcher.join()

        assert len(seen) >= 3
        assert all(found == {"LH"} for found in seen)
        assert applied.carriers(GROWTH) == {"LH"}

    def test_t20_an_order_that_fails_in_part_leaves_nothing_and_is_run_again_whole(
        self, applied: Applied
    ) -> None:
        shown = applied.variant(row_filters=LH)
        applied.fires(CUSTOMER)
        applied.order(shown, GROWTH, CUSTOMER)

        with pytest.raises(psycopg.errors.UndefinedObject):
            applied.merge()
        after = applied.carriers(GROWTH)
        applied.hires(CUSTOMER)
        applied.merge()
        applied.merge()

        assert after == "42501"
        assert applied.carriers(GROWTH) == applied.carriers(CUSTOMER) == {"LH"}
