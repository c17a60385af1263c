"""The lab against the attack classes: nothing is read, written, left behind or held up."""

import resource
import threading
import time
from collections.abc import Iterator

import pytest

from marketplace.connectors.base import Limits, QueryRefused
from marketplace.connectors.postgres.measuring import outline
from tests.connectors.contract import CUSTOMER, GROWTH, ROWS, SID
from tests.connectors.postgres.conftest import Corner
from tests.connectors.warehouse import a_corner_of_the_warehouse

VISIBLE = {(1, "LH", 10), (2, "AF", 20)}


def fill(corner: Corner, sql: str) -> str:
    return sql.replace("{view}", corner.relation).replace("{base}", corner.base)


@pytest.fixture(scope="module")
def corner() -> Iterator[Corner]:
    """One corner for all: no query of the lab may change it."""
    with a_corner_of_the_warehouse() as levers:
        corner = Corner(levers)
        corner.wants(GROWTH, CUSTOMER)
        yield corner


@pytest.fixture(autouse=True)
def _nothing_changed(corner: Corner) -> Iterator[None]:
    """After every test of this file the base table and the grants are as they were."""
    before = corner.levers.fingerprint()
    yield
    assert corner.value(f"SELECT count(*) FROM {corner.base}") == len(ROWS)
    assert corner.levers.fingerprint() == before
    assert corner.value("SELECT count(*) FROM pg_largeobject_metadata") == 0


# --- ordinary work -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM {view}",
        "select * from {view};",
        "  \n-- the delays\nSELECT * FROM {view} -- all of them",
        "SELECT * FROM {view}; -- done",
        "SELECT * FROM {view} /* all */ ;;  \n",
        "WITH late AS (SELECT * FROM {view}) SELECT * FROM late",
        "TABLE {view}",
        "(SELECT * FROM {view})",
        "SELECT * FROM {view} WHERE carrier <> ';' AND carrier <> '--' AND carrier <> $$;$$",
        "SELECT * FROM {view} WHERE carrier <> E'\\';' AND \"carrier\" <> 'it''s; /*'",
        "SELECT v.* FROM {view} AS v, LATERAL (SELECT 1) AS one ORDER BY v.id DESC",
    ],
)
def test_ordinary_queries_run(corner: Corner, sql: str) -> None:
    rows = corner.ask(fill(corner, sql))

    assert [column.name for column in rows.columns] == ["id", "carrier", "minutes"]
    assert set(rows.rows) == VISIBLE
    assert rows.truncated is False
    assert rows.elapsed_ms > 0


def test_order_types_and_odd_columns_survive(corner: Corner) -> None:
    rows = corner.ask(
        "SELECT x, x AS x, 1.50::numeric, NULL, 'a'::unknown, ARRAY[1,2], '{\"a\": 1}'::jsonb,"
        " DATE '2026-03-01', true, pg_sleep(0), ROW(1, 'b'), 'c'::bytea, x::text AS \"Ein Name\""
        " FROM generate_series(3, 1, -1) AS x ORDER BY x DESC"
    )

    assert [row[0] for row in rows.rows] == [3, 2, 1]
    assert [column.name for column in rows.columns][:2] == ["x", "x"]
    assert rows.columns[-1].name == "Ein Name"
    assert rows.columns[0].type == "int4"
    assert str(rows.rows[0][2]) == "1.50"
    assert rows.rows[0][5] == [1, 2]
    assert rows.rows[0][6] == {"a": 1}


def test_rows_are_cut_at_the_limit(corner: Corner) -> None:
    cut = corner.ask("SELECT generate_series(1, 1000)", rows=70)
    whole = corner.ask("SELECT generate_series(1, 70)", rows=70)

    assert (len(cut.rows), cut.truncated) == (70, True)
    assert (len(whole.rows), whole.truncated) == (70, False)


def test_an_empty_result_has_columns(corner: Corner) -> None:
    rows = corner.ask(f"SELECT id FROM {corner.relation} WHERE false")

    assert (rows.rows, rows.truncated, rows.columns[0].name) == ([], False, "id")


# --- one reading statement ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT 2",
        "SELECT 1; COMMIT",
        "SELECT 1; DROP TABLE {base}",
        "SELECT 1;\n;COMMIT; BEGIN; DELETE FROM {base}; COMMIT",
        "COMMIT",
        "ROLLBACK; SELECT 1",
        "BEGIN",
        "END; SELECT 1",
        "SAVEPOINT a",
        "RESET ROLE",
        "SET ROLE emporion_super",
        "SET SESSION AUTHORIZATION DEFAULT",
        "SET statement_timeout = 0",
        "SET TRANSACTION READ WRITE",
        "INSERT INTO {base} VALUES (9)",
        "UPDATE {base} SET id = 9 RETURNING *",
        "DELETE FROM {base} RETURNING *",
        "MERGE INTO {base} USING {view} AS v ON false WHEN NOT MATCHED THEN DO NOTHING",
        "TRUNCATE {base}",
        "CREATE TEMP TABLE mine AS SELECT 1",
        "CREATE TABLE mine (a int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION dblink",
        "COPY {view} TO PROGRAM 'sh'",
        "COPY (SELECT 1) TO STDOUT",
        "COPY {base} FROM '/etc/passwd'",
        "DO $$ BEGIN NULL; END $$",
        "CALL f()",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE DELETE FROM {base}",
        "LISTEN a",
        "NOTIFY a",
        "LOCK TABLE {view}",
        "VACUUM",
        "CHECKPOINT",
        "SHOW ALL",
        "GRANT ALL ON {base} TO PUBLIC",
        "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
        "DECLARE c CURSOR FOR SELECT 1",
        "FETCH ALL FROM as_typed",
        "LOAD 'plpgsql'",
        "DISCARD ALL",
        "",
        ";",
        "-- nothing",
        "   ",
        "SELECT",
        "WITH gone AS (DELETE FROM {view} RETURNING *) SELECT * FROM gone",
        "SELECT * FROM {view} FOR UPDATE",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT set_config('transaction_isolation', 'serializable', false)",
    ],
)
def test_anything_but_one_reading_statement_is_refused(corner: Corner, sql: str) -> None:
    assert corner.refusal(fill(corner, sql)) in {"not-a-single-read-query", "permission-denied"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1) AS typed; DELETE FROM {base}; --",
        "SELECT 1) AS typed OFFSET 0) AS once (c0)) AS sized; DELETE FROM {base}; --",
        "SELECT 1) AS a, (SELECT * FROM {base}",
        "SELECT 1 /* never closed",
        "SELECT 'never closed",
        "SELECT $a$never closed$b$",
        "SELECT 1 -- ) AS typed\n) AS typed",
        "SELECT 1 INTO mine",
        "SELEC 1",
        "SELECT nothing_of_this_name",
        "SELECT * FROM nothing_of_this_name",
        "SELECT nothing_of_this_name()",
        "SELECT 1\x00; DELETE FROM {base}",
        "SELECT '\ud800'",
        "SELECT " + "1," * 60_000,
    ],
)
def test_texts_that_do_not_parse_alone_are_refused(corner: Corner, sql: str) -> None:
    assert corner.refusal(fill(corner, sql)) in {"syntax-error", "not-a-single-read-query"}


def test_a_failing_expression_is_told_in_the_servers_words(corner: Corner) -> None:
    with pytest.raises(QueryRefused) as caught:
        corner.ask("SELECT 1/0")

    assert (caught.value.code, caught.value.message) == ("query-failed", "division by zero")


# --- other data, other roles -------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM {base}",
        "SELECT count(*) FROM {base}",
        "SELECT * FROM emporion_entitlements.entitlement",
        "SELECT * FROM emporion_entitlements.consumer",
        "SELECT * FROM emporion_control.probe",
        "SELECT rolpassword FROM pg_authid",
        "SELECT * FROM pg_shadow",
        "SELECT * FROM pg_hba_file_rules",
        "SELECT * FROM pg_user_mapping",
        "SELECT * FROM pg_largeobject",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('PG_VERSION')",
        "SELECT * FROM pg_ls_dir('.')",
        "SELECT * FROM pg_stat_file('PG_VERSION')",
        "SELECT * FROM pg_ls_logdir()",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, 'a')",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'a')",
        "SELECT pg_reload_conf()",
        "SELECT pg_rotate_logfile()",
        "SELECT pg_switch_wal()",
        "SELECT pg_create_restore_point('a')",
        "SELECT set_config('role', 'emporion_super', false)",
        "SELECT set_config('role', 'emporion_provisioner', false)",
        "SELECT set_config('role', 'emporion_publisher', false)",
        "SELECT set_config('role', '{handle}', false)",
        "SELECT set_config('role', '{petra}', false)",
        "SELECT set_config('session_authorization', 'emporion_super', false)",
        "SELECT set_config('session_replication_role', 'replica', false)",
        "SELECT set_config('log_statement', 'all', false)",
        "SELECT query_to_xml('SELECT * FROM {base}', true, false, '')",
        "SELECT table_to_xml('{base}', true, false, '')",
        "SELECT query_to_xml('SET ROLE emporion_super', true, false, '')",
        "SELECT * FROM ts_stat('SELECT note::tsvector FROM {base}')",
        "SELECT pg_get_viewdef('{base}'::regclass)",
        (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'emporion_provisioner'"
        ),
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'emporion_super'",
    ],
)
def test_what_was_not_granted_is_denied(corner: Corner, sql: str) -> None:
    text = fill(corner, sql).replace("{handle}", corner.handle)
    text = text.replace("{petra}", CUSTOMER.role(corner.levers.env))

    with pytest.raises(QueryRefused) as caught:
        corner.ask(text)

    assert caught.value.code in {
        "permission-denied",
        "query-failed",
        "syntax-error",
        "not-a-single-read-query",
    }
    assert not any(str(row[3]) in caught.value.message for row in ROWS if row[3])


def test_going_back_to_oneself_is_harmless(corner: Corner) -> None:
    login = GROWTH.role(corner.levers.env)

    reset = corner.ask("SELECT set_config('role', 'none', false), current_user, session_user")

    assert reset.rows == [("none", login, login)]


def test_a_query_to_xml_cannot_write(corner: Corner) -> None:
    for inner in ("DELETE FROM {view}", "CREATE TEMP TABLE a (b int)", "COMMIT"):
        text = fill(corner, f"SELECT query_to_xml('{inner}', true, false, '')")
        assert corner.refusal(text) in {
            "not-a-single-read-query",
            "permission-denied",
            "query-failed",
        }


def test_what_others_run_is_not_visible(corner: Corner) -> None:
    rows = corner.ask("SELECT usename, query FROM pg_stat_activity WHERE usename <> current_user")

    assert {row[1] for row in rows.rows} <= {None, "<insufficient privilege>"}


def test_a_text_that_is_no_unicode_is_refused(corner: Corner) -> None:
    assert corner.refusal("SELECT '\ud800'") == "syntax-error"


def test_names_of_consumers_are_not_visible(corner: Corner) -> None:
    rows = corner.ask(
        "SELECT rolname || coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles"
    )

    assert not any("growth" in row[0] or "customer" in row[0] for row in rows.rows)


@pytest.mark.parametrize(
    "sql",
    [
        # The hidden row has 30 minutes: a leaky predicate that ran first would divide by zero.
        "SELECT * FROM {view} WHERE 1 / (minutes - 30) <> 99",
        "SELECT v.* FROM {view} AS v, LATERAL (SELECT 1 / (v.minutes - 30)) AS leak (x)",
        "SELECT * FROM {view} WHERE (carrier = 'KL')::int * 0 + 1 / (minutes - 30) <> 99",
        "SELECT * FROM {view} WHERE CASE carrier WHEN 'KL' THEN 1 / (minutes - 30) ELSE 1 END = 1",
    ],
)
def test_hidden_rows_do_not_leak_through_predicates(corner: Corner, sql: str) -> None:
    assert {row[:3] for row in corner.ask(fill(corner, sql)).rows} == VISIBLE


def test_who_was_never_let_in_is_told_so_and_nothing_else(corner: Corner) -> None:
    assert corner.refusal("SELECT 1", SID) == "access-ended"


# --- nothing outlives a query ------------------------------------------------------------------


def test_a_raised_time_out_does_not_reach_the_next_query(corner: Corner) -> None:
    corner.ask("SELECT set_config('statement_timeout', '0', false)")

    assert corner.refusal("SELECT pg_sleep(5)", timeout_ms=200) == "query-timeout"


def test_locks_and_settings_end_with_the_query(corner: Corner) -> None:
    corner.ask("SELECT pg_advisory_lock(4711), set_config('application_name', 'x', false)")

    while corner.value("SELECT count(*) FROM pg_locks WHERE objid = 4711"):
        time.sleep(0.005)  # the backend ends a moment after its connection
    assert corner.ask("SELECT current_setting('application_name')").rows == [("emporion lab",)]


# --- time and size -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_sleep(60)",
        "SELECT count(*) FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b",
        (
            "WITH RECURSIVE loop AS (SELECT 1 AS n UNION ALL SELECT n FROM loop)"
            " SELECT count(*) FROM loop"
        ),
        "SELECT generate_series(1, 3) AS x, pg_sleep(0.15)",
        (
            "SELECT set_config('statement_timeout', '0', false), pg_sleep(0.0001 * x)"
            " FROM generate_series(1, 100000) AS x"
        ),
    ],
)
def test_a_long_query_ends_within_a_second_of_its_limit(corner: Corner, sql: str) -> None:
    started = time.monotonic()

    code = corner.refusal(sql, timeout_ms=300, rows=100_000)

    assert code == "query-timeout"
    assert time.monotonic() - started < 1.8


def test_a_query_can_be_cancelled(corner: Corner) -> None:
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    started = time.monotonic()

    with pytest.raises(QueryRefused) as caught:
        corner.connector.query(
            corner.grant(), "SELECT pg_sleep(30)", Limits(timeout_ms=30_000), cancel
        )

    assert caught.value.code == "query-cancelled"
    assert time.monotonic() - started < 2
    running = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'emporion lab'"
    while corner.value(running):
        time.sleep(0.005)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('x', 100000000)",
        "SELECT repeat('x', 100000000) FROM generate_series(1, 3)",
        "SELECT decode(repeat('00', 40000000), 'hex')",
        "SELECT array_agg(x) FROM generate_series(1, 5000000) AS x",
        "SELECT to_jsonb(repeat('x', 50000000))",
        "SELECT ROW(repeat('x', 50000000))",
        "SELECT repeat('x', 3000) FROM generate_series(1, 1000)",
        "SELECT " + ", ".join(["1"] * 501),
        "SELECT " + ", ".join(["1"] * 1700),
    ],
)
def test_a_result_that_is_too_large_is_refused_and_takes_no_memory(
    corner: Corner, sql: str
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert corner.refusal(sql, bytes=1_000_000) == "result-too-large"

    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 30_000


def test_a_cell_up_to_the_limit_arrives_whole(corner: Corner) -> None:
    rows = corner.ask("SELECT repeat('ü', 400000)", bytes=1_000_000)

    assert rows.rows == [("ü" * 400_000,)]


def test_a_volatile_expression_runs_once_per_row(corner: Corner) -> None:
    rows = corner.ask("SELECT clock_timestamp()::text, pg_sleep(0.05)", timeout_ms=5000)

    assert rows.elapsed_ms < 100


# --- the glance --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "first", "body", "several"),
    [
        ("SELECT 1", "SELECT", "SELECT 1", False),
        (" select 1 ; -- x", "select", " select 1", False),
        ("SELECT ';' ", "SELECT", "SELECT ';'", False),
        ("SELECT 1; SELECT 2;", "SELECT", "SELECT 1; SELECT 2", True),
        ("/* ; */ (SELECT 1)", "(", "/* ; */ (SELECT 1)", False),
        ("SELECT $x$ ; -- $x$ ;", "SELECT", "SELECT $x$ ; -- $x$", False),
        ("SELECT E'\\'; --'", "SELECT", "SELECT E'\\'; --'", False),
        ('SELECT ";" -- ;', "SELECT", 'SELECT ";"', False),
        ("-- only\n;", "", "", False),
    ],
)
def test_the_glance_at_a_text(sql: str, first: str, body: str, *, several: bool) -> None:
    seen = outline(sql)

    assert (seen.first, seen.body, seen.several) == (first, body, several)
