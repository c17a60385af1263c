"""What is particular to Lake Formation: ways of granting, whom others let in, what is withheld."""

from typing import Any

import pytest

from marketplace.connectors.base import (
    Grant,
    Limits,
    Mask,
    NeedsHuman,
    PortDesired,
    PortVariant,
    Principal,
    Transient,
)
from tests.connectors.aws.lakeformation import COLUMNS, LakeLevers
from tests.connectors.aws.server import OWN
from tests.connectors.contract import CUSTOMER, GROWTH, ROWS, ContractWords, Held

SUITE = ContractWords()
ALL = ("id", "carrier", "minutes", "note")
TABLE = {"DatabaseName": "raw", "Name": "delays"}


def outcomes(lake: LakeLevers, port: PortVariant) -> dict[str, str]:
    probe = lake.connector.probe(Grant(port, GROWTH), expect_access=True)
    return {one.name: one.outcome for one in probe.details}


def held(lake: LakeLevers, principal: Principal) -> list[Any]:
    """What Lake Formation lists of a consumer's role on the table."""
    role = lake.names(principal).role
    told = lake.dba("list_permissions", "lakeformation", Resource={"Table": TABLE})
    return [
        one["Resource"]
        for one in told["PrincipalResourcePermissions"]
        if one["Principal"]["DataLakePrincipalIdentifier"] == role
    ]


def roles_on_database(lake: LakeLevers) -> set[str]:
    """Whom of our consumers' roles Lake Formation lists on the database."""
    told = lake.dba("list_permissions", "lakeformation", Resource={"Database": {"Name": "raw"}})
    found = {
        one["Principal"]["DataLakePrincipalIdentifier"]
        for one in told["PrincipalResourcePermissions"]
    }
    preview = lake.connector._preview.role
    return {one for one in found if f":role{lake.config.path}" in one and one != preview}


def test_columns_are_granted_by_their_names(lakeformation: LakeLevers, port: PortVariant) -> None:
    lake = lakeformation
    rows = lake.connector.query(Grant(port, GROWTH), "SELECT * FROM published.delays", Limits())
    columns = [one["TableWithColumns"]["ColumnNames"] for one in held(lake, GROWTH)]

    assert sorted(columns) == [["carrier"], ["id"], ["minutes"]]
    assert roles_on_database(lake) == {lake.names(one).role for one in (GROWTH, CUSTOMER)}
    assert [one.name for one in rows.columns] == ["id", "carrier", "minutes"]
    assert rows.rows == [row[:3] for row in ROWS]
    assert outcomes(lake, port) == {
        "login": "allowed",
        "published columns": "allowed",
        "hidden column": "refused",
        "control object": "refused",
        "another work group": "refused",
        "writing": "refused",
    }


def test_a_column_fewer_is_revoked_and_nothing_else_changes(
    lakeformation: LakeLevers, port: PortVariant
) -> None:
    lake = lakeformation
    narrow = SUITE.variant(lake, row_filters=(), columns=("id", "carrier"))
    ana, petra = SUITE.member(lake), SUITE.member(lake, CUSTOMER)
    lake.batches()

    SUITE.reconcile(lake, narrow, ana, petra)

    assert lake.batches() == [["TableWithColumns"], ["TableWithColumns"]]
    assert SUITE.rows(lake, narrow, GROWTH) == {row[:2] for row in ROWS}
    SUITE.assert_converged(lake, narrow, ana, petra)


def test_a_column_that_another_hand_opened_is_taken_back(
    lakeformation: LakeLevers, port: PortVariant
) -> None:
    lake = lakeformation
    role = lake.names(GROWTH).role
    lake.gives(role, {"TableWithColumns": TABLE | {"ColumnNames": ["note"]}}, "SELECT")

    wide = outcomes(lake, port)["hidden column"]
    (growth,) = (one for one in lake.connector.observe(port).members if one.principal == GROWTH)
    SUITE.reconcile(lake, port, SUITE.member(lake), SUITE.member(lake, CUSTOMER))

    assert (wide, growth.missing) == ("allowed", {"membership"})
    assert outcomes(lake, port)["hidden column"] == "refused"


def test_a_port_is_granted_by_an_lf_tag_of_its_own(lakeformation: LakeLevers) -> None:
    lake = lakeformation
    lake.connector = lake.by_tags()
    variant = SUITE.variant(lake, row_filters=())
    ana = SUITE.member(lake)

    SUITE.reconcile(lake, variant, ana)
    SUITE.assert_converged(lake, variant, ana)
    named = held(lake, GROWTH)
    narrow = SUITE.variant(lake, row_filters=(), columns=("id",))
    lake.batches()
    SUITE.reconcile(lake, narrow, ana)

    assert (named, lake.batches()) == ([], [])
    assert SUITE.rows(lake, narrow, GROWTH) == {(1,), (2,), (3,)}
    SUITE.assert_converged(lake, narrow, ana)
    tags = [{"TagKey": variant.handle("test"), "TagValues": ["read"]}]
    where = {"TableWithColumns": TABLE | {"ColumnNames": ["note"]}}
    lake.dba("add_lf_tags_to_resource", "lakeformation", Resource=where, LFTags=tags)
    assert lake.connector.observe(narrow).drifted("view-altered") == ("",)
    SUITE.reconcile(lake, narrow, ana)
    SUITE.assert_converged(lake, narrow, ana)


@pytest.mark.parametrize("way", ["passing", "lasting"])
def test_a_tag_that_failed_with_success_is_hung_in_the_next_round(
    lakeformation: LakeLevers, way: str
) -> None:
    lake = lakeformation
    lake.connector = lake.by_tags()
    variant, ana = SUITE.variant(lake, row_filters=()), SUITE.member(lake)
    code = getattr(lake, way)()
    lake.refuses_part(code, times=1)
    wanted = {"passing": Transient, "lasting": NeedsHuman}[way]

    with pytest.raises(wanted, match=f"did not add the LF-tag of carrier, id, minutes: {code}"):
        list(lake.connector.apply(SUITE.plan(lake, variant, ana), Held()))
    seen = SUITE.rows(lake, variant, GROWTH)
    SUITE.reconcile(lake, variant, ana)

    assert seen == "access-ended"
    SUITE.assert_converged(lake, variant, ana)


def test_a_whole_table_is_granted_only_to_a_port_that_shows_it_whole(
    lakeformation: LakeLevers,
) -> None:
    lake = lakeformation
    lake.connector = lake.connected(lake.configured(grants="table"))
    whole = SUITE.variant(lake, row_filters=(), columns=ALL)
    part = SUITE.variant(lake, row_filters=())
    ana = SUITE.member(lake)

    withheld = SUITE.plan(lake, part, ana).withheld
    SUITE.reconcile(lake, whole, ana)

    assert withheld == ("the whole table is granted, and the port leaves out a column: note",)
    assert [next(iter(one)) for one in held(lake, GROWTH)] == ["Table"]
    assert SUITE.rows(lake, whole, GROWTH) == set(ROWS)
    SUITE.assert_converged(lake, whole, ana)


def test_rows_that_are_hidden_are_asked_for_by_the_probe(lakeformation: LakeLevers) -> None:
    lake = lakeformation
    variant = SUITE.variant(lake)
    ana = SUITE.member(lake)
    SUITE.reconcile(lake, variant, ana)
    before = outcomes(lake, variant)["hidden rows"]
    lake.alters_view(variant)

    probe = lake.connector.probe(Grant(variant, GROWTH), expect_access=True)

    assert before == "refused"
    assert {one.name: one.outcome for one in probe.details if one.outcome == "allowed"} == {
        "login": "allowed",
        "published columns": "allowed",
        "hidden column": "allowed",
        "hidden rows": "allowed",
    }
    assert (probe.level, probe.ok, probe.positive) == ("simulated", False, True)


def test_what_is_masked_is_withheld(lakeformation: LakeLevers) -> None:
    lake = lakeformation
    variant = SUITE.variant(lake, masks=(Mask("carrier", "hash"),))
    before = lake.fingerprint()

    plan = SUITE.plan(lake, variant, SUITE.member(lake))

    assert (plan.steps, len(plan.withheld)) == ((), 1)
    assert "masks no values" in plan.withheld[0]
    assert lake.fingerprint() == before


@pytest.mark.parametrize("way", ["everybody", "missing", "column"])
def test_a_table_that_cannot_be_governed_is_withheld_and_revoked_all_the_same(
    lakeformation: LakeLevers, port: PortVariant, way: str
) -> None:
    lake = lakeformation
    words = "the table does not exist"
    if way == "everybody":
        lake.gives("IAM_ALLOWED_PRINCIPALS", {"Table": TABLE}, "ALL")
        words = "IAMAllowedPrincipals stands on the table: whoever IAM lets reads all of it"
    elif way == "missing":
        lake.dba("delete_table", "glue", **TABLE)
    else:
        listed = [{"Name": name, "Type": kind} for name, kind in COLUMNS[1:]]
        changed = {"Name": "delays", "StorageDescriptor": {"Columns": listed}}
        lake.dba("update_table", "glue", DatabaseName="raw", TableInput=changed)
        words = "the table lacks a column: id"

    plan = SUITE.plan(lake, port, SUITE.member(lake, lasts=60), SUITE.member(lake, CUSTOMER))
    SUITE.reconcile(lake, port)

    assert plan.withheld == (words,)
    assert lake.connector.observe(port).members == frozenset()
    assert SUITE.rows(lake, port, GROWTH) == "access-ended"
    assert roles_on_database(lake) == set()


def test_whom_others_let_in_is_told_and_kept(lakeformation: LakeLevers, port: PortVariant) -> None:
    lake = lakeformation
    bob, eve = f"{OWN}:user/bob", f"{OWN}:user/eve"
    lake.gives(bob, {"TableWithColumns": TABLE | {"ColumnNames": ["id"]}}, "SELECT")
    lake.gives(eve, {"Table": {"DatabaseName": "raw", "TableWildcard": {}}}, "SELECT")
    lake.gives(f"{OWN}:user/ida", {"Table": TABLE}, "DESCRIBE")

    told = lake.connector.observe(port).foreign
    SUITE.reconcile(lake, port)

    assert told == (
        f"{bob} may read raw.delays by Lake Formation",
        f"{eve} may read raw.delays by Lake Formation",
    )
    assert lake.connector.observe(port).foreign == told


def test_a_grant_by_our_tag_on_databases_that_another_hand_gave_is_taken_back(
    lakeformation: LakeLevers,
) -> None:
    lake = lakeformation
    lake.connector = lake.by_tags()
    variant, ana = SUITE.variant(lake, row_filters=()), SUITE.member(lake)
    SUITE.reconcile(lake, variant, ana)
    expression = [{"TagKey": variant.handle("test"), "TagValues": ["read"]}]
    tagged = {"LFTagPolicy": {"ResourceType": "DATABASE", "Expression": expression}}
    lake.gives(lake.names(GROWTH).role, tagged, "DESCRIBE")

    (growth,) = lake.connector.observe(variant).members
    SUITE.reconcile(lake, variant, ana)

    assert growth.missing == {"membership"}
    told = lake.dba("list_permissions", "lakeformation", Resource=tagged)
    assert told["PrincipalResourcePermissions"] == []
    SUITE.assert_converged(lake, variant, ana)


def test_who_may_not_make_lf_tags_is_found_where_they_are_needed(
    lakeformation: LakeLevers,
) -> None:
    lake = lakeformation
    tags = lake.connected(lake.configured(grants="tags"))
    variant, ana = SUITE.variant(lake, row_filters=()), SUITE.member(lake)

    before = [(one.level, one.code) for one in tags.check()]
    with pytest.raises(NeedsHuman, match="Create LF Tag"):
        list(
            tags.apply(
                tags.plan(PortDesired(variant, frozenset({ana})), tags.observe(variant)), Held()
            )
        )
    able = lake.by_tags()

    assert before == [("error", "may-not-make-lf-tags")]
    assert able.check() == []
    assert lake.connector.check() == []
