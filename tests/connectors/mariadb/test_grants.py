"""What is MariaDB's own: default roles, loose comparisons, clocks that a session may set."""

import time
from datetime import timedelta
from typing import Any

import pymysql
import pytest

from marketplace.connectors.base import BadIdentifier, Grant, PortDesired, RowFilter
from marketplace.connectors.mariadb.statements import condition, literal, name
from tests.connectors.contract import CUSTOMER, GROWTH
from tests.connectors.mariadb.conftest import Corner


def test_a_role_that_is_granted_but_not_active_is_found_and_healed(corner: Corner) -> None:
    corner.levers.without_default_role(GROWTH)

    observed = corner.connector.observe(corner.variant, frozenset({GROWTH}))
    probe = corner.connector.probe(corner.grant(), expect_access=True)
    plan = corner.wants(GROWTH, CUSTOMER)

    (member,) = observed.members
    assert member.missing == {"membership"}
    assert (probe.ok, probe.positive) == (False, False)
    assert [step.id for step in plan.steps] == ["join:team:growth", "entitle:team:growth"]
    assert corner.connector.probe(corner.grant(), expect_access=True).ok


def test_one_consumer_reads_several_ports(corner: Corner) -> None:
    other = corner.variant_with(
        port_id="another-port", relation_name="all_delays", row_filters=(), columns=("id",)
    )

    corner.wants(GROWTH, variant=other)

    for variant in (corner.variant, other):
        assert corner.connector.probe(Grant(variant, GROWTH), expect_access=True).ok
    assert corner.ask(f"SELECT count(*) FROM `{other.relation_schema}`.all_delays").rows == [(3,)]


def test_the_end_cannot_be_put_off_by_setting_clock_or_zone(corner: Corner) -> None:
    with corner.session(timedelta(seconds=0.8)) as session:
        for setting in ("timestamp = 1", "time_zone = '-12:00'"):
            corner.rows(session, f"SET {setting}")
        while corner.rows(session, "SELECT id FROM {view}"):
            time.sleep(0.02)

        assert corner.rows(session, "SELECT NOW() < '2000-01-01'") == [(1,)]
        assert corner.rows(session, "SELECT id FROM {view}") == []
        assert corner.rows(session, "SELECT @@time_zone") == [("-12:00",)]


def test_a_prepared_statement_asks_anew_each_time(corner: Corner) -> None:
    with corner.session() as session:
        corner.rows(session, "PREPARE mine FROM 'SELECT id FROM {view}'")
        assert corner.rows(session, "EXECUTE mine") == [(1,), (2,)]
        corner.levers.takes_entitlement(corner.variant, GROWTH)

        assert corner.rows(session, "EXECUTE mine") == []


def test_filters_compare_text_exactly(corner: Corner) -> None:
    for row in ((4, "lh", 1, None), (5, "LH ", 1, None), (6, "ĹH", 1, None)):
        corner.levers.run(f"INSERT INTO {corner.base} VALUES (%s, %s, %s, %s)", *row)

    narrow = corner.variant_with(row_filters=(RowFilter("carrier", "=", "LH"),))
    corner.wants(GROWTH, variant=narrow)
    equal = corner.ask("SELECT id FROM {view}").rows
    corner.wants(
        GROWTH, variant=corner.variant_with(row_filters=(RowFilter("carrier", "<>", "LH"),))
    )
    other = corner.ask("SELECT id FROM {view} ORDER BY id").rows

    assert equal == [(1,)]
    assert other == [(2,), (3,), (4,), (5,), (6,)]


@pytest.mark.parametrize(
    "unfit",
    [
        RowFilter("carrier", "=", 0),
        RowFilter("carrier", "<>", 1),
        RowFilter("minutes", "=", "none"),
        RowFilter("minutes", "in", (10, "x")),
        RowFilter("carrier", "=", value=True),
    ],
)
def test_a_filter_of_another_type_than_its_column_is_withheld(
    corner: Corner, unfit: RowFilter
) -> None:
    variant = corner.variant_with(row_filters=(unfit,))

    plan = corner.wants(GROWTH, CUSTOMER, variant=variant)

    assert not plan
    assert plan.withheld == (
        f"a row filter's value is of another type than its column: {unfit.column}",
    )
    assert set(corner.ask("SELECT id FROM {view}").rows) == {(1,), (2,)}


def test_the_view_moves_without_leaving_the_old_one(corner: Corner) -> None:
    moved = corner.variant_with(relation_name="delays_2")

    corner.wants(GROWTH, variant=moved)

    tables = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s"
    assert corner.levers.run(tables, corner.levers.relation[0]) == [("delays_2",)]
    assert corner.connector.observe(moved).holds(
        PortDesired(
            moved, frozenset(one.as_member() for one in corner.connector.observe(moved).members)
        )
    )


def test_a_lost_right_on_the_view_is_found_and_given_back(corner: Corner) -> None:
    handle = corner.variant.handle(corner.levers.env)
    corner.levers.run(f"REVOKE SELECT ON {corner.relation} FROM `{handle}`")

    drift = corner.connector.observe(corner.variant).drift
    plan = corner.wants(GROWTH, CUSTOMER)

    assert drift == ("right-missing",)
    assert [step.id for step in plan.steps] == ["reading"]
    assert corner.connector.probe(corner.grant(), expect_access=True).ok


def test_a_table_of_the_views_name_is_left_alone(corner: Corner) -> None:
    corner.levers.run(f"CREATE TABLE `{corner.levers.relation[0]}`.theirs (id int)")
    variant = corner.variant_with(port_id="another", relation_name="theirs")

    plan = corner.wants(GROWTH, variant=variant)

    assert not plan
    assert plan.withheld == ("a relation of the view's name exists and is not ours",)


@pytest.mark.parametrize(
    "reach",
    [
        "CREATE USER mallory",
        "ALTER USER root@localhost IDENTIFIED BY 'x'",
        "SELECT * FROM mysql.global_priv",
        "SELECT * FROM {base}",
        "UPDATE emporion_entitlements.consumer SET login = 'x'",
        "CALL emporion_control.make_handle('root', 'mp:')",
        "CALL emporion_control.make_login('root', '*A', 'team', 'growth')",
        "CALL emporion_control.join_handle('mp_t_aaaaaaaaaa_r` TO root -- ', 'mp_t_aaaaaaaaaa_c')",
        "CALL emporion_control.drop_credential('root')",
        "CALL emporion_control.as_publisher('CREATE USER mallory')",
        "CALL emporion_control.as_publisher('DELETE FROM {base}')",
        "CALL emporion_control.as_publisher('CREATE DATABASE elsewhere')",
    ],
)
def test_the_provisioner_cannot_go_beyond_its_procedures(corner: Corner, reach: str) -> None:
    server = corner.levers.server
    before = corner.levers.run("SELECT User, Host FROM mysql.user ORDER BY 1, 2")
    who = {"user": "emporion_provisioner", "password": server.password}
    with (
        pymysql.connect(host="127.0.0.1", port=server.port, **who) as session,
        pytest.raises(pymysql.MySQLError),
    ):
        corner.rows(session, reach)

    assert corner.levers.run("SELECT User, Host FROM mysql.user ORDER BY 1, 2") == before
    assert corner.levers.run(f"SELECT count(*) FROM {corner.base}") == [(3,)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("LH", "'LH'"),
        ("it's", "_utf8mb4 X'69742773'"),
        ("a\\", "_utf8mb4 X'615C'"),
        ("é\n", "_utf8mb4 X'C3A90A'"),
        (7, "7"),
        (1.5, "1.5e0"),
        (True, "TRUE"),
        (("a", "b"), "('a', 'b')"),
    ],
)
def test_values_are_written_so_that_every_session_reads_the_same(value: Any, text: str) -> None:
    assert literal(value) == text


def test_names_that_mariadb_would_change_are_refused() -> None:
    with pytest.raises(BadIdentifier, match="cannot keep"):
        name("a𐐀")
    assert name("flight delays") == "`flight delays`"
    assert condition(RowFilter("note", "is null")) == "t.`note` IS NULL"
