"""Ana's team has the curated port on Databricks; what its people and its workspace do."""

import os
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from marketplace.connectors.base import (
    Grant,
    Limits,
    Mask,
    Member,
    NeedsHuman,
    Permanent,
    PortDesired,
    PortVariant,
    Principal,
    QueryRefused,
    RowFilter,
    Transient,
)
from marketplace.connectors.databricks import DatabricksConfig
from marketplace.connectors.databricks.config import uc_name
from marketplace.connectors.databricks.statements import condition, literal
from marketplace.connectors.withdrawing import Withdrawing
from tests.connectors.contract import COLUMNS, CUSTOMER, GROWTH, SID, Held
from tests.connectors.databricks.dialect import Failed
from tests.connectors.databricks.front import ADMIN, OURS, Front, a_front
from tests.connectors.databricks.levers import DatabricksLevers

GOLDEN = Path(__file__).parents[1] / "golden" / "databricks.txt"
ROWS_SEEN = [(1, "LH", 10), (2, "AF", 20)]


class Corner:
    """A port that stands, with its consumers."""

    def __init__(self, levers: DatabricksLevers) -> None:
        self.levers, self.connector = levers, levers.connector
        self.variant = self.variant_with()

    def variant_with(self, **changes: Any) -> PortVariant:
        facts: dict[str, Any] = {
            "port_id": self.levers.port,
            "port_key": "flight-operations.flight-delays/curated/1",
            "relation_schema": self.levers.relation[0],
            "relation_name": self.levers.relation[1],
            "base_schema": self.levers.base[0],
            "base_table": self.levers.base[1],
            "columns": COLUMNS,
            "row_filters": (RowFilter("carrier", "in", ("LH", "AF")),),
        }
        return PortVariant(**facts | changes)

    def wants(self, *principals: Principal, variant: PortVariant | None = None) -> Any:
        variant = variant or self.variant
        members = frozenset(Member(one, None, f"agreement-of-{one.key}") for one in principals)
        plan = self.connector.plan(PortDesired(variant, members), self.connector.observe(variant))
        list(self.connector.apply(plan, Held()))
        return plan

    def ask(self, sql: str, who: Principal = GROWTH, **limits: int) -> Any:
        text = sql.replace("{view}", '"products"."delays"')
        return self.connector.query(Grant(self.variant, who), text, Limits(**limits))

    def refusal(self, sql: str, who: Principal = GROWTH, **limits: int) -> str:
        with pytest.raises(QueryRefused) as caught:
            self.ask(sql, who, **limits)
        return caught.value.code


@pytest.fixture
def corner(levers: DatabricksLevers) -> Corner:
    corner = Corner(levers)
    corner.wants(GROWTH)
    return corner


@pytest.fixture
def with_a_group(minilake: int) -> Iterator[Corner]:
    with a_front(minilake) as front:
        levers = DatabricksLevers(front, groups=["team:growth=growth-people"])
        yield Corner(levers)
        levers.close()


# --- what is sent, request by request ------------------------------------------------------------


def test_what_is_sent_is_what_was_written_down(minilake: int) -> None:
    """A grant, its proof, a mask, a revoke and its proof, a credential; `GOLDEN=write` renews."""
    names = {"env": "test", "catalog": "products", "source_catalog": "raw"}
    with a_front(minilake) as front:
        corner = Corner(DatabricksLevers(front, **names))
        masked = corner.variant_with(masks=(Mask("carrier", "hash"), Mask("minutes", "null")))
        front.sent.clear()

        corner.wants(GROWTH)
        corner.connector.probe(Grant(corner.variant, GROWTH), expect_access=True)
        corner.connector.credentials(Grant(corner.variant, GROWTH), timedelta(minutes=10))
        corner.connector.withdraw_credentials(GROWTH)
        corner.wants(variant=masked)
        corner.connector.probe(Grant(masked, GROWTH), expect_access=False)
        corner.connector.check()
        told = _told(front)
        corner.levers.close()

    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(told)
    assert told == GOLDEN.read_text()


def _told(front: Front) -> str:
    """Write down what was sent; identifiers are numbered in the order in which they are met."""
    text = "\n".join(front.sent).replace(front.warehouse, "<warehouse>")
    known = {OURS: "<provisioner>"}
    return re.sub(
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=user_ids=)\w+|(?<=/servicePrincipals/)\w+",
        lambda found: known.setdefault(found[0], f"<{len(known)}>"),
        text,
    )


def test_what_is_told_late_is_read_until_it_is_told(levers: DatabricksLevers) -> None:
    corner = Corner(levers)
    levers.front.lag = 3

    corner.wants(GROWTH)

    levers.front.lag = 0
    levers.front.late.clear()  # and at last it is told everywhere
    probe = corner.connector.probe(Grant(corner.variant, GROWTH), expect_access=True)
    assert (probe.ok, probe.level) == (True, "simulated")
    assert not corner.wants(GROWTH)


def test_only_the_vendors_own_address_proves(levers: DatabricksLevers) -> None:
    facts = {"client_id": "a", "client_secret": "b", "warehouse": "c", "catalog": "d", "env": "e"}

    for host, level in (
        ("https://dbc-1.cloud.databricks.com", "proven"),
        ("https://adb-1.2.azuredatabricks.net", "proven"),
        ("https://cloud.databricks.com.example.org", "simulated"),
        (levers.front.address, "simulated"),
    ):
        assert DatabricksConfig(host=host, **facts).level == level


def test_no_grant_is_wider_than_the_view(corner: Corner) -> None:
    front, config = corner.levers.front, corner.levers.config
    application = corner.levers.application(GROWTH)["applicationId"]
    held = {
        kind: front.held(application, kind, name)
        for kind, name in (
            ("CATALOG", config.catalog),
            ("SCHEMA", f"{config.catalog}.products"),
            ("TABLE", corner.levers.view(corner.variant)),
        )
    }

    assert held == {
        "CATALOG": {"USE_CATALOG"},
        "SCHEMA": {"USE_CATALOG", "USE_SCHEMA"},
        "TABLE": {"USE_CATALOG", "USE_SCHEMA", "SELECT"},
    }
    assert front.held(application, "CATALOG", config.source) == set()


def test_people_get_in_through_the_group_that_the_operator_named(with_a_group: Corner) -> None:
    corner, front = with_a_group, with_a_group.levers.front
    corner.wants(GROWTH)
    front.groups["ana@example.org"] = ["growth-people"]
    sql = f"SELECT id FROM {corner.levers.view(corner.variant)} ORDER BY id"

    seen = front.execute("ana@example.org", sql, "")["result"]["data_array"]

    assert seen == [[1], [2]]
    assert corner.connector.observe(corner.variant).foreign == ()
    with pytest.raises(Failed, match="INSUFFICIENT_PERMISSIONS"):
        front.execute("sid@example.org", sql, "")
    corner.wants()
    with pytest.raises(Failed, match="INSUFFICIENT_PERMISSIONS"):
        front.execute("ana@example.org", sql, "")


def test_what_a_schema_lets_in_is_told(corner: Corner) -> None:
    schema = f"{corner.levers.config.catalog}.products"
    change = {"principal": "account users", "add": ["SELECT"]}
    corner.levers.front.patch(ADMIN, "SCHEMA", schema, [change])

    assert corner.connector.observe(corner.variant).foreign == (
        f"account users has SELECT on the view, through schema {schema}",
    )


def test_a_secret_lets_its_owner_in_until_it_is_taken(corner: Corner) -> None:
    connector, front = corner.connector, corner.levers.front
    grant = Grant(corner.variant, GROWTH)
    info = connector.credentials(grant, timedelta(minutes=5))

    assert info.password in front.secrets[info.user].values()
    assert timedelta(minutes=4) < info.expires_at - corner.levers.now() <= timedelta(minutes=5)
    assert connector.withdraw_credentials(CUSTOMER) == 0
    assert connector.withdraw_credentials(GROWTH) == 1
    assert front.secrets[info.user] == {}
    with pytest.raises(QueryRefused):
        connector.credentials(Grant(corner.variant, SID), timedelta(minutes=5))
    with pytest.raises(ValueError, match="up to"):
        connector.credentials(grant, timedelta(days=1))


def test_one_secret_is_deleted_by_its_name(corner: Corner) -> None:
    connector, front = corner.connector, corner.levers.front
    grant = Grant(corner.variant, GROWTH)
    hers, other = (connector.credentials(grant, timedelta(minutes=5)) for _ in range(2))

    found = connector.drop_credential(hers.login)
    again = connector.drop_credential(hers.login)

    assert isinstance(connector, Withdrawing)
    assert (found.existed, found.sessions, found.gone) == (True, None, True)
    assert found.read_back == "no such secret; a token made with it lives an hour at most"
    assert (again.existed, again.gone) == (False, True)
    assert list(front.secrets[hers.user].values()) == [other.password]
    held = {name: dict(one) for name, one in front.secrets.items()}
    for wrong in (hers.user, f"{OURS}/own", ""):
        with pytest.raises(Permanent, match="not a short-lived login of ours"):
            connector.drop_credential(wrong)
    assert front.secrets == held
    assert [part.name for part in hers.handed] == ["client_id", "client_secret", "http_path"]


def test_a_query_reaches_nothing_but_what_was_promised(corner: Corner) -> None:
    raw = ".".join((corner.levers.config.source, *corner.levers.base))
    ours = f"{corner.levers.config.catalog}.emporion_control.entitlement"
    before = corner.levers.fingerprint()

    codes = {
        sql: corner.refusal(sql)
        for sql in (
            f"SELECT * FROM {raw}",
            f"SELECT * FROM {ours}",
            "DELETE FROM {view}",
            "SELECT 1; SELECT 2",
            "SELECT note FROM {view}",
            "SELECT read_files('/etc/passwd')",
            "SELECT 'a\x00'",
            "",
        )
    }

    assert list(codes.values()) == [
        "permission-denied",
        "permission-denied",
        "not-a-single-read-query",
        "syntax-error",
        "syntax-error",
        "syntax-error",
        "syntax-error",
        "not-a-single-read-query",
    ]
    assert corner.levers.fingerprint() == before
    rows = corner.ask('SELECT "id", \'"\' FROM {view} ORDER BY "id"', rows=1)
    assert (rows.rows, rows.truncated) == ([(1, '"')], True)
    assert corner.refusal("SELECT repeat('x', 5000) FROM {view}", bytes=4_000) == "result-too-large"


def test_a_query_is_stopped_in_time_or_when_it_is_told_to(corner: Corner) -> None:
    corner.levers.front.slow = "'slow'"
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()

    with pytest.raises(QueryRefused) as told:
        corner.connector.query(Grant(corner.variant, GROWTH), "SELECT 'slow'", Limits(), cancel)

    assert told.value.code == "query-cancelled"
    assert corner.refusal("SELECT 'slow'", timeout_ms=500) == "query-timeout"


def test_what_a_consumer_is_running_is_cancelled(corner: Corner) -> None:
    front, application = corner.levers.front, corner.levers.application(GROWTH)["applicationId"]
    front.slow = "'slow'"
    body = {"statement": "SELECT 'slow'", "warehouse_id": front.warehouse}
    front.said("POST", "/api/2.0/sql/statements", application, body)

    assert corner.connector.end_sessions(GROWTH, corner.variant) == 1


def test_a_throttle_is_waited_out_and_a_wrong_secret_is_a_persons_matter(
    levers: DatabricksLevers,
) -> None:
    corner = Corner(levers)
    corner.connector.observe(corner.variant)
    levers.front.faults = [(429, {"Retry-After": "1"})]

    assert corner.connector.observe(corner.variant).exists is False
    assert levers.front.faults == []
    levers.front.tokens.clear()
    with pytest.raises(NeedsHuman):
        corner.connector.observe(corner.variant)


def test_a_long_pause_is_left_to_the_engine(levers: DatabricksLevers) -> None:
    corner = Corner(levers)
    corner.connector.observe(corner.variant)
    levers.front.faults = [(429, {"Retry-After": "600"})]

    with pytest.raises(Transient) as told:
        corner.connector.observe(corner.variant)

    assert 600 <= (told.value.retry_after or 0) < 602
    assert levers.front.faults == []


def test_a_statement_that_was_forgotten_is_run_again(corner: Corner) -> None:
    corner.levers.front.forgets = 1

    with pytest.raises(Transient, match="forgot the statement"):
        corner.ask("SELECT * FROM {view}")

    assert sorted(corner.ask("SELECT * FROM {view}").rows) == ROWS_SEEN


def test_tables_are_described_profiled_and_sampled(corner: Corner) -> None:
    described = corner.connector.describe("flights", "delays")

    assert [one.name for one in described.columns] == ["id", "carrier", "minutes", "note"]
    assert corner.connector.relations("flights") == ("delays",)
    profile = {one.name: one for one in corner.connector.profile(("flights", "delays"), 100)}
    assert (profile["note"].nulls, profile["carrier"].minimum) == (1, "AF")
    assert corner.connector.sample(("flights", "delays"), 2).truncated
    assert sorted(corner.connector.sample(corner.variant, 10).rows) == ROWS_SEEN


def test_a_filter_of_another_type_is_withheld(corner: Corner) -> None:
    odd = corner.variant_with(row_filters=(RowFilter("carrier", "=", 0),))

    assert corner.wants(GROWTH, variant=odd).withheld == (
        "a row filter's value is of another type than its column: carrier",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "http://example.org"},
        {"host": "https://example.org/path"},
        {"catalog": "Products"},
        {"client_id": "a b"},
        {"client_secret": ""},
        {"env": "Prod"},
        {"instance": "a:b"},
        {"groups": ("growth",)},
        {"warehouses": ("team:growth=a b",)},
    ],
)
def test_a_configuration_that_does_not_fit_is_refused_without_its_secret(
    changes: dict[str, Any],
) -> None:
    facts = {"host": "https://a.cloud.databricks.com", "client_id": "a", "warehouse": "c"}
    facts |= {"client_secret": "a planted secret", "catalog": "products", "env": "test"}

    with pytest.raises(ValueError, match=r"must|write|keep|made") as caught:
        DatabricksConfig(**facts | changes)

    assert "planted" not in str(caught.value)


def test_names_and_values_are_written_so_that_nothing_else_is_meant() -> None:
    assert uc_name("delays") == "delays"
    assert uc_name("Delays") != uc_name("DELAYS")
    assert uc_name("Delays").startswith("delays_")
    assert literal("it's") == "CAST(X'69742773' AS STRING)"
    assert literal((1, "a")) == "(1, 'a')"
    assert condition(RowFilter("c", "=", "LH")) == "t.`c` COLLATE UTF8_BINARY = 'LH'"
