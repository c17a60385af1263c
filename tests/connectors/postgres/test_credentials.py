"""Short-lived logins: the consumer's rights, for a while."""

from datetime import timedelta

import psycopg
import pytest

from marketplace.connectors.base import ConnInfo, QueryRefused
from marketplace.connectors.postgres import PostgresConnector
from tests.connectors.contract import CUSTOMER, GROWTH, SID
from tests.connectors.postgres.conftest import Corner
from tests.connectors.warehouse import config


def issue(corner: Corner, ttl: timedelta = timedelta(minutes=5)) -> ConnInfo:
    info: ConnInfo = corner.connector.credentials(corner.grant(), ttl)
    return info


def expire(corner: Corner, info: ConnInfo) -> None:
    corner.levers.run("ALTER ROLE {} VALID UNTIL '2020-01-01'", info.user)


def exists(corner: Corner, info: ConnInfo) -> bool:
    return bool(corner.value(f"SELECT count(*) FROM pg_roles WHERE rolname = '{info.user}'"))


def test_it_reads_what_the_consumer_may_read_and_nothing_else(corner: Corner) -> None:
    info = issue(corner)

    with psycopg.connect(info.url, autocommit=True) as session:
        rows = session.execute(f"SELECT id FROM {info.relation} ORDER BY id".encode()).fetchall()
        for refused in (corner.base, "emporion_control.probe", "emporion_entitlements.consumer"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(f"SELECT * FROM {refused}".encode())
        for role in (corner.handle, GROWTH.role(corner.levers.env), "emporion_publisher"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(f'SET ROLE "{role}"'.encode())
        for statement in ("CREATE TEMP TABLE a (b int)", "CREATE SCHEMA mine", "CREATE ROLE bob"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)

    assert rows == [(1,), (2,)]
    assert info.relation == corner.relation


def test_its_password_is_random_hidden_and_hashed(corner: Corner) -> None:
    one, other = issue(corner), issue(corner)

    stored = corner.value(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{one.user}'")
    assert one.password != other.password
    assert one.user != other.user
    assert stored.startswith("SCRAM-SHA-256$")
    assert one.password not in repr(one)
    assert one.password in one.url


def test_it_ends_with_its_time_or_with_the_access(corner: Corner) -> None:
    short = issue(corner, timedelta(minutes=5))
    long = issue(corner, timedelta(hours=12))

    now = corner.levers.now()
    assert timedelta(minutes=4, seconds=50) < short.expires_at - now <= timedelta(minutes=5)
    assert long.expires_at - now <= timedelta(hours=1)
    valid = corner.value(f"SELECT rolvaliduntil FROM pg_authid WHERE rolname = '{long.user}'")
    assert valid == long.expires_at


@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(hours=-1), timedelta(hours=13)])
def test_a_ttl_out_of_bounds_is_refused(corner: Corner, ttl: timedelta) -> None:
    before = corner.levers.fingerprint()

    with pytest.raises(ValueError, match="lives up to"):
        issue(corner, ttl)

    assert corner.levers.fingerprint() == before


def test_without_access_there_is_none(corner: Corner) -> None:
    corner.wants(CUSTOMER)
    before = corner.levers.fingerprint()

    for who in (GROWTH, SID):
        with pytest.raises(QueryRefused) as caught:
            corner.connector.credentials(corner.grant(who), timedelta(minutes=5))
        assert caught.value.code == "access-ended"

    assert corner.levers.fingerprint() == before


def test_after_a_revoke_it_reads_nothing(corner: Corner) -> None:
    info = issue(corner)
    corner.wants(CUSTOMER)

    with psycopg.connect(info.url) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(f"SELECT * FROM {corner.relation}".encode())


def test_an_expired_one_opens_nothing_and_is_cleaned_up_with_its_sessions(corner: Corner) -> None:
    due, current = issue(corner), issue(corner)
    with psycopg.connect(due.url, autocommit=True) as session:
        expire(corner, due)

        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(due.url)
        assert corner.connector.clean_up_credentials() == 1
        assert corner.connector.clean_up_credentials() == 0

        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    assert (exists(corner, due), exists(corner, current)) == (False, True)


def test_one_that_left_traces_is_locked_for_good(corner: Corner) -> None:
    info = issue(corner)
    with psycopg.connect(info.url, autocommit=True) as session:
        session.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
    expire(corner, info)

    assert corner.connector.clean_up_credentials() == 1
    assert corner.connector.clean_up_credentials() == 0

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(info.url)
    assert exists(corner, info) is True


def test_all_of_a_consumer_are_withdrawn_at_once(corner: Corner) -> None:
    mine = [issue(corner) for _ in range(3)]
    hers = corner.connector.credentials(corner.grant(CUSTOMER), timedelta(minutes=5))

    assert corner.connector.withdraw_credentials(GROWTH) == 3

    assert [exists(corner, info) for info in mine] == [False] * 3
    assert exists(corner, hers) is True


def test_a_role_that_only_looks_like_ours_is_not_touched(corner: Corner) -> None:
    name = corner.connector.config.credential_name("somebody", "else")
    corner.levers.run("CREATE ROLE {} LOGIN VALID UNTIL '2020-01-01'", name)

    assert corner.connector.clean_up_credentials() == 0
    assert corner.value(f"SELECT count(*) FROM pg_roles WHERE rolname = '{name}'") == 1


def test_consumers_are_told_the_public_host(corner: Corner) -> None:
    connector = PostgresConnector(config(corner.levers.env, public_host="warehouse.example.com"))
    info = connector.credentials(corner.grant(), timedelta(minutes=1))
    connector.close()

    assert info.host == "warehouse.example.com"
    assert "@warehouse.example.com:" in info.url
