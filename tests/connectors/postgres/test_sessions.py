"""What a revoke does to sessions that are open, and connections of our own."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from marketplace.connectors.base import (
    Grant,
    Limits,
    NeedsHuman,
    PortDesired,
    Principal,
    QueryRefused,
    Transient,
)
from marketplace.connectors.postgres import PostgresConnector, watchdog
from tests.connectors.contract import CUSTOMER, GROWTH, Held
from tests.connectors.postgres.conftest import Corner
from tests.connectors.warehouse import config


def open_session(corner: Corner) -> psycopg.Connection[Any]:
    """A consumer's own session, made with a short-lived login."""
    info = corner.connector.credentials(corner.grant(), timedelta(minutes=5))
    return psycopg.connect(info.url)


@pytest.fixture
def session(corner: Corner) -> Iterator[psycopg.Connection[Any]]:
    opened = open_session(corner)
    yield opened
    opened.close()


def test_a_revoke_ends_open_cursors_and_sessions(
    corner: Corner, session: psycopg.Connection[Any]
) -> None:
    with session.cursor("open") as cursor:
        cursor.execute(f"SELECT * FROM {corner.relation}, generate_series(1, 1000000)".encode())
        assert len(cursor.fetchmany(10)) == 10

        corner.wants(CUSTOMER)

        with pytest.raises(psycopg.OperationalError):
            cursor.fetchmany(200_000)
    assert session.closed


def test_a_revoke_ends_a_query_in_the_lab_and_says_why(corner: Corner) -> None:
    def run() -> str:
        return corner.refusal(f"SELECT id, pg_sleep(20) FROM {corner.relation}", timeout_ms=30_000)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run)
        at_work = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        while not corner.value(at_work):
            time.sleep(0.005)
        corner.wants(CUSTOMER)

        assert waiting.result(10) == "access-ended"


def test_a_session_ended_by_another_is_no_end_of_access(corner: Corner) -> None:
    def run() -> None:
        corner.ask(f"SELECT id, pg_sleep(20) FROM {corner.relation}", timeout_ms=30_000)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run)
        at_work = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        while not corner.value(at_work):
            time.sleep(0.005)
        corner.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE wait_event = 'PgSleep'"
        )

        with pytest.raises(Transient):
            waiting.result(10)


def test_a_revoke_leaves_other_consumers_alone(corner: Corner) -> None:
    petra = corner.connector.credentials(corner.grant(CUSTOMER), timedelta(minutes=5))
    with psycopg.connect(petra.url) as hers:
        corner.wants(CUSTOMER)

        assert hers.execute(f"SELECT count(*) FROM {corner.relation}".encode()).fetchone() == (2,)


def test_narrowing_a_variant_ends_the_sessions_that_read_the_wider_one(
    corner: Corner, session: psycopg.Connection[Any]
) -> None:
    with session.cursor("open") as cursor:
        cursor.execute(f"SELECT * FROM {corner.relation}, generate_series(1, 100000)".encode())
        cursor.fetchmany(10)

        corner.wants(GROWTH, CUSTOMER, variant=corner.variant_with(columns=("id",)))

        with pytest.raises(psycopg.OperationalError):
            cursor.fetchmany(100_000)


def test_sessions_are_ended_on_request(corner: Corner, session: psycopg.Connection[Any]) -> None:
    session.execute("SELECT 1")

    assert corner.connector.end_sessions(GROWTH, corner.variant) == 1
    assert corner.connector.end_sessions(GROWTH, corner.variant) == 0
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")


def test_a_consumers_advisory_locks_do_not_hold_up_its_revoke(corner: Corner) -> None:
    """Whatever key it guesses: we take no lock that a consumer can take."""
    lock = f"SELECT pg_advisory_lock(hashtextextended('{corner.handle}', 0)), pg_sleep(20)"

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: corner.refusal(lock, timeout_ms=20_000))
        while not corner.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"):
            time.sleep(0.005)
        started = time.monotonic()
        corner.wants(CUSTOMER)

        assert time.monotonic() - started < 5
        assert waiting.result(10) == "access-ended"


# --- our own connections -----------------------------------------------------------------------


def test_a_connection_that_the_server_ended_is_replaced(corner: Corner) -> None:
    corner.connector.observe(corner.variant)
    corner.value(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        " WHERE application_name = 'emporion provisioner'"
    )

    assert corner.connector.observe(corner.variant).exists is True


def test_connections_are_kept_and_bounded(corner: Corner) -> None:
    mine = PostgresConnector(config(corner.levers.env))
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'emporion provisioner'"
    before = corner.value(count)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: mine.observe(corner.variant), range(32)))

    while (kept := corner.value(count) - before) > 4:  # the rest are on their way out
        time.sleep(0.005)
    mine.close()

    assert kept >= 1
    while corner.value(count) > before:
        time.sleep(0.005)


def test_a_child_process_does_not_share_a_connection(corner: Corner) -> None:
    corner.connector.observe(corner.variant)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - in the child
        same = corner.connector.observe(corner.variant).exists
        os.write(write, b"1" if same else b"0")
        os._exit(0)
    answer = os.read(read, 1)
    os.waitpid(child, 0)

    assert answer == b"1"
    assert corner.connector.observe(corner.variant).exists is True


def test_a_wrong_password_of_ours_is_for_a_person_to_mend(corner: Corner) -> None:
    wrong = PostgresConnector(config(corner.levers.env, password="not this one"))

    with pytest.raises(NeedsHuman) as caught:
        wrong.observe(corner.variant)

    assert "not this one" not in str(caught.value)
    assert [finding.code for finding in wrong.check()] == ["unreachable"]


def test_a_server_that_is_away_is_transient(corner: Corner) -> None:
    away = PostgresConnector(config(corner.levers.env, port=1))

    with pytest.raises(Transient):
        away.observe(corner.variant)
    with pytest.raises(Transient):
        away.probe(corner.grant(), expect_access=False)
    with pytest.raises(Transient):
        away.query(corner.grant(), "SELECT 1", Limits())


def test_a_changed_lab_secret_heals_itself(corner: Corner) -> None:
    other = PostgresConnector(config(corner.levers.env, lab_secret="another secret of the lab"))
    try:
        assert other.probe(corner.grant(), expect_access=True).ok is True
        assert corner.connector.probe(corner.grant(), expect_access=True).ok is True
    finally:
        other.close()


def test_a_login_that_was_locked_is_no_access(corner: Corner) -> None:
    corner.levers.run("ALTER ROLE {} NOLOGIN", GROWTH.role(corner.levers.env))

    probe = corner.connector.probe(corner.grant(), expect_access=False)

    assert (probe.ok, probe.details[0].name, probe.details[0].outcome) == (True, "login", "refused")
    assert corner.refusal("SELECT 1") == "access-ended"


def test_too_many_sessions_of_a_consumer_are_transient(corner: Corner) -> None:
    corner.levers.run("ALTER ROLE {} CONNECTION LIMIT 0", GROWTH.role(corner.levers.env))

    with pytest.raises(Transient):
        corner.ask("SELECT 1")


# --- numbers -----------------------------------------------------------------------------------


def test_forty_grants_at_once_all_stand(corner: Corner) -> None:
    """Eight writers on one handle: memberships do not fight over a row, as direct grants do."""
    people = [Principal("user", f"person-{number}") for number in range(40)]
    connector = corner.connector

    def let_in(person: Principal) -> bool:
        wanted = corner.members(person)
        observed = connector.observe(corner.variant, frozenset({person}))
        plan = connector.plan(PortDesired(corner.variant, wanted), observed)
        list(connector.apply(plan, Held()))
        return bool(connector.probe(Grant(corner.variant, person), expect_access=True).ok)

    with ThreadPoolExecutor(8) as pool:
        proven = list(pool.map(let_in, people))

    assert proven == [True] * 40
    assert len(connector.observe(corner.variant).members) == 42


def test_an_expired_access_is_an_ended_access_in_the_lab(corner: Corner) -> None:
    corner.levers.dba.execute(
        "UPDATE emporion_entitlements.entitlement SET expires_at = now() WHERE handle = %s",
        [corner.handle],
    )

    with pytest.raises(QueryRefused) as caught:
        corner.ask("SELECT 1")

    assert caught.value.code == "access-ended"


# --- races and stubborn sessions ---------------------------------------------------------------


def fail_inserts(corner: Corner, times: int) -> None:
    """Let the next inserts of entitlements fail as if two writers had met."""
    env = corner.levers.env
    corner.levers.dba.execute(
        f"CREATE SEQUENCE public.seq_{env};"
        f"CREATE FUNCTION public.meet_{env}() RETURNS trigger LANGUAGE plpgsql"
        " SECURITY DEFINER AS $$ BEGIN"
        f" IF nextval('public.seq_{env}') <= {times} THEN"
        " RAISE EXCEPTION 'tuple concurrently updated' USING ERRCODE = 'XX000'; END IF;"
        " RETURN NEW; END $$;"
        f"CREATE TRIGGER meet_{env} BEFORE INSERT ON emporion_entitlements.entitlement"
        f" FOR EACH ROW WHEN (starts_with(NEW.handle::text, 'mp_{env}_'))"
        f" EXECUTE FUNCTION public.meet_{env}()".encode()
    )
    corner.levers.cleaning.append(
        lambda: corner.levers.dba.execute(
            f"DROP FUNCTION public.meet_{env} CASCADE; DROP SEQUENCE public.seq_{env}".encode()
        )
    )


def test_writers_that_meet_try_again_at_once(corner: Corner) -> None:
    fail_inserts(corner, times=3)
    zoe = Principal("user", "zoe")

    corner.wants(GROWTH, CUSTOMER, zoe)

    assert corner.connector.probe(corner.grant(zoe), expect_access=True).ok is True


def test_writers_that_meet_again_and_again_leave_it_to_the_engine(corner: Corner) -> None:
    fail_inserts(corner, times=1000)
    zoe = Principal("user", "zoe")

    with pytest.raises(Transient, match="XX000"):
        corner.wants(GROWTH, CUSTOMER, zoe)

    assert corner.connector.probe(corner.grant(zoe), expect_access=False).ok is True


def test_a_session_that_ignores_a_cancel_is_ended(
    corner: Corner, session: psycopg.Connection[Any]
) -> None:
    class Stubborn:
        def cancel_safe(self, *, timeout: float) -> None:
            raise psycopg.OperationalError("no answer")

    stubborn: Any = Stubborn()

    watchdog._stop(
        stubborn, corner.connector._provisioner, session.info.backend_pid, threading.Event()
    )

    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT pg_sleep(10)")
