"""What is not as we left it, what is not ours, and what must wait for a person."""

import pytest

from marketplace.connectors.base import (
    Grant,
    NeedsHuman,
    Permanent,
    PortDesired,
    RowFilter,
    Transient,
)
from marketplace.connectors.postgres import connections
from tests.connectors.contract import CUSTOMER, GROWTH, Held
from tests.connectors.postgres.conftest import Corner
from tests.connectors.warehouse import PostgresLevers


def ids(plan: object) -> list[str]:
    return [step.id for step in plan.steps]  # type: ignore[attr-defined]


# --- objects that are not ours -----------------------------------------------------------------


def test_a_handle_that_is_not_ours_is_never_touched(warehouse: PostgresLevers) -> None:
    corner = Corner(warehouse)
    warehouse.run("CREATE ROLE {}", corner.handle)
    before = warehouse.fingerprint()

    plan = corner.wants(GROWTH)

    assert (ids(plan), len(plan.withheld)) == ([], 1)
    assert "not ours" in plan.withheld[0]
    assert warehouse.fingerprint() == before


def test_a_handle_of_another_port_is_never_touched(corner: Corner) -> None:
    """Two ports whose hashes fall together: the mark makes it harmless."""
    corner.levers.dba.execute(f"COMMENT ON ROLE {corner.handle} IS 'mp:emporion:other::1'".encode())
    before = corner.levers.fingerprint()

    plan = corner.wants(GROWTH)

    assert (ids(plan), len(plan.withheld)) == ([], 1)
    assert corner.levers.fingerprint() == before


def test_a_relation_in_the_views_place_is_never_replaced(warehouse: PostgresLevers) -> None:
    corner = Corner(warehouse)
    warehouse.run("CREATE SCHEMA {} AUTHORIZATION emporion_publisher", warehouse.relation[0])
    warehouse.run("CREATE VIEW {} AS SELECT 1 AS precious", warehouse.relation)

    plan = corner.wants(GROWTH)

    assert (ids(plan), len(plan.withheld)) == ([], 1)
    assert corner.value(f"SELECT precious FROM {corner.relation}") == 1


def test_a_schema_of_somebody_else_is_left_alone(warehouse: PostgresLevers) -> None:
    corner = Corner(warehouse)
    warehouse.run("CREATE SCHEMA {}", warehouse.relation[0])

    plan = corner.wants(GROWTH)

    assert ids(plan) == []
    assert plan.withheld == ("the published schema belongs to somebody else: emporion_super",)


def test_a_login_that_is_not_ours_is_for_a_person(warehouse: PostgresLevers) -> None:
    corner = Corner(warehouse)
    warehouse.run("CREATE ROLE {} LOGIN", GROWTH.role(warehouse.env))

    with pytest.raises(NeedsHuman, match="not the one we made"):
        corner.wants(GROWTH)

    observed = corner.connector.observe(corner.variant)
    assert observed.members == frozenset()
    assert corner.connector.observe(corner.variant).foreign == ()


# --- the base ----------------------------------------------------------------------------------


def test_a_base_that_is_gone_withholds_but_a_revoke_still_works(corner: Corner) -> None:
    corner.levers.run("DROP TABLE {} CASCADE", corner.levers.base)

    plan = corner.wants(CUSTOMER)

    assert ids(plan) == ["disentitle:team:growth", "sessions:team:growth", "leave:team:growth"]
    assert plan.withheld == ("the base relation does not exist",)
    assert corner.connector.probe(corner.grant(), expect_access=False).ok is True


def test_a_column_that_is_missing_is_named(warehouse: PostgresLevers) -> None:
    corner = Corner(warehouse)
    variant = corner.variant_with(columns=("id", "gate"))

    plan = corner.wants(GROWTH, variant=variant)

    assert (ids(plan), plan.withheld) == ([], ("the base relation lacks a column: gate",))


def test_a_base_the_publisher_may_not_read_is_for_a_person(warehouse: PostgresLevers) -> None:
    corner = Corner(warehouse)
    warehouse.run("REVOKE ALL ON {} FROM emporion_publisher", warehouse.base)

    plan = corner.wants(GROWTH)

    assert plan.withheld == ("the publisher may not read the base relation",)


def test_a_column_added_to_the_base_does_not_show(corner: Corner) -> None:
    corner.levers.run("ALTER TABLE {} ADD COLUMN passport text", corner.levers.base)

    rows = corner.ask(f"SELECT * FROM {corner.relation}")

    assert [column.name for column in rows.columns] == ["id", "carrier", "minutes"]
    assert corner.refusal(f"SELECT passport FROM {corner.relation}") == "syntax-error"


def test_a_filter_whose_value_has_the_wrong_type_is_permanent(warehouse: PostgresLevers) -> None:
    corner = Corner(warehouse)
    variant = corner.variant_with(row_filters=(RowFilter("minutes", "=", "many"),))

    with pytest.raises(Permanent, match="22P02"):
        corner.wants(GROWTH, variant=variant)

    assert corner.connector.observe(variant).members == frozenset()


# --- the view ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "CREATE OR REPLACE VIEW {0} AS SELECT id, carrier, minutes FROM {1}",
        "ALTER VIEW {0} RESET (security_barrier)",
        "ALTER VIEW {0} OWNER TO emporion_super",
        "ALTER VIEW {0} RENAME COLUMN carrier TO airline",
    ],
)
def test_every_change_of_the_view_is_found_and_undone(corner: Corner, change: str) -> None:
    corner.levers.run(change, corner.levers.relation, corner.levers.base)
    if "OWNER" in change:
        corner.levers.run("ALTER VIEW {} OWNER TO emporion_publisher", corner.levers.relation)
        corner.levers.run("ALTER VIEW {} SET (security_invoker)", corner.levers.relation)
        corner.levers.run("ALTER VIEW {} RESET (security_barrier)", corner.levers.relation)

    observed = corner.connector.observe(corner.variant)
    plan = corner.wants(GROWTH, CUSTOMER)

    assert (observed.view_digest, observed.drift) == ("", ("view-altered",))
    assert ids(plan) == ["sessions:view", "publish"]
    assert corner.connector.observe(corner.variant).drift == ()
    assert {row[:2] for row in corner.ask(f"SELECT * FROM {corner.relation}").rows} == {
        (1, "LH"),
        (2, "AF"),
    }


def test_a_dropped_view_is_published_again_for_all_its_members(corner: Corner) -> None:
    corner.levers.run("DROP VIEW {}", corner.levers.relation)

    observed = corner.connector.observe(corner.variant)
    missing = corner.connector.probe(corner.grant(), expect_access=True)
    plan = corner.wants(GROWTH, CUSTOMER)

    assert observed.drift == ("view-missing",)
    assert (missing.ok, missing.positive) == (False, False)
    assert ids(plan) == ["publish"]
    for who in (GROWTH, CUSTOMER):
        assert corner.connector.probe(corner.grant(who), expect_access=True).ok is True


def test_a_right_taken_from_the_handle_is_given_back(corner: Corner) -> None:
    corner.levers.run("REVOKE ALL ON {} FROM {}", corner.levers.relation, corner.handle)

    observed = corner.connector.observe(corner.variant)
    plan = corner.wants(GROWTH, CUSTOMER)

    assert observed.drift == ("right-missing",)
    assert ids(plan) == ["reading"]
    assert corner.connector.probe(corner.grant(), expect_access=True).ok is True


def test_a_renamed_view_takes_the_old_one_away(corner: Corner) -> None:
    moved = corner.variant_with(relation_name="delays_v2")

    plan = corner.wants(GROWTH, CUSTOMER, variant=moved)

    schema = corner.levers.relation[0]
    assert ids(plan) == ["sessions:view", "publish"]
    assert (
        corner.value(
            "SELECT string_agg(relname, ',') FROM pg_class"
            f" WHERE relkind = 'v' AND relnamespace = '{schema}'::regnamespace"
        )
        == "delays_v2"
    )
    assert corner.connector.probe(Grant(moved, GROWTH), expect_access=True).ok is True
    assert corner.connector.observe(moved).drift == ()


def test_a_handle_dropped_by_hand_is_made_again_with_its_members(corner: Corner) -> None:
    corner.levers.run("DROP OWNED BY {0}; DROP ROLE {0}", corner.handle)

    plan = corner.wants(GROWTH, CUSTOMER)

    assert ids(plan)[:1] == ["handle"]
    assert corner.connector.probe(corner.grant(), expect_access=True).ok is True


def test_a_view_that_somebody_builds_on_is_for_a_person(corner: Corner) -> None:
    corner.levers.run(
        "CREATE VIEW {} AS SELECT * FROM {}",
        (corner.levers.base[0], "on_top"),
        corner.levers.relation,
    )

    with pytest.raises(NeedsHuman, match="2BP01"):
        corner.wants(GROWTH, CUSTOMER, variant=corner.variant_with(columns=("id",)))

    assert corner.connector.observe(corner.variant).view_digest == corner.variant.digest
    corner.levers.run("DROP VIEW {}", (corner.levers.base[0], "on_top"))


# --- grants by others --------------------------------------------------------------------------


def test_a_membership_that_another_gave_survives_our_revoke_and_is_told(corner: Corner) -> None:
    """REVOKE takes only what its grantor gave: the answer is a success and the access stands."""
    login = GROWTH.role(corner.levers.env)
    corner.levers.run("GRANT {} TO {} GRANTED BY emporion_super", corner.handle, login)

    corner.wants(CUSTOMER)

    observed = corner.connector.observe(corner.variant)
    assert {one.principal for one in observed.members} == {CUSTOMER}
    assert observed.foreign == (f"{login} is a member, granted by emporion_super",)
    probe = corner.connector.probe(corner.grant(), expect_access=False)
    assert (probe.ok, probe.positive) == (True, False)
    assert [one.outcome for one in probe.details[:2]] == ["empty", "allowed"]
    assert corner.refusal(f"SELECT * FROM {corner.relation}") == "access-ended"


@pytest.mark.parametrize(
    ("grant", "told"),
    [
        ("GRANT SELECT ON {0} TO PUBLIC", "PUBLIC has SELECT on the view"),
        ("GRANT SELECT (id) ON {0} TO {1}", "has SELECT (id) on the view"),
        ("GRANT SELECT, UPDATE ON {0} TO {1}", "has SELECT, UPDATE on the view"),
        ("GRANT {2} TO {1}", "may act as"),
        ("GRANT {3} TO {1} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE", "no consumer of ours"),
    ],
)
def test_every_way_around_us_is_told(corner: Corner, grant: str, told: str) -> None:
    bob = f"bob_{corner.levers.env}"
    corner.levers.run("CREATE ROLE {}", bob)
    corner.levers.cleaning.append(lambda: corner.levers.run("DROP ROLE {}", bob))
    corner.levers.run(
        grant, corner.levers.relation, bob, GROWTH.role(corner.levers.env), corner.handle
    )

    (foreign,) = corner.connector.observe(corner.variant).foreign

    assert told in foreign
    assert bob in foreign or "PUBLIC" in foreign
    corner.levers.run("DROP OWNED BY {}", bob)


def test_a_right_on_the_base_fails_the_negative_probe(corner: Corner) -> None:
    login = GROWTH.role(corner.levers.env)
    corner.levers.run("GRANT USAGE ON SCHEMA {} TO {}", corner.levers.base[0], login)
    corner.levers.run("GRANT SELECT ON {} TO {}", corner.levers.base, login)

    granted = corner.connector.probe(corner.grant(), expect_access=True)
    corner.wants(CUSTOMER)
    revoked = corner.connector.probe(corner.grant(), expect_access=False)

    assert (granted.ok, granted.positive, granted.negative) == (False, True, False)
    assert (revoked.ok, revoked.positive, revoked.negative) == (False, False, False)


def test_who_is_let_in_behind_our_back_reads_no_row(corner: Corner) -> None:
    """The view itself asks for the entitlement, so a membership alone opens nothing."""
    login = GROWTH.role(corner.levers.env)
    corner.wants(CUSTOMER)
    corner.levers.run("GRANT {} TO {}", corner.handle, login)

    with corner.levers.dba.transaction():
        corner.levers.run("SET LOCAL SESSION AUTHORIZATION {}", login)
        rows = corner.levers.dba.execute(f"SELECT * FROM {corner.relation}".encode()).fetchall()

    assert rows == []


# --- unprepared, locked ------------------------------------------------------------------------


def test_a_view_that_is_in_use_is_tried_again(
    corner: Corner, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = connections._PROVISIONER_SETTINGS.replace("lock_timeout=5s", "lock_timeout=100ms")
    monkeypatch.setattr(connections, "_PROVISIONER_SETTINGS", quick)
    corner.connector.close()
    narrower = corner.variant_with(columns=("id",))
    desired = PortDesired(narrower, corner.members(GROWTH, CUSTOMER))
    plan = corner.connector.plan(desired, corner.connector.observe(narrower))
    with corner.levers.dba.transaction():
        corner.levers.dba.execute(f"SELECT FROM {corner.relation}".encode())

        with pytest.raises(Transient, match="55P03"):
            list(corner.connector.apply(plan, Held()))

    assert corner.connector.observe(corner.variant).view_digest == corner.variant.digest
    list(corner.connector.apply(plan, Held()))
    assert corner.connector.observe(narrower).view_digest == narrower.digest
    corner.connector.close()
