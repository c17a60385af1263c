"""Short-lived logins, open sessions, changed secrets, and what a platform's owner reads."""

from datetime import timedelta
from typing import Any

import pymysql
import pytest

from marketplace.connectors.base import Mask, Permanent, QueryRefused
from marketplace.connectors.mariadb import MariadbConnector
from marketplace.connectors.withdrawing import Withdrawing
from tests.connectors.contract import COLUMNS, CUSTOMER, GROWTH, SID
from tests.connectors.mariadb.conftest import Corner
from tests.connectors.mariadb_server import config


def accounts(corner: Corner, end: str) -> list[Any]:
    mine = rf"mp\_{corner.levers.env}\_%\_{end}"
    return corner.levers.run("SELECT User FROM mysql.user WHERE User LIKE %s", mine)


def test_a_credential_reads_what_the_consumer_reads_and_no_more(corner: Corner) -> None:
    with corner.session() as session:
        assert corner.rows(session, "SELECT id FROM {view}") == [(1,), (2,)]
        for sql in ("SELECT * FROM {base}", "DELETE FROM {view}", "CREATE TABLE x (id int)"):
            with pytest.raises(pymysql.MySQLError):
                corner.rows(session, sql)


def test_a_credential_is_for_who_has_access_and_for_a_while(corner: Corner) -> None:
    with pytest.raises(QueryRefused) as caught:
        corner.connector.credentials(corner.grant(SID), timedelta(minutes=1))
    with pytest.raises(ValueError, match="lives up to"):
        corner.connector.credentials(corner.grant(), timedelta(hours=13))

    assert caught.value.code == "access-ended"
    assert accounts(corner, "t") == []


def test_what_is_due_is_dropped_and_the_rest_stays(corner: Corner) -> None:
    connector = corner.connector
    connector.credentials(corner.grant(), timedelta(microseconds=1))
    kept = connector.credentials(corner.grant(), timedelta(minutes=1))

    assert connector.clean_up_credentials() == 1

    assert accounts(corner, "t") == [(kept.user,)]
    assert connector.withdraw_credentials(CUSTOMER) == 0
    assert connector.withdraw_credentials(GROWTH) == 1
    assert accounts(corner, "t") == []


def test_a_revoke_ends_open_sessions(corner: Corner) -> None:
    session = corner.session()
    try:
        corner.rows(session, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
        assert corner.rows(session, "SELECT id FROM {view}") == [(1,), (2,)]

        plan = corner.wants(CUSTOMER)

        with pytest.raises(pymysql.MySQLError):
            corner.rows(session, "SELECT id FROM {view}")
    finally:
        session.close()
    assert [step.id.partition(":")[0] for step in plan.steps] == ["disentitle", "sessions", "leave"]


def test_a_new_secret_heals_the_logins(corner: Corner) -> None:
    other = MariadbConnector(
        config(corner.levers.server, corner.levers.env, lab_secret="another secret of 16 letters")
    )
    try:
        assert other.probe(corner.grant(), expect_access=True).ok
        assert other.observe(corner.variant).drift == ()
    finally:
        other.close()


def test_a_relation_is_described_profiled_and_sampled(corner: Corner) -> None:
    connector, base = corner.connector, corner.levers.base

    described = connector.describe(*base)
    profile = {one.name: one for one in connector.profile(base, 100)}
    sample = connector.sample(corner.variant, 1)

    assert [(one.name, one.type, one.primary_key) for one in described.columns] == [
        ("id", corner.levers.integer, True),
        ("carrier", "varchar(20)", False),
        ("minutes", corner.levers.integer, False),
        ("note", "text", False),
    ]
    assert (profile["note"].nulls, profile["note"].distinct) == (1, 2)
    assert (profile["minutes"].minimum, profile["minutes"].maximum) == ("10", "30")
    assert profile["carrier"].top == (("AF", 1), ("KL", 1), ("LH", 1))
    assert (tuple(one.name for one in sample.columns), sample.truncated) == (COLUMNS, True)
    with pytest.raises(Permanent):
        connector.describe(base[0], "nothing")


def test_numbers_and_moments_are_counted_by_bins(corner: Corner) -> None:
    corner.levers.run(
        f"ALTER TABLE {corner.base} ADD COLUMN day date, ADD COLUMN at datetime,"
        " ADD COLUMN share double, ADD COLUMN price decimal(8,2), ADD COLUMN late tinyint(1)"
    )
    for one in range(1, 25):
        corner.levers.run(
            f"INSERT INTO {corner.base} (id, carrier, day, at, share, price, late) VALUES"
            f" ({100 + one}, 'LH', '2026-01-{one:02}', '2026-01-01 00:{one:02}:30',"
            f" {one / 10}, {one * 100}, {one % 2})"
        )

    found = {one.name: one for one in corner.connector.profile(corner.levers.base, 1000)}
    bins = {name: one.bins for name, one in found.items()}

    assert bins["day"][0] == ("2026-01-01", "2026-01-03", 2)
    assert bins["day"][-1] == ("2026-01-23", "2026-01-25", 2)
    assert bins["at"][0] == ("2026-01-01 00:01", "2026-01-01 00:03", 2)
    assert (bins["share"][0], sum(count for *_, count in bins["share"])) == (("0.0", "0.2", 1), 24)
    assert (bins["price"][-1][0], sum(count for *_, count in bins["price"])) == ("2400", 24)
    assert (bins["carrier"], bins["late"]) == ((), ())
    assert (found["day"].sampled, found["day"].nulls, found["day"].distinct) == (27, 3, 24)


def test_a_masked_column_is_profiled_as_what_it_shows(corner: Corner) -> None:
    masked = corner.variant_with(masks=(Mask("minutes", "hash"),), row_filters=())

    found = {one.name: one for one in corner.connector.profile(masked, 100)}

    assert (found["minutes"].bins, found["minutes"].distinct) == ((), 3)
    assert len(found["minutes"].maximum) == len("0123456789abcdef") * 4


def test_an_empty_relation_has_an_empty_profile(corner: Corner) -> None:
    corner.levers.run(f"DELETE FROM {corner.base}")

    for one in corner.connector.profile(corner.levers.base, 100):
        assert (one.sampled, one.nulls, one.distinct) == (0, 0, 0)
        assert (one.minimum, one.maximum, one.top, one.bins) == (None, None, (), ())


def test_sessions_are_ended_on_their_own(corner: Corner) -> None:
    corner.rows(corner.session(), "SELECT 1")

    assert corner.connector.end_sessions(GROWTH, corner.variant) == 1
    assert corner.connector.end_sessions(SID, corner.variant) == 0


def test_one_login_is_dropped_by_its_name(corner: Corner) -> None:
    connector = corner.connector
    hers, other = (connector.credentials(corner.grant(), timedelta(minutes=5)) for _ in range(2))
    session = corner.opened(hers)
    assert corner.rows(session, "SELECT id FROM {view}") == [(1,), (2,)]

    found = connector.drop_credential(hers.user)
    again = connector.drop_credential(hers.user)

    assert isinstance(connector, Withdrawing)
    assert (found.existed, found.sessions, found.gone) == (True, None, True)
    assert found.read_back == "no such account; its sessions were ended"
    assert (again.existed, again.gone) == (False, True)
    with pytest.raises(pymysql.MySQLError):
        corner.rows(session, "SELECT id FROM {view}")
    assert accounts(corner, "t") == [(other.user,)]
    login = connector.config.login_of(GROWTH)
    for name in ("root", login):
        with pytest.raises(Permanent, match="not a short-lived login of ours"):
            connector.drop_credential(name)
    assert corner.levers.run("SELECT User FROM mysql.user WHERE User = %s", login) == [(login,)]
