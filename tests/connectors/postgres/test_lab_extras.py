"""Parameters, estimates, stopping, and the sandbox, on a real server."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from marketplace.connectors.base import (
    Limits,
    NeedsHuman,
    QueryRefused,
    Question,
    Rows,
    SandboxTable,
)
from tests.connectors.contract import CUSTOMER, GROWTH, SID
from tests.connectors.postgres.conftest import Corner
from tests.connectors.warehouse import a_corner_of_the_warehouse

TABLE = SandboxTable(
    "customer.bookings/full/1",
    "customer_products",
    "bookings_full",
    (("id", "integer"), ("email", "text"), ("fare", "numeric"), ("booked", "timestamptz")),
    (("1", "a@example.org", "9.50", "2026-01-02T03:04:05Z"), ("2", None, None, None)),
)


@pytest.fixture(scope="module")
def corner() -> Iterator[Corner]:
    with a_corner_of_the_warehouse() as levers:
        corner = Corner(levers)
        corner.wants(GROWTH, CUSTOMER)
        yield corner


def ask(corner: Corner, sql: str, **values: str | None) -> Rows:
    found: Rows = corner.connector.ask(corner.grant(), Question(sql, values), Limits())
    return found


def try_out(corner: Corner, sql: str, limits: Limits | None = None, **values: str | None) -> Rows:
    question = Question(sql, values, tag="rehearsal")
    found: Rows = corner.connector.rehearse(TABLE, question, limits or Limits())
    return found


# --- parameters ------------------------------------------------------------------------------


def test_a_value_takes_the_type_that_it_is_compared_with(corner: Corner) -> None:
    sql = f"SELECT id FROM {corner.relation} WHERE carrier = :carrier AND minutes > :least"

    assert ask(corner, sql, carrier="AF", least="15").rows == [(2,)]
    assert ask(corner, sql, carrier="AF", least=None).rows == []


def test_a_value_is_never_text_of_the_query(corner: Corner) -> None:
    sql = f"SELECT id FROM {corner.relation} WHERE carrier = :carrier"

    assert ask(corner, sql, carrier="x' OR true --").rows == []
    assert ask(corner, "SELECT :a || '%s %'", a="100%").rows == [("100%%s %",)]


@pytest.mark.parametrize(
    ("sql", "values", "code"),
    [
        ("SELECT :a::int", {"a": "many"}, "query-failed"),
        ("SELECT :a", {}, "parameter-missing"),
        ("SELECT 1; SELECT :a", {"a": "1"}, "not-a-single-read-query"),
        ("DELETE FROM {base} WHERE id = :a", {"a": "1"}, "not-a-single-read-query"),
    ],
)
def test_what_is_refused_without_a_parameter_is_refused_with_one(
    corner: Corner, sql: str, values: dict[str, str], code: str
) -> None:
    with pytest.raises(QueryRefused) as refused:
        ask(corner, sql.replace("{base}", corner.base), **values)

    assert refused.value.code == code


# --- estimates -------------------------------------------------------------------------------


def test_an_estimate_is_the_planners_and_reads_nothing(corner: Corner) -> None:
    question = Question(f"SELECT * FROM {corner.relation} WHERE carrier = :c;", {"c": "LH"})

    found = corner.connector.estimate(corner.grant(), question)
    slow = corner.connector.estimate(corner.grant(), Question("SELECT pg_sleep(60)"))

    assert found.rows >= 1
    assert found.cost > 0
    assert slow.rows == 1


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM {base}", "permission-denied"),
        ("ANALYZE SELECT 1", "not-a-single-read-query"),
        ("SELECT 1; DROP TABLE {base}", "not-a-single-read-query"),
        ("(ANALYZE) DELETE FROM {base}", "syntax-error"),
        ("SELEC", "not-a-single-read-query"),
    ],
)
def test_what_may_not_be_run_is_not_estimated(corner: Corner, sql: str, code: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        corner.connector.estimate(corner.grant(), Question(sql.replace("{base}", corner.base)))

    assert refused.value.code == code


def test_who_has_no_access_gets_no_estimate(corner: Corner) -> None:
    with pytest.raises(QueryRefused) as refused:
        corner.connector.estimate(corner.grant(SID), Question("SELECT 1"))

    assert refused.value.code == "access-ended"


# --- stopping --------------------------------------------------------------------------------


class Running(threading.Thread):
    """A query in another thread, as another request would run it."""

    def __init__(self, run: Any) -> None:
        super().__init__()
        self.run_it, self.code, self.seconds = run, "", 0.0

    def run(self) -> None:
        started = time.monotonic()
        try:
            self.run_it()
        except QueryRefused as refused:
            self.code = refused.code
        self.seconds = time.monotonic() - started


def sessions(corner: Corner, tag: str) -> int:
    sql = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'emporion lab {tag}'"
    return int(corner.value(sql))


def started(corner: Corner, tag: str) -> None:
    end = time.monotonic() + 30
    while not sessions(corner, tag):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_running_query_is_ended_on_the_server(corner: Corner) -> None:
    question = Question("SELECT pg_sleep(30)", tag="run-one")
    limits = Limits(timeout_ms=60_000)
    running = Running(lambda: corner.connector.ask(corner.grant(), question, limits))
    running.start()
    started(corner, "run-one")

    assert corner.connector.stop(GROWTH, "run-one") is True
    running.join(30)

    assert running.code == "query-cancelled"
    assert running.seconds < 25
    assert sessions(corner, "run-one") == 0


def test_nobody_stops_the_query_of_another(corner: Corner) -> None:
    question = Question("SELECT pg_sleep(2)", tag="run-two")
    running = Running(lambda: corner.connector.ask(corner.grant(), question, Limits()))
    running.start()
    started(corner, "run-two")

    assert corner.connector.stop(CUSTOMER, "run-two") is False
    assert corner.connector.stop(GROWTH, "run-other") is False
    running.join(30)

    assert running.code == ""


# --- the sandbox -----------------------------------------------------------------------------


def test_the_same_text_runs_on_invented_rows(corner: Corner) -> None:
    rows = try_out(
        corner,
        "SELECT id, email, fare * 2 AS twice, bookings_full.booked"
        " FROM customer_products.bookings_full"
        " WHERE id >= :least ORDER BY id",
        least="1",
    )

    assert [(c.name, c.type) for c in rows.columns] == [
        ("id", "int4"),
        ("email", "text"),
        ("twice", "numeric"),
        ("booked", "timestamptz"),
    ]
    assert [str(row[2]) for row in rows.rows] == ["19.00", "None"]


def test_nothing_stays_and_nobody_sees_it(corner: Corner) -> None:
    try_out(corner, "SELECT * FROM customer_products.bookings_full")

    seen = try_out(corner, "SELECT relname FROM pg_class WHERE relname ~ 'bookings|delays|entit'")

    assert seen.rows == [("bookings_full",)]  # its own, for as long as it runs


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM {view}",
        "SELECT * FROM {base}",
        "SELECT * FROM emporion_entitlements.entitlement",
        "SELECT emporion_control.entitled('x')",
        "SELECT * FROM customer_products.another",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_creat(1)",
        "SELECT pg_notify('a', 'b')",
        "SELECT rolpassword FROM pg_authid",
        "INSERT INTO customer_products.bookings_full VALUES (3)",
        "CREATE TABLE mine (a int)",
        "SELECT 1; SELECT 2",
        "SET ROLE emporion_provisioner",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT dblink('a', 'b')",
    ],
)
def test_nothing_else_can_be_reached(corner: Corner, sql: str) -> None:
    text = sql.replace("{view}", corner.relation).replace("{base}", corner.base)

    with pytest.raises(QueryRefused) as refused:
        try_out(corner, text)

    assert refused.value.code in (
        "permission-denied",
        "syntax-error",
        "not-a-single-read-query",
        "query-failed",
    )


def test_its_login_may_do_nothing_at_the_data(corner: Corner) -> None:
    login = f"mp_{corner.levers.env}_sandbox"
    try_out(corner, "SELECT 1")

    facts = corner.value(
        f"""SELECT ARRAY[has_database_privilege('{login}', 'warehouse', 'CREATE'),
            has_database_privilege('{login}', 'warehouse', 'TEMPORARY'),
            has_database_privilege('{login}', 'emporion', 'CONNECT'),
            EXISTS (SELECT FROM pg_auth_members WHERE member = '{login}'::regrole),
            rolsuper, rolcreaterole] FROM pg_roles WHERE rolname = '{login}'"""
    )
    assert facts == [False] * 6
    readable = corner.value(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'"
        f" AND has_schema_privilege('{login}', n.oid, 'USAGE')"
        f" AND has_table_privilege('{login}', c.oid, 'SELECT')"
    )
    assert readable == 0


def test_a_runaway_query_is_ended(corner: Corner) -> None:
    with pytest.raises(QueryRefused) as refused:
        try_out(corner, "SELECT pg_sleep(60)", Limits(timeout_ms=300))

    assert refused.value.code == "query-timeout"


def test_a_type_that_is_none_of_ours_is_refused(corner: Corner) -> None:
    table = replace(TABLE, columns=(("id", "integer); DROP ROLE x; --"),), rows=())

    with pytest.raises(QueryRefused):
        corner.connector.rehearse(table, Question("SELECT 1"), Limits())


def test_a_platform_without_a_sandbox_says_so(corner: Corner) -> None:
    from marketplace.connectors.postgres import PostgresConnector

    bare = PostgresConnector(replace(corner.connector.config, sandbox_database="not_there"))
    try:
        with pytest.raises(NeedsHuman, match="not_there"):
            bare.rehearse(TABLE, Question("SELECT 1"), Limits())
    finally:
        bare.close()
