"""What never reaches Lake Formation: unfit calls, hostile names, settings that cannot work."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from marketplace.connectors import registry
from marketplace.connectors.aws.lakeformation import LakeConfig, batches, filters
from marketplace.connectors.base import (
    BadIdentifier,
    Permanent,
    RowFilter,
)
from marketplace.connectors.forms import config_fields
from tests.connectors.aws.asking import ACCOUNT
from tests.connectors.aws.lakeformation import LakeLevers
from tests.connectors.aws.server import OWN
from tests.connectors.contract import GROWTH, SID, ContractWords, Held

SUITE = ContractWords()
ALL = ("id", "carrier", "minutes", "note")
TABLE = {"DatabaseName": "raw", "Name": "delays"}


def test_more_databases_than_one_batch_holds_are_prepared(lakeformation: LakeLevers) -> None:
    lake = lakeformation
    names = tuple(f"raw{number}" for number in range(11))
    me = f"{OWN}:user/emporion"
    for one in names:
        lake.dba("create_database", "glue", DatabaseInput={"Name": one})
        lake.gives(me, {"Database": {"Name": one}}, "DESCRIBE")
        lake.gives(me, {"Table": {"DatabaseName": one, "TableWildcard": {}}}, "SELECT")
    lake.batches()

    lake.connected(lake.configured(databases=names)).prepare()

    assert [len(one) for one in lake.batches()] == [batches.MOST, 2]


def test_a_check_names_what_is_missing_and_what_is_too_much(lakeformation: LakeLevers) -> None:
    lake = lakeformation
    two = lake.connected(lake.configured(databases=("raw", "other"))).check()
    other = lake.connected(lake.configured(instance="another")).check()
    admins = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": f"{OWN}:user/emporion"}]}
    lake.dba("put_data_lake_settings", "lakeformation", DataLakeSettings=admins)
    admin = lake.connector.check()
    strong = {one.code for one in lake.strong()}

    assert [one.code for one in two] == ["may-not-give-describe", "may-not-give-select"]
    assert "error" in {one.level for one in other}
    assert [one.code for one in admin] == ["is-lake-administrator"]
    assert {
        "may-lakeformation-getdataaccess",
        "may-lakeformation-putdatalakesettings",
        "may-athena-startqueryexecution",
    } <= strong


def test_a_call_that_lake_formation_would_refuse_is_not_sent(lakeformation: LakeLevers) -> None:
    lake = lakeformation
    named = {"DatabaseName": "raw", "Name": "a\x00b"}
    entry = {"Id": "1", "Resource": {"Table": named}, "Permissions": ["SELECT"]}
    right = {"Id": "1", "Resource": {"Table": TABLE}, "Permissions": ["READ"]}
    wrong: list[tuple[str, str, dict[str, Any], str]] = [
        ("lakeformation", "batch_grant_permissions", {"Entries": [entry]}, "not of the form"),
        ("lakeformation", "batch_grant_permissions", {"Entries": [right]}, "none of"),
        ("lakeformation", "get_lf_tag", {"TagKey": "x" * 129}, "1 to 128"),
        ("glue", "get_table", {"DatabaseName": "", "Name": "x"}, "1 to 255"),
        ("athena", "get_work_group", {"WorkGroup": "a b"}, "not of the form"),
        ("athena", "start_query_execution", {"WorkGroup": "a"}, "would refuse"),
    ]
    lake.double.lever("throttle", 1)

    for service, operation, asked, words in wrong:
        with pytest.raises(Permanent, match=words):
            lake.admin.ask(service, operation, asked)

    assert lake.double.lever("left") == 1


HOSTILE = [
    *(f"a{chr(code)}b" for code in (*range(32), *range(33, 45), 46, 47, *range(58, 95), 96, 127)),
    *("日本", "é", "ﬁ", "a\u202eb", "a\u200bb", "😀", "A", "x" * 64, "", " a", "a ", "../a", "a b"),
    *("*", "${x}", "a'; DROP TABLE x; --", '"', "a\\b"),
]


def test_t12_hostile_names_are_refused_before_any_call(lakeformation: LakeLevers) -> None:
    lake = lakeformation
    config = lake.config
    lake.double.lever("throttle", 1)

    for name in HOSTILE:
        with pytest.raises(BadIdentifier):
            config.place("raw", name)
        with pytest.raises((BadIdentifier, ValueError)):
            lake.configured(databases=(name,))
        with pytest.raises((BadIdentifier, Permanent)):
            lake.connector.describe(name, "delays")

    assert lake.double.lever("left") == 1


def test_values_of_a_row_filter_become_literals_and_never_text() -> None:
    told = filters.expression(
        (
            RowFilter("carrier", "in", ("LH", "O'Hare' OR true --")),
            RowFilter("minutes", ">=", Decimal("1E+3")),
            RowFilter("id", "<", 0.5),
            RowFilter("day", "=", date(2026, 1, 2)),
            RowFilter("at", "<>", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
            RowFilter("late", "=", value=True),
            RowFilter("note", "is not null"),
        )
    )

    assert told == (
        "carrier IN ('LH', 'O''Hare'' OR true --') AND minutes >= 1000 AND id < 0.5"
        " AND day = date '2026-01-02' AND at <> timestamp '2026-01-02 03:04:05.000000'"
        " AND late = true AND note IS NOT NULL"
    )
    for column in ("Carrier", "de lay", "a-b", "é"):
        with pytest.raises(BadIdentifier):
            filters.expression((RowFilter(column, "=", 1),))
    with pytest.raises(BadIdentifier):
        filters.expression((RowFilter("id", "=", float("inf")),))


def test_a_filter_that_lake_formation_could_not_hold_is_never_sent(
    lakeformation: LakeLevers,
) -> None:
    lake = lakeformation
    many = tuple(f"{number:040}" for number in range(60))
    variant = SUITE.variant(lake, row_filters=(RowFilter("carrier", "in", many),))
    ana = SUITE.member(lake)

    with pytest.raises(Permanent, match="0 to 2048"):
        list(lake.connector.apply(SUITE.plan(lake, variant, ana), Held()))

    assert SUITE.rows(lake, variant, GROWTH) == "access-ended"
    assert SUITE.rows(lake, variant, SID) == "access-ended"


def test_the_form_is_drawn_from_the_settings() -> None:
    fields = {one.name: one for one in config_fields("lakeformation")}

    assert "lakeformation" in registry.kinds()
    assert fields["grants"].choices == ("columns", "table", "tags")
    assert (fields["databases"].kind, fields["databases"].required) == ("list", True)
    assert fields["secret_access_key"].secret
    assert not registry.serves_streams("lakeformation")


@pytest.mark.parametrize(
    "wrong",
    [
        {"databases": ()},
        {"databases": ("Raw",)},
        {"databases": ("raw", "emporion_control")},
        {"grants": "all"},
        {"scan_limit_mb": 9},
        {"region": "europe"},
    ],
)
def test_a_configuration_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "region": "eu-central-1",
        "provisioner": f"arn:aws:iam::{ACCOUNT}:user/emporion",
        "env": "test",
        "lab_secret": "a secret of enough letters",
        "databases": ["raw"],
    }
    assert LakeConfig(**right).databases == ("raw",)
    with pytest.raises(ValueError, match="must"):
        LakeConfig(**right | wrong)
