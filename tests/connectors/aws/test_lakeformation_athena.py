"""Queries on the lake: a work group per consumer, the lab, previews for owners."""

from datetime import timedelta

import pytest

from marketplace.connectors.aws.calls import REFUSALS, Aws
from marketplace.connectors.aws.lakeformation import athena
from marketplace.connectors.base import (
    BadIdentifier,
    Grant,
    Limits,
    NeedsHuman,
    Permanent,
    PortVariant,
    QueryRefused,
)
from tests.connectors.aws.lakeformation import COLUMNS, LakeLevers
from tests.connectors.contract import CUSTOMER, GROWTH, ROWS, ContractWords, Held

SUITE = ContractWords()
ALL = ("id", "carrier", "minutes", "note")
TABLE = {"DatabaseName": "raw", "Name": "delays"}


def asks(aws: Aws, group: str, sql: str) -> str:
    """What Athena answers: empty when it lets it."""
    try:
        athena.run(aws, group, "raw", sql, Limits())
    except athena.Failed as failed:
        return failed.code
    return ""


def test_a_consumer_asks_in_its_own_work_group_only(
    lakeformation: LakeLevers, port: PortVariant
) -> None:
    lake = lakeformation
    info = lake.connector.credentials(Grant(port, GROWTH), timedelta(minutes=5))
    ana, own = lake.acting(info), lake.config.work_group_of(GROWTH)
    petras = lake.config.work_group_of(CUSTOMER)
    found = lake.dba("get_work_group", "athena", WorkGroup=own)["WorkGroup"]

    assert asks(ana, own, 'SELECT id FROM "raw"."delays"') == ""
    assert asks(ana, petras, 'SELECT id FROM "raw"."delays"') == athena.DENIED
    assert asks(ana, own, "SELECT note FROM raw.delays") == "COLUMN_NOT_FOUND"
    assert asks(ana, own, 'SELECT id FROM raw."delays-hr"') == "TABLE_NOT_FOUND"
    assert ana.ask("glue", "get_table", TABLE, expected=REFUSALS).code == ""
    other = TABLE | {"Name": "delays-hr"}
    assert ana.ask("glue", "get_table", other, expected=REFUSALS).code == "AccessDeniedException"
    assert found["Configuration"]["BytesScannedCutoffPerQuery"] == 10_000_000_000
    assert found["Configuration"]["ManagedQueryResultsConfiguration"] == {"Enabled": True}
    assert (info.relation, info.database) == ("raw.delays", "raw")
    SUITE.reconcile(lake, port)
    assert asks(ana, own, "SELECT id FROM raw.delays") == athena.DENIED


def test_a_work_group_that_another_hand_loosened_is_bound_again(
    lakeformation: LakeLevers, port: PortVariant
) -> None:
    lake = lakeformation
    own = lake.config.work_group_of(GROWTH)
    loose = {
        "BytesScannedCutoffPerQuery": 10**15,
        "ManagedQueryResultsConfigurationUpdates": {"Enabled": True},
    }
    asked = {"WorkGroup": own, "State": "DISABLED", "ConfigurationUpdates": loose}
    lake.dba("update_work_group", "athena", **asked)

    (growth,) = (one for one in lake.connector.observe(port).members if one.principal == GROWTH)
    SUITE.reconcile(lake, port, SUITE.member(lake), SUITE.member(lake, CUSTOMER))
    found = lake.dba("get_work_group", "athena", WorkGroup=own)["WorkGroup"]

    assert growth.missing == {"membership"}
    assert found["State"] == "ENABLED"
    assert found["Configuration"]["BytesScannedCutoffPerQuery"] == 10_000_000_000


def test_a_work_group_of_somebody_else_is_not_touched(lakeformation: LakeLevers) -> None:
    lake = lakeformation
    variant, ana = SUITE.variant(lake), SUITE.member(lake)
    own = lake.config.work_group_of(GROWTH)
    lake.dba("create_work_group", "athena", Name=own, Configuration={"RequesterPaysEnabled": True})

    with pytest.raises(NeedsHuman, match="is not ours"):
        list(lake.connector.apply(SUITE.plan(lake, variant, ana), Held()))

    found = lake.dba("get_work_group", "athena", WorkGroup=own)["WorkGroup"]
    assert found["Configuration"]["RequesterPaysEnabled"] is True
    assert "BytesScannedCutoffPerQuery" not in found["Configuration"]


def test_the_lab_asks_athena_under_the_ports_own_name(
    lakeformation: LakeLevers, port: PortVariant
) -> None:
    lake = lakeformation
    grant = Grant(port, GROWTH)

    def refusal(sql: str) -> str:
        with pytest.raises(QueryRefused) as caught:
            lake.connector.query(grant, sql, Limits(rows=2, bytes=100))
        return caught.value.code

    sql = (
        "-- published.delays\nSELECT 'published.delays' AS text, d.carrier AS who,"
        ' sum(minutes) AS m FROM "published"."delays" d WHERE d.id < 3 GROUP BY 1, 2 ORDER BY 2'
    )
    rows = lake.connector.query(grant, sql, Limits())
    two = lake.connector.query(grant, "SELECT id FROM published.delays ORDER BY 1", Limits(rows=2))

    assert rows.rows == [("published.delays", "AF", 20), ("published.delays", "LH", 10)]
    assert (two.rows, two.truncated) == ([(1,), (2,)], True)
    assert refusal("SELECT note FROM published.delays") == "syntax-error"
    assert refusal("SELECT FROM FROM published.delays") == "syntax-error"
    assert refusal("DROP TABLE published.delays") == "not-a-single-read-query"
    assert refusal("SELECT repeat('x', 200) FROM published.delays") == "result-too-large"


def test_a_query_that_takes_too_long_is_stopped(
    lakeformation: LakeLevers, port: PortVariant
) -> None:
    lake = lakeformation
    lake.double.lever("waits", 1)

    with pytest.raises(QueryRefused) as caught:
        lake.connector.query(
            Grant(port, GROWTH), "SELECT * FROM published.delays", Limits(timeout_ms=100)
        )

    assert caught.value.code == "query-timeout"


def test_the_owner_sees_tables_that_the_provisioner_may_not_read(
    lakeformation: LakeLevers,
) -> None:
    lake = lakeformation
    described = lake.connector.describe("raw", "delays")
    rows = lake.connector.sample(("raw", "delays"), 2)
    profile = {one.name: one for one in lake.connector.profile(("raw", "delays"), 100)}
    group = lake.config.work_group_of(GROWTH)

    assert [(one.name, one.type) for one in described.columns] == COLUMNS
    assert (described.kind, described.comment) == ("table", "Delays")
    assert lake.connector.relations("raw") == ("delays", "delays-hr")
    assert lake.connector.relations("no' OR 1=1 --") == ()
    assert (rows.rows, rows.truncated) == (list(ROWS[:2]), True)
    assert profile["note"].nulls == 1
    assert asks(lake.as_user(*lake.keys), group, "SELECT 1") == athena.DENIED
    with pytest.raises(Permanent, match="no table"):
        lake.connector.describe("raw", "nothing")
    with pytest.raises(Permanent, match="none of this connection's"):
        lake.connector.describe("other", "delays")
    with pytest.raises(BadIdentifier):
        lake.connector.describe("raw", 'de"lays')


def test_keys_that_were_handed_out_are_dropped(
    lakeformation: LakeLevers, port: PortVariant
) -> None:
    lake = lakeformation
    hers = lake.connector.credentials(Grant(port, GROWTH), timedelta(minutes=5))
    ana, own = lake.acting(hers), lake.config.work_group_of(GROWTH)
    before = asks(ana, own, "SELECT id FROM raw.delays")

    found = lake.connector.drop_credential(hers.login)

    assert (before, asks(ana, own, "SELECT id FROM raw.delays")) == ("", athena.DENIED)
    assert (found.existed, found.gone) == (True, True)
    assert [part.name for part in hers.handed][-1] == "profile"
