"""Files in a folder answer the questions of the contract, and open nothing else."""

import csv
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from marketplace.connectors.base import (
    Finding,
    Grant,
    Limits,
    NeedsHuman,
    Permanent,
    PortVariant,
    Principal,
    QueryRefused,
    RowFilter,
)
from marketplace.connectors.files import FilesConfig, FilesConnector
from marketplace.connectors.files.links import Link
from marketplace.connectors.files.store import Store
from marketplace.connectors.withdrawing import Withdrawing
from tests.connectors.contract import CUSTOMER, GROWTH, ROWS, SID, EndsByItself
from tests.connectors.restricted import RestrictedContract

LAB_SECRET = "a secret planted for tests, 32 characters"
NAMES = ("id", "carrier", "minutes", "note")


class Lying(Store):
    """A folder that takes everything and does not keep who is entitled."""

    def write(self, kind: str, name: str, document: dict[str, Any]) -> None:
        kept = {"entitled": {}} if kind == "handles" else {}
        super().write(kind, name, document | kept)


class Keeping(Store):
    """A folder that takes everything and changes no handle."""

    def write(self, kind: str, name: str, document: dict[str, Any]) -> None:
        if kind != "handles":
            super().write(kind, name, document)


def write(path: Path, form: str, rows: list[tuple[Any, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(":memory:") as session:
        session.execute("CREATE TABLE t (id int, carrier varchar, minutes int, note varchar)")
        session.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        session.execute(f"COPY t TO '{path}' (FORMAT {form})")


class FilesLevers:
    """What an administrator of the folder does behind our back."""

    shortest = 2.0

    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = "test"
        self.config = FilesConfig(str(root), "test", LAB_SECRET, public_url="https://files.example")
        self.connector: Any = FilesConnector(self.config)
        self.port, self.relation, self.base = "port-1", ("products", "delays"), ("raw", "delays")
        write(root / "raw" / "delays" / "2013.parquet", "PARQUET", ROWS)

    def _change(self, variant: PortVariant, change: Any) -> None:
        store, handle = self.connector.ledger.store, variant.handle("test")
        document = store.read("handles", handle)
        change(document)
        store.write("handles", handle, document)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def fingerprint(self) -> object:
        control = self.config.control
        return {
            str(path): path.read_bytes()
            for path in sorted(control.rglob("*.json"))
            if path.is_file()
        }

    def takes_membership(self, variant: PortVariant, principal: Principal) -> None:
        login = self.config.login_of(principal)
        self._change(variant, lambda document: document["members"].pop(login))

    def takes_entitlement(self, variant: PortVariant, principal: Principal) -> None:
        login = self.config.login_of(principal)
        self._change(variant, lambda document: document["entitled"].pop(login))

    def alters_view(self, variant: PortVariant) -> None:
        self._change(variant, lambda document: document["variant"].update(row_filters=[]))

    def lets_in(self, variant: PortVariant) -> str:
        self._change(variant, lambda document: document["members"].update(bob="1"))
        return "bob"

    def _consumer(self, principal: Principal) -> Path:
        return self.config.control / "consumers" / f"{self.config.login_of(principal)}.json"

    def drops_login(self, principal: Principal) -> None:
        self._consumer(principal).unlink()

    def remakes_login(self, principal: Principal) -> None:
        facts = {"kind": principal.kind, "key": principal.key, "number": "of another"}
        self._consumer(principal).write_text(json.dumps(facts))

    def lies(self) -> None:
        self.connector.ledger.store = Lying(self.config.control)

    @contextmanager
    def keeping(self, variant: PortVariant) -> Iterator[None]:
        del variant
        honest = self.connector.ledger.store
        self.connector.ledger.store = Keeping(self.config.control)
        yield
        self.connector.ledger.store = honest

    def secrets(self) -> list[str]:
        return [LAB_SECRET]

    def weak(self) -> list[Finding]:
        return FilesConnector(FilesConfig("/nowhere/at/all", "test", LAB_SECRET)).check()

    def strong(self) -> list[Finding]:
        self.root.chmod(0o777)
        return list(self.connector.check())


@pytest.fixture
def platform(tmp_path: Path) -> FilesLevers:
    root = tmp_path / "lake"
    root.mkdir(mode=0o700)
    return FilesLevers(root)


class TestFiles(RestrictedContract, EndsByItself):
    answers_for = "Files"

    @pytest.fixture
    def platform(self, platform: FilesLevers) -> FilesLevers:
        return platform

    def opened(self, platform: FilesLevers, token: str, form: str = "csv") -> list[list[str]]:
        _, path = platform.connector.open_link(token, form)
        with path.open(newline="") as text:
            rows = list(csv.reader(text))
        path.unlink()
        return rows

    def test_a_link_gives_what_was_promised_until_the_access_ends(
        self, platform: FilesLevers
    ) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        info = platform.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5))

        assert info.url == f"https://files.example/{info.password}"
        assert self.opened(platform, info.password) == [
            ["id", "carrier", "minutes"],
            ["1", "LH", "10"],
            ["2", "AF", "20"],
        ]
        name, path = platform.connector.open_link(info.password)
        assert (name, path.suffix) == ("delays.parquet", ".parquet")
        path.unlink()
        self.reconcile(platform, variant)
        with pytest.raises(QueryRefused) as caught:
            platform.connector.open_link(info.password)
        assert caught.value.code == "access-ended"

    def test_links_cannot_be_made_changed_or_kept(self, platform: FilesLevers) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        token = platform.connector.credentials(
            Grant(variant, GROWTH), timedelta(minutes=5)
        ).password
        body, _, signature = token.partition(".")
        other = FilesConfig(str(platform.root), "test", "another secret of 16 letters")
        handle, login = variant.handle("test"), platform.config.login_of(GROWTH)
        number = platform.connector.ledger.standing(handle, login)[0]
        forged = [
            "",
            ".",
            body,
            f"{body}.",
            f"{body}x.{signature}",
            f"{body}.{signature[::-1]}",
            Link(handle, login, number, platform.now() + timedelta(hours=1)).token(other),
            Link(handle, login, number, platform.now()).token(platform.config),
            Link(handle, login, "0", platform.now() + timedelta(hours=1)).token(platform.config),
            Link("../../etc", login, number, platform.now() + timedelta(hours=1)).token(other),
        ]

        for one in forged:
            with pytest.raises(QueryRefused) as caught:
                platform.connector.open_link(one)
            assert caught.value.code == "access-ended"
        longest = platform.connector.credentials(Grant(variant, GROWTH), timedelta(hours=2))
        assert longest.expires_at <= platform.now() + timedelta(hours=1)
        with pytest.raises(QueryRefused):
            platform.connector.credentials(Grant(variant, SID), timedelta(minutes=5))

    def test_one_link_is_dropped_by_its_name_and_others_open(self, platform: FilesLevers) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant, ana)
        hers, other = (
            platform.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5))
            for _ in range(2)
        )
        assert isinstance(platform.connector, Withdrawing)
        assert [part.name for part in hers.handed] == ["link_parquet", "link_csv"]

        found = platform.connector.drop_credential(hers.login)
        again = platform.connector.drop_credential(hers.login)

        assert (found.existed, found.gone) == (True, True)
        assert found.read_back == "every use of the link is refused"
        assert (again.existed, again.gone) == (False, True)
        with pytest.raises(QueryRefused) as caught:
            platform.connector.open_link(hers.password)
        assert caught.value.code == "access-ended"
        assert len(self.opened(platform, other.password)) == 3
        self.assert_converged(platform, variant, ana)
        for name in (hers.user, "link-1-2", "../handles/x", f"{hers.login}0", ""):
            with pytest.raises(Permanent, match="not a link of ours"):
                platform.connector.drop_credential(name)
        assert platform.connector.clean_up_credentials() == 0
        store = platform.connector.ledger.store
        store.write("dropped", hers.login, {"until": platform.now().isoformat()})
        assert platform.connector.clean_up_credentials() == 1


@pytest.fixture
def port(platform: FilesLevers) -> Iterator[tuple[FilesLevers, PortVariant]]:
    suite = TestFiles()
    variant = suite.variant(platform)
    suite.reconcile(platform, variant, suite.member(platform), suite.member(platform, CUSTOMER))
    return platform, variant


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM read_parquet('{base}')", "permission-denied"),
        ("SELECT * FROM '{base}'", "permission-denied"),
        ("SELECT * FROM read_text('/etc/passwd')", "permission-denied"),
        ("SELECT * FROM glob('/*')", "permission-denied"),
        ("SELECT * FROM read_csv('http://127.0.0.1:1/x')", "permission-denied"),
        ("COPY (SELECT 1) TO '/tmp/emporion-files'", "not-a-single-read-query"),
        ("ATTACH '/tmp/x.duckdb'", "not-a-single-read-query"),
        ("SET enable_external_access = true", "not-a-single-read-query"),
        ("PRAGMA memory_limit = '8GB'", "not-a-single-read-query"),
        ("INSTALL httpfs", "not-a-single-read-query"),
        ("LOAD httpfs", "not-a-single-read-query"),
        ("DROP TABLE extract.main.rows", "not-a-single-read-query"),
        (
            "INSERT INTO extract.main.rows SELECT * FROM extract.main.rows",
            "not-a-single-read-query",
        ),
        ("SELECT 1; SELECT 2", "not-a-single-read-query"),
        ("", "not-a-single-read-query"),
        ("SELECT note FROM {view}", "syntax-error"),
        ("SELECT FROM WHERE", "syntax-error"),
        (
            "SELECT * FROM range(100000000000) AS a, range(1000000) AS b ORDER BY 2, 1",
            "result-too-large",
        ),
        ("SELECT repeat('x', 3000000)", "result-too-large"),
    ],
)
def test_a_query_reaches_nothing_but_the_extract(port: Any, sql: str, code: str) -> None:
    platform, variant = port
    base = platform.root / "raw" / "delays" / "2013.parquet"
    text = sql.replace("{base}", str(base)).replace("{view}", "products.delays")
    before = platform.fingerprint()

    with pytest.raises(QueryRefused) as caught:
        platform.connector.query(Grant(variant, GROWTH), text, Limits(timeout_ms=60_000))

    assert caught.value.code == code
    assert platform.fingerprint() == before
    assert duckdb.sql(f"SELECT count(*) FROM '{base}'").fetchall() == [(3,)]


def test_a_query_is_stopped_in_time_or_when_it_is_told_to(port: Any) -> None:
    platform, variant = port
    endless = "SELECT count(*) FROM range(100000000) AS a, range(1000000) AS b"
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()

    with pytest.raises(QueryRefused) as late:
        platform.connector.query(Grant(variant, GROWTH), endless, Limits(timeout_ms=300))
    with pytest.raises(QueryRefused) as told:
        platform.connector.query(Grant(variant, GROWTH), endless, Limits(timeout_ms=60_000), cancel)

    assert (late.value.code, told.value.code) == ("query-timeout", "query-cancelled")


def test_new_files_are_seen_and_old_extracts_go(port: Any) -> None:
    platform, variant = port
    write(platform.root / "raw" / "delays" / "2014.parquet", "PARQUET", [(4, "LH", 5, "x")])

    rows = platform.connector.query(
        Grant(variant, GROWTH), "SELECT id FROM products.delays ORDER BY id", Limits()
    ).rows

    assert rows == [(1,), (2,), (4,)]
    assert len(list((platform.config.control / "extracts").glob("*.duckdb"))) == 1


def test_csv_and_delta_are_read_too(platform: FilesLevers) -> None:
    write(platform.root / "raw" / "plain.csv", "CSV, HEADER", ROWS)
    table = platform.root / "raw" / "lake"
    write(table / "a.parquet", "PARQUET", ROWS)
    write(table / "b.parquet", "PARQUET", [(9, "XX", 9, "removed")])
    log = table / "_delta_log"
    log.mkdir()
    first = [
        {"protocol": {"minReaderVersion": 1}},
        {"metaData": {"partitionColumns": []}},
        {"add": {"path": "a.parquet"}},
        {"add": {"path": "b.parquet"}},
    ]
    (log / "00000000000000000000.json").write_text("\n".join(json.dumps(one) for one in first))
    (log / "00000000000000000001.json").write_text('{"remove": {"path": "b.parquet"}}')

    for name, form in (("plain", "csv"), ("lake", "delta")):
        described = platform.connector.describe("raw", name)
        assert (described.kind, described.rows_estimate) == (form, 3)
        assert [one.name for one in described.columns] == list(NAMES)
        assert platform.connector.sample(("raw", name), 2).truncated is True
        profile = {one.name: one for one in platform.connector.profile(("raw", name), 100)}
        assert (profile["note"].nulls, profile["carrier"].minimum) == (1, "AF")
        assert profile["minutes"].maximum == "30"
        assert sum(count for *_, count in profile["minutes"].bins) == 3
        assert profile["minutes"].bins[0] == ("10", "12", 1)
    (log / "00000000000000000002.json").write_text('{"protocol": {"minReaderVersion": 3}}')
    with pytest.raises(NeedsHuman, match="newer reader"):
        platform.connector.describe("raw", "lake")
    with pytest.raises(Permanent):
        platform.connector.describe("raw", "nothing")


def test_a_link_in_the_folder_leads_nowhere(platform: FilesLevers, tmp_path: Path) -> None:
    outside = tmp_path / "outside.parquet"
    write(outside, "PARQUET", ROWS)
    (platform.root / "raw" / "linked.parquet").symlink_to(outside)

    with pytest.raises(Permanent):
        platform.connector.describe("raw", "linked")


def test_a_filter_of_another_type_is_withheld(platform: FilesLevers) -> None:
    suite = TestFiles()
    variant = suite.variant(platform, row_filters=(RowFilter("carrier", "=", 0),))

    plan = suite.plan(platform, variant, suite.member(platform))

    assert not plan
    assert plan.withheld == ("a row filter's value is of another type than its column: carrier",)
