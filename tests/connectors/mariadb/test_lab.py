"""The lab on MariaDB: nothing is read, written, left behind or held up."""

import resource
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from marketplace.connectors.base import Limits, QueryRefused
from tests.connectors.contract import CUSTOMER, GROWTH, ROWS, SID
from tests.connectors.mariadb.conftest import Corner
from tests.connectors.mariadb_server import Server, a_corner_of_mariadb

MANY = "WITH RECURSIVE s AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT "
VISIBLE = {(1, "LH", 10), (2, "AF", 20)}


@pytest.fixture(scope="module")
def corner(mariadb_server: Server) -> Iterator[Corner]:
    """One corner for all: no query of the lab may change it."""
    with a_corner_of_mariadb(mariadb_server) as levers:
        corner = Corner(levers)
        corner.wants(GROWTH, CUSTOMER)
        yield corner


@pytest.fixture(autouse=True)
def _nothing_changed(corner: Corner) -> Iterator[None]:
    before = corner.levers.fingerprint()
    yield
    assert corner.levers.run(f"SELECT count(*) FROM {corner.base}") == [(len(ROWS),)]
    assert corner.levers.fingerprint() == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM {view}",
        "select * from {view};",
        "  \n-- the delays\nSELECT * FROM {view} -- all of them",
        "# the delays\n/* all */ SELECT * FROM {view}",
        "WITH late AS (SELECT * FROM {view}) SELECT * FROM late",
        "(SELECT * FROM {view})",
        'SELECT "id", "carrier", minutes FROM {view} WHERE carrier <> \';\'',
    ],
)
def test_ordinary_queries_run(corner: Corner, sql: str) -> None:
    rows = corner.ask(sql)

    assert [column.name for column in rows.columns] == ["id", "carrier", "minutes"]
    assert set(rows.rows) == VISIBLE
    assert rows.truncated is False
    assert rows.elapsed_ms > 0


def test_equal_names_and_types_survive(corner: Corner) -> None:
    rows = corner.ask("SELECT id, id, 1.50 AS money, NULL AS none FROM {view} ORDER BY id LIMIT 1")

    assert [column.name for column in rows.columns] == ["id", "id", "money", "none"]
    assert [column.type for column in rows.columns][:3] == ["long", "long", "newdecimal"]
    assert str(rows.rows[0][2]) == "1.50"


def test_rows_are_cut_at_the_limit(corner: Corner) -> None:
    cut = corner.ask(MANY.format(900) + "n FROM s", rows=70)
    whole = corner.ask(MANY.format(70) + "n FROM s", rows=70)

    assert (len(cut.rows), cut.truncated) == (70, True)
    assert (len(whole.rows), whole.truncated) == (70, False)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT 1; SELECT 2", "syntax-error"),
        ("SELECT 1; DROP TABLE {base}", "syntax-error"),
        ("COMMIT", "not-a-single-read-query"),
        ("SET PASSWORD = PASSWORD('x')", "not-a-single-read-query"),
        ("SET STATEMENT max_statement_time = 0 FOR SELECT 1", "not-a-single-read-query"),
        ("SET ROLE NONE", "not-a-single-read-query"),
        ("/*! SET PASSWORD = PASSWORD('x') */", "not-a-single-read-query"),
        ("/*M! DROP TABLE {base} */", "not-a-single-read-query"),
        ("INSERT INTO {base} VALUES (9, 'LH', 1, 'x')", "not-a-single-read-query"),
        ("CALL emporion_control.make_handle('a', 'b')", "not-a-single-read-query"),
        ("PREPARE a FROM 'SELECT 1'", "not-a-single-read-query"),
        ("", "not-a-single-read-query"),
        ("SELECT * FROM {base}", "permission-denied"),
        ("SELECT * FROM mysql.global_priv", "permission-denied"),
        ("SELECT * FROM emporion_entitlements.entitlement", "permission-denied"),
        ("SELECT * FROM emporion_control.account", "permission-denied"),
        ("SELECT emporion_control.fingerprint('a', 'b')", "permission-denied"),
        ("SELECT 1 INTO OUTFILE '/tmp/emporion-lab'", "permission-denied"),
        ("SELECT note FROM {view}", "syntax-error"),
        ("SELECT FROM WHERE", "syntax-error"),
        ("SELECT 1\x00", "syntax-error"),
        ("SELECT '" + "x" * 100_000 + "'", "syntax-error"),
    ],
)
def test_what_is_refused(corner: Corner, sql: str, code: str) -> None:
    assert corner.refusal(sql) == code


def test_files_and_other_peoples_work_are_not_seen(corner: Corner) -> None:
    assert corner.ask("SELECT LOAD_FILE('/etc/passwd')").rows == [(None,)]
    seen = corner.ask("SELECT DISTINCT USER FROM information_schema.PROCESSLIST").rows
    assert seen == [(corner.levers.login(GROWTH),)]
    databases = corner.ask("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA").rows
    assert (corner.levers.base[0],) not in databases


def test_a_stranger_gets_nothing(corner: Corner) -> None:
    assert corner.refusal("SELECT * FROM {view}", SID) == "access-ended"


@pytest.mark.parametrize(
    "sql",
    ["SELECT SLEEP(20)", MANY.format(900) + "count(*) FROM s AS a, s AS b, s AS c, s AS d"],
)
def test_a_query_that_takes_too_long_is_stopped(corner: Corner, sql: str) -> None:
    began = time.monotonic()

    assert corner.refusal(sql, timeout_ms=500) == "query-timeout"

    assert time.monotonic() - began < 10


def test_a_query_can_be_cancelled(corner: Corner) -> None:
    cancel = threading.Event()

    def run() -> str:
        with pytest.raises(QueryRefused) as caught:
            corner.connector.query(corner.grant(), "SELECT SLEEP(30)", Limits(), cancel)
        return caught.value.code

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run)
        while not corner.levers.run(
            "SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(30)'"
        ):
            time.sleep(0.01)
        cancel.set()

        assert waiting.result(20) == "query-cancelled"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT REPEAT('x', 15000000)",
        "SELECT " + ", ".join(["REPEAT('x', 9000000)"] * 20),
        MANY.format(900) + "REPEAT('x', 1000) FROM s AS a, s AS b",
    ],
)
def test_a_giant_result_never_reaches_our_memory(corner: Corner, sql: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert corner.refusal(sql, rows=1_000_000) == "result-too-large"

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kB
    assert corner.refusal("SELECT " + ", ".join(["1"] * 501)) == "result-too-large"


def test_a_revoke_ends_a_query_in_the_lab_and_says_why(mariadb_server: Server) -> None:
    with a_corner_of_mariadb(mariadb_server) as levers:
        corner = Corner(levers)
        corner.wants(GROWTH, CUSTOMER)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(
                corner.refusal, "SELECT id, SLEEP(20) FROM {view}", timeout_ms=30_000
            )
            while not levers.run(
                "SELECT 1 FROM information_schema.PROCESSLIST"
                " WHERE USER = %s AND STATE = 'User sleep'",
                levers.login(GROWTH),
            ):
                time.sleep(0.01)
            corner.wants(CUSTOMER)

            assert waiting.result(20) == "access-ended"
