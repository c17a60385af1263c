"""Ana's team has the curated port on Snowflake; what its people, its keys and its account do."""

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
from marketplace.connectors.snowflake import SnowflakeConfig, SnowflakeConnector
from marketplace.connectors.snowflake.config import Caller, public_key_of
from marketplace.connectors.snowflake.statements import condition, like, literal, name
from marketplace.connectors.withdrawing import Withdrawing
from tests.connectors.contract import COLUMNS, CUSTOMER, GROWTH, SID, Held
from tests.connectors.snowflake.grammar import Refused
from tests.connectors.snowflake.levers import DATABASE, SnowflakeLevers, a_key, config
from tests.connectors.snowflake.server import ACCOUNT, a_stub

GOLDEN = Path(__file__).parents[1] / "golden" / "snowflake.txt"
ROWS_SEEN = [(1, "LH", 10), (2, "AF", 20)]


class Corner:
    """A port that stands, with its consumers."""

    def __init__(self, levers: SnowflakeLevers) -> None:
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
def corner(levers: SnowflakeLevers) -> Corner:
    corner = Corner(levers)
    corner.wants(GROWTH, CUSTOMER)
    return corner


@pytest.fixture
def with_mappings() -> Iterator[Corner]:
    mapped = {"warehouses": ("team:growth=GROWTH_WH",), "roles": ["team:growth=GROWTH"]}
    with a_stub() as stub:
        stub.admin("CREATE ROLE IF NOT EXISTS GROWTH")
        yield Corner(SnowflakeLevers(stub, **mapped))


# --- what is sent, word by word ------------------------------------------------------------------


def test_what_is_sent_is_what_was_written_down(levers: SnowflakeLevers) -> None:
    corner = Corner(levers)
    masked = corner.variant_with(masks=(Mask("carrier", "hash"), Mask("minutes", "null")))
    levers.stub.log.clear()

    corner.wants(GROWTH)
    corner.connector.probe(Grant(corner.variant, GROWTH), expect_access=True)
    corner.wants(variant=masked)
    corner.connector.probe(Grant(masked, GROWTH), expect_access=False)
    corner.connector.check()

    lines = [f"-- {role} -> {answer}\n{sql}\n" for role, sql, answer in levers.stub.log]
    told = "\n".join(lines).replace(public_key_of(a_key()), "<public key>")
    assert told == GOLDEN.read_text()


def test_evidence_away_from_the_vendors_address_is_simulated(corner: Corner) -> None:
    probe = corner.connector.probe(Grant(corner.variant, GROWTH), expect_access=True)

    assert (probe.ok, probe.level) == (True, "simulated")
    for address, level in (
        ("", "proven"),
        ("https://testorg-testaccount.privatelink.snowflakecomputing.com", "proven"),
        ("https://snowflakecomputing.com.example.org", "simulated"),
        ("https://proxy.example.org", "simulated"),
    ):
        assert config(corner.levers.stub, endpoint=address).level == level


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT SYSTEM$TYPEOF(1)",
        "GRANT ALL ON DATABASE PRODUCTS TO ROLE EMPORION",
        "CREATE OR REPLACE DATABASE ROLE PRODUCTS.X",
        "CREATE ROLE X",
        "SHOW GRANTS",
        "CALL X()",
        "TRUNCATE TABLE X",
        "USE ROLE EMPORION",
        "",
        "SELECT 'open",
    ],
)
def test_the_stub_refuses_what_it_does_not_know(levers: SnowflakeLevers, sql: str) -> None:
    before = levers.fingerprint()

    with pytest.raises(Refused):
        levers.stub.admin(sql)

    assert levers.fingerprint() == before


# --- the wire ------------------------------------------------------------------------------------


def test_a_long_statement_is_awaited(corner: Corner) -> None:
    corner.levers.stub.patience = 0

    assert sorted(corner.ask("SELECT * FROM {view}").rows) == ROWS_SEEN
    assert not corner.wants(GROWTH, CUSTOMER)
    assert {answer for *_, answer in corner.levers.stub.log} >= {"202 333334"}


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_runs_twice(
    levers: SnowflakeLevers,
) -> None:
    corner = Corner(levers)
    corner.wants()
    before = len(levers.stub.jobs)
    levers.stub.lost = 1

    levers.connector._client.run("SELECT 1")

    assert len(levers.stub.jobs) == before + 1
    levers.stub.lost = 2
    with pytest.raises(Transient, match="does not answer"):
        levers.connector._client.run("SELECT 1")


def test_too_many_requests_are_answered_by_waiting_as_told(levers: SnowflakeLevers) -> None:
    levers.stub.faults = [(429, {"Retry-After": "7"}), (503, {})]

    for seconds in (7.0, 1.0):
        with pytest.raises(Transient) as caught:
            levers.connector.observe(Corner(levers).variant)
        assert caught.value.retry_after == seconds


def test_a_result_in_parts_is_read_up_to_its_bounds(corner: Corner) -> None:
    corner.levers.stub.partition = 1

    every = corner.ask("SELECT * FROM {view}")
    first = corner.ask("SELECT * FROM {view}", rows=1)

    assert (sorted(every.rows), every.truncated) == (ROWS_SEEN, False)
    assert (len(first.rows), first.truncated) == (1, True)
    assert corner.refusal("SELECT REPEAT('x', 5000) FROM {view}", bytes=4_000) == "result-too-large"


def test_a_key_that_is_not_the_users_is_refused(corner: Corner) -> None:
    corner.levers.stub.account.users["EMPORION"].key = ""

    with pytest.raises(NeedsHuman, match="JWT token is invalid"):
        corner.connector.observe(corner.variant)
    assert [one.code for one in corner.connector.check()] == ["unreachable"]


def test_a_consumers_key_is_set_again_after_ours_was_changed(corner: Corner) -> None:
    login = corner.levers.config.login_of(GROWTH)
    corner.levers.stub.account.users[login].key = ""

    assert sorted(corner.ask("SELECT * FROM {view}").rows) == ROWS_SEEN
    assert corner.levers.stub.account.users[login].key == public_key_of(a_key())


# --- people, warehouses, tokens ------------------------------------------------------------------


def test_a_consumer_pays_on_its_own_warehouse_and_no_other(with_mappings: Corner) -> None:
    corner, account = with_mappings, with_mappings.levers.stub.account
    corner.wants(GROWTH, CUSTOMER)
    logins = {one: corner.levers.config.login_of(one) for one in (GROWTH, CUSTOMER)}

    used = {
        one: [
            path
            for to, what, kind, path in account.rights
            if kind == "WAREHOUSE" and to[1] == login
        ]
        for one, login in logins.items()
    }

    assert used == {GROWTH: [("GROWTH_WH",)], CUSTOMER: [("CONSUMERS",)]}
    assert sorted(corner.ask("SELECT * FROM {view}").rows) == ROWS_SEEN
    assert corner.connector.check() == []
    del account.rights[("ROLE", "EMPORION"), "USAGE", "WAREHOUSE", ("GROWTH_WH",)]
    assert [one.code for one in corner.connector.check()] == ["no-warehouse"]


def test_people_get_in_through_the_role_that_the_operator_named(with_mappings: Corner) -> None:
    corner, stub = with_mappings, with_mappings.levers.stub
    corner.wants(GROWTH)
    view = f'SELECT "id" FROM {DATABASE}."products"."delays"'
    stub.admin("GRANT USAGE ON WAREHOUSE ADMIN TO ROLE GROWTH")

    _, rows = stub.run_as("GROWTH", view)

    assert sorted(rows) == [["1"], ["2"]]
    assert corner.connector.observe(corner.variant).foreign == ()
    stub.admin("CREATE ROLE IF NOT EXISTS BOB")
    stub.admin(f"GRANT ROLE {corner.levers.config.login_of(GROWTH)} TO ROLE BOB")
    login = corner.levers.config.login_of(GROWTH)
    assert corner.connector.observe(corner.variant).foreign == (f"BOB may act as {login}",)
    corner.wants()
    with pytest.raises(Refused, match="not authorized"):
        stub.run_as("GROWTH", view)


def test_who_else_may_act_as_a_consumer_is_told(corner: Corner) -> None:
    login = corner.levers.config.login_of(GROWTH)
    corner.levers.stub.admin("CREATE ROLE IF NOT EXISTS BOB")
    corner.levers.stub.admin(f"GRANT ROLE {login} TO ROLE BOB")

    assert corner.connector.observe(corner.variant).foreign == (f"BOB may act as {login}",)


def test_a_token_lets_its_owner_in_until_it_is_due(
    corner: Corner, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub, connector = corner.levers.stub, corner.connector
    grant = Grant(corner.variant, GROWTH)
    info = connector.credentials(grant, timedelta(minutes=5))
    headers = {
        "Authorization": f"Bearer {info.password}",
        "X-Snowflake-Authorization-Token-Type": "PROGRAMMATIC_ACCESS_TOKEN",
    }
    login = corner.levers.config.login_of(GROWTH)

    assert stub.user_of(headers) == (login, login)
    assert (info.user, info.relation) == (login, f'"{DATABASE}"."products"."delays"')
    assert timedelta(minutes=4) < info.expires_at - corner.levers.now() <= timedelta(minutes=5)
    assert connector.clean_up_credentials() == 0
    assert connector.withdraw_credentials(CUSTOMER) == 0
    assert connector.withdraw_credentials(GROWTH) == 1
    with pytest.raises(Refused):
        stub.user_of(headers)
    stub.account.users[login].tokens["EMPORION_1_DUE"] = ("x", login)
    assert connector.clean_up_credentials() == 1
    with pytest.raises(QueryRefused):
        connector.credentials(Grant(corner.variant, SID), timedelta(minutes=5))
    with pytest.raises(ValueError, match="up to"):
        connector.credentials(grant, timedelta(days=1))


def test_one_token_is_removed_by_its_name(corner: Corner) -> None:
    stub, connector = corner.levers.stub, corner.connector
    grant = Grant(corner.variant, GROWTH)
    hers, other = (connector.credentials(grant, timedelta(minutes=5)) for _ in range(2))
    login = corner.levers.config.login_of(GROWTH)

    found = connector.drop_credential(hers.login)
    again = connector.drop_credential(hers.login)

    assert isinstance(connector, Withdrawing)
    assert (found.existed, found.sessions, found.gone) == (True, None, True)
    assert found.read_back == "no such token; its user's queries were stopped"
    assert (again.existed, again.gone) == (False, True)
    assert set(stub.account.users[login].tokens) == {other.login.partition("/")[2]}
    for wrong in (login, f"{login}/SOMEBODYS", "BOB/EMPORION_1_AB", f"{login}/EMPORION_1_A B", ""):
        with pytest.raises(Permanent, match="not a short-lived login of ours"):
            connector.drop_credential(wrong)
    assert [part.name for part in hers.handed] == ["account", "user", "token"]


# --- queries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ('SELECT * FROM RAW."flights"."delays"', "permission-denied"),
        ("SELECT * FROM EMPORION_CONTROL.ENTITLEMENT", "permission-denied"),
        ("SELECT * FROM EMPORION_CONTROL.PROBE", "permission-denied"),
        ("DELETE FROM {view}", "not-a-single-read-query"),
        ("/* SELECT */ DROP VIEW {view}", "not-a-single-read-query"),
        ('SELECT 1; DROP VIEW PRODUCTS."products"."delays"', "not-a-single-read-query"),
        ('SELECT "note" FROM {view}', "syntax-error"),
        ("SELECT FROM WHERE", "syntax-error"),
        ("SELECT 'a\x00'", "syntax-error"),
        ("", "not-a-single-read-query"),
    ],
)
def test_a_query_reaches_nothing_but_what_was_promised(corner: Corner, sql: str, code: str) -> None:
    before = corner.levers.fingerprint()

    assert corner.refusal(sql) == code
    assert corner.levers.fingerprint() == before


def test_a_query_is_stopped_in_time_or_when_it_is_told_to(corner: Corner) -> None:
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()

    with pytest.raises(QueryRefused) as told:
        corner.connector.query(
            Grant(corner.variant, GROWTH), "SELECT SYSTEM$WAIT(600)", Limits(), cancel
        )

    assert told.value.code == "query-cancelled"
    assert corner.refusal("SELECT SYSTEM$WAIT(600)", timeout_ms=1_000) == "query-timeout"
    assert all(one.done.is_set() for one in corner.levers.stub.jobs.values())


# --- facts on tables, and what cannot be published -----------------------------------------------


def test_tables_are_described_profiled_and_sampled(corner: Corner) -> None:
    described = corner.connector.describe("flights", "delays")

    assert [(one.name, one.type, one.nullable, one.primary_key) for one in described.columns] == [
        ("id", "NUMBER(38,0)", False, True),
        ("carrier", "TEXT", True, False),
        ("minutes", "NUMBER(38,0)", True, False),
        ("note", "TEXT", True, False),
    ]
    assert corner.connector.relations("flights") == ("delays",)
    profile = {one.name: one for one in corner.connector.profile(("flights", "delays"), 100)}
    assert (profile["note"].nulls, profile["carrier"].minimum) == (1, "AF")
    assert (profile["minutes"].maximum, profile["id"].distinct) == ("30", 3)
    assert corner.connector.sample(("flights", "delays"), 2).truncated
    assert sorted(corner.connector.sample(corner.variant, 10).rows) == ROWS_SEEN


def test_what_snowflake_would_compare_otherwise_is_withheld(corner: Corner) -> None:
    odd = corner.variant_with(row_filters=(RowFilter("carrier", "=", 0),))
    stub = corner.levers.stub
    stub.admin('CREATE TABLE IF NOT EXISTS RAW."flights"."raw" ("it" VARIANT)')
    stub.admin('GRANT SELECT ON TABLE RAW."flights"."raw" TO ROLE EMPORION')
    loose = corner.variant_with(base_table="raw", columns=("it",), row_filters=(), port_id="p2")

    plans = [corner.wants(GROWTH, CUSTOMER, variant=one) for one in (odd, loose)]

    assert [one.withheld for one in plans] == [
        ("a row filter's value is of another type than its column: carrier",),
        (
            "a relation of the view's name exists and is not ours",
            "no published column has a type that a row access policy can be put on",
        ),
    ]
    assert not any(plans)


def test_a_view_that_lost_its_policy_is_made_again(corner: Corner) -> None:
    path = (DATABASE, "products", "delays")
    view: Any = corner.levers.stub.account.relations[path]
    view.policy = None

    observed = corner.connector.observe(corner.variant)
    corner.wants(GROWTH, CUSTOMER)

    assert (observed.view_digest, observed.drifted("view-altered")) == ("", ("",))
    assert corner.connector.observe(corner.variant).view_digest == corner.variant.digest
    ((_, policy),) = corner.levers.stub.account.policies.items()
    policy.body = "TRUE"
    assert corner.connector.observe(corner.variant).drifted("view-altered") == ("",)
    corner.wants(GROWTH, CUSTOMER)
    assert "SYSDATE()" in policy.body


# --- configuration -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "a/b"},
        {"account": ""},
        {"user": 'a"b'},
        {"env": "Prod"},
        {"instance": "a:b"},
        {"private_key": "no key"},
        {"private_key": a_key().replace("M", "N")},
        {"warehouses": ("GROWTH_WH",)},
        {"roles": ("club:growth=X",)},
        {"endpoint": "http://example.org"},
        {"endpoint": "ftp://127.0.0.1"},
        {"endpoint": "https://example.org/path"},
    ],
)
def test_a_configuration_that_does_not_fit_is_refused_without_its_key(
    changes: dict[str, Any],
) -> None:
    facts = {"account": ACCOUNT, "user": "EMPORION", "private_key": a_key(), "database": "D"}

    with pytest.raises(ValueError, match=r"must|write|unknown|contains") as caught:
        SnowflakeConfig(**facts | {"env": "test"} | changes)

    assert a_key().splitlines()[1] not in str(caught.value)


def test_a_key_from_a_form_has_lost_its_line_breaks() -> None:
    facts = {"account": "org-a.b", "user": "E", "database": "D", "env": "test"}
    flat = SnowflakeConnector.from_config(facts | {"private_key": a_key().replace("\n", "")})

    assert public_key_of(flat.config.private_key) == public_key_of(a_key())
    assert flat.config.provisioner == Caller("E", "EMPORION", "EMPORION")
    assert flat.config.base_url == "https://org-a.b.snowflakecomputing.com"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("LH", "'LH'"),
        ("it's", "HEX_DECODE_STRING('69742773')"),
        ("a\\", "HEX_DECODE_STRING('615C')"),
        ("é\n", "HEX_DECODE_STRING('C3A90A')"),
        (7, "7"),
        (1.5, "1.5::FLOAT"),
        (True, "TRUE"),
        (("a", "b"), "('a', 'b')"),
    ],
)
def test_values_are_written_so_that_every_session_reads_the_same(value: Any, text: str) -> None:
    assert literal(value) == text


def test_names_and_conditions_are_quoted() -> None:
    assert name("flight delays") == '"flight delays"'
    assert like("a_b%c".replace("%", "$")) == r"'a\\_b$c'"
    assert condition(RowFilter("note", "is null")) == 't."note" IS NULL'
    assert condition(RowFilter("c", "=", "LH")) == "COLLATE(t.\"c\", 'utf8') = 'LH'"
