"""Platforms that others change: ordered is not done, and only the newest report counts."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from marketplace.channels.signing import new_secret, verify
from marketplace.connectors.base import (
    Conflict,
    Grant,
    Limits,
    Mask,
    NeedsHuman,
    Permanent,
    PortVariant,
    QueryRefused,
    Transient,
)
from marketplace.connectors.registry import connector_for
from marketplace.connectors.reported import GeneratorConnector, StaleReport, TicketConnector
from tests.connectors.contract import CUSTOMER, GROWTH, SID, Held
from tests.connectors.contract.reporting import (
    HANDLE,
    PORT,
    ReportedContract,
    ordered,
    variant,
    wanted,
)

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def connector(tmp_path: Path) -> GeneratorConnector:
    return GeneratorConnector.from_config({"folder": str(tmp_path), "env": "test"})


@pytest.mark.parametrize(
    ("form", "name"), [("sql", "grants.sql"), ("terraform", "grants.tf"), ("dbt", "grants.yml")]
)
def test_what_is_written_is_what_was_agreed(tmp_path: Path, form: str, name: str) -> None:
    connector: Any = connector_for(
        "generator", {"folder": str(tmp_path), "env": "test", "form": form}
    )
    filters = {} if form == "sql" else {"row_filters": ()}
    shown = variant(**filters)
    ordered(connector, wanted(shown, GROWTH, SID))
    connector.report(shown.handle("test"), 1, "done", by="olaf")

    ordered(connector, wanted(shown, GROWTH, CUSTOMER))

    (written,) = [one for one in tmp_path.iterdir() if one.is_file()]
    golden = GOLDEN / name
    if "EMPORION_WRITE_GOLDEN" in os.environ:
        golden.write_text(written.read_text())
    assert written.name == f"{shown.handle('test')}.{name.partition('.')[2]}"
    assert written.read_text() == golden.read_text()


def test_reports_on_another_generation_are_refused(connector: GeneratorConnector) -> None:
    shown, handle = variant(), variant().handle("test")
    with pytest.raises(StaleReport, match="none, not 1"):
        connector.report(handle, 1, "done", by="olaf")
    ordered(connector, wanted(shown, GROWTH))
    ordered(connector, wanted(shown, GROWTH, CUSTOMER))

    for generation in (1, 3):
        with pytest.raises(Conflict):
            connector.report(handle, generation, "done", by="olaf")
    failed = connector.report(handle, 2, "failed", by="olaf", words="no such role")
    assert connector.report(handle, 2, "failed", by="olaf") == failed
    assert not connector.observe(shown).holds(wanted(shown, GROWTH, CUSTOMER))
    done = connector.report(handle, 2, "done", by="olaf")
    assert connector.report(handle, 2, "done", by="pia") == done
    with pytest.raises(StaleReport, match="already"):
        connector.report(handle, 2, "failed", by="sid")
    assert connector.observe(shown).holds(wanted(shown, GROWTH, CUSTOMER))


def test_nothing_is_ordered_for_nobody_and_what_it_cannot_write_is_withheld(
    tmp_path: Path,
) -> None:
    sql = GeneratorConnector.from_config({"folder": str(tmp_path), "env": "test"})
    dbt = GeneratorConnector.from_config({"folder": str(tmp_path), "env": "test", "form": "dbt"})
    masked = variant(masks=(Mask("carrier", "null"),))

    assert not sql.plan(wanted(variant()), sql.observe(variant()))
    assert sql.plan(wanted(masked, GROWTH), sql.observe(masked)).withheld == (
        "the generator writes no masks",
    )
    assert dbt.plan(wanted(variant(), GROWTH), dbt.observe(variant())).withheld == (
        "dbt grants have no row filters: publish a narrower model",
    )


def test_it_says_what_it_cannot_do(connector: GeneratorConnector) -> None:
    from datetime import timedelta

    with pytest.raises(QueryRefused):
        connector.query(Grant(variant(), GROWTH), "SELECT 1", Limits())
    with pytest.raises(QueryRefused):
        connector.credentials(Grant(variant(), GROWTH), timedelta(minutes=1))
    for refused in (connector.profile, connector.sample):
        with pytest.raises(Permanent):
            refused(("a", "b"), 1)
    with pytest.raises(Permanent):
        connector.describe("a", "b")
    assert connector.end_sessions(GROWTH, variant()) == 0
    assert connector.capabilities().supports == frozenset()
    assert connector.check() == []


@pytest.mark.parametrize(
    "facts",
    [
        {"folder": "relative"},
        {"form": "perl"},
        {"principals": "{other}"},
        {"principals": "{kind}'"},
        {"env": "Prod"},
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(tmp_path: Path, facts: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several
        GeneratorConnector.from_config({"folder": str(tmp_path), "env": "test"} | facts)


# --- tickets over real HTTP --------------------------------------------------------------------


class Receiver:
    """An outside provisioner: takes orders, answers as it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.taken.append((headers, self.rfile.read(length)))
                status, more = receiver.answers.pop(0) if receiver.answers else (202, {})
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Door)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


SECRET = new_secret()


@pytest.fixture
def ticket(tmp_path: Path, receiver: Receiver) -> TicketConnector:
    return TicketConnector.from_config(
        {
            "folder": str(tmp_path),
            "env": "test",
            "secret": SECRET,
            "url": f"http://{receiver.place}/orders",
            "allowed": [receiver.place],
        }
    )


def test_an_order_is_sent_signed_and_says_what_to_do(
    ticket: TicketConnector, receiver: Receiver
) -> None:
    shown = variant(masks=(Mask("carrier", "hash"),))

    plan = ordered(ticket, wanted(shown, GROWTH))

    ((headers, body),) = receiver.taken
    verify(SECRET, headers, body, now=datetime.now(UTC).timestamp())
    order = json.loads(body)
    assert headers["webhook-id"] == f"{shown.handle('test')}-1"
    assert (order["handle"], order["generation"]) == (shown.handle("test"), 1)
    assert order["members"] == [
        {"kind": "team", "key": "growth", "until": "2026-12-31T00:00:00+00:00"}
    ]
    assert order["text"] == plan.steps[0].do
    assert "Columns: id, carrier (masked: hash)" in order["text"]
    assert 'Only rows where carrier in ["LH", "O\'B"]' in order["text"]
    assert "Let team:growth read until 2026-12-31T00:00:00+00:00" in order["text"]
    assert ticket.callback_secret == SECRET
    assert SECRET not in repr(ticket.config)
    ticket.report(shown.handle("test"), 1, "done", by="the provisioner")
    assert ticket.probe(Grant(shown, GROWTH), expect_access=True).ok


def test_without_an_address_a_person_looks_and_reports(tmp_path: Path) -> None:
    connector = TicketConnector.from_config(
        {"folder": str(tmp_path), "env": "test", "secret": SECRET}
    )

    plan = connector.plan(wanted(variant(), GROWTH), connector.observe(variant()))
    (result,) = connector.apply(plan, Held())

    assert result.detail == "order 1 waits for a person"
    assert [finding.code for finding in connector.check()] == ["nobody-told"]


@pytest.mark.parametrize(
    "facts",
    [
        {"secret": "short"},
        {"secret": "whsec_c2hvcnQ="},
        {"folder": "relative"},
        {"url": "http://127.0.0.1:9/orders"},
        {"url": "https://169.254.169.254/"},
    ],
)
def test_a_ticket_platform_that_does_not_fit_is_refused(tmp_path: Path, facts: Any) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - several
        TicketConnector.from_config(
            {"folder": str(tmp_path), "env": "test", "secret": SECRET} | facts
        )

    assert SECRET not in str(caught.value)


# --- the questions of the conformance suite -----------------------------------------------------


class Ticketed:
    """A ticket queue behind an address."""

    secrets = (SECRET, SECRET.removeprefix("whsec_"))

    def __init__(self, folder: Path, connector: TicketConnector) -> None:
        self.folder, self.connector = folder, connector

    def lines(self, shown: PortVariant) -> int:
        return 5 + len(shown.row_filters)


class TestTicket(ReportedContract):
    answers_for = "Ticket or webhook"

    @pytest.fixture
    def ordering(self, tmp_path: Path, ticket: TicketConnector) -> Ticketed:
        return Ticketed(tmp_path, ticket)

    def test_t10_a_consumer_whom_the_platform_does_not_know_waits_for_a_person(
        self, ordering: Ticketed
    ) -> None:
        connector = ordering.connector
        ordered(connector, wanted(variant(), GROWTH))
        connector.report(HANDLE, 1, "failed", by="olaf", words="no such login")
        unknown = connector.probe(PORT, expect_access=True)
        waits = connector.plan(wanted(variant(), GROWTH), connector.observe(variant()))
        connector.report(HANDLE, 1, "done", by="olaf")  # the login has appeared
        there = connector.probe(PORT, expect_access=True)
        ordered(connector, wanted(variant()))
        connector.report(HANDLE, 2, "done", by="olaf", words="the login is gone again")

        assert (unknown.ok, waits.steps, there.ok) == (False, (), True)
        assert waits.withheld == ("the order was reported failed by olaf: no such login",)
        assert connector.probe(PORT, expect_access=False).ok

    def test_t14_an_order_takes_before_it_lets_in_and_never_says_more_than_is_wanted(
        self, ordering: Ticketed
    ) -> None:
        wide, connector = ("id", "carrier", "minutes"), ordering.connector
        ordered(connector, wanted(variant(columns=wide), GROWTH, SID))
        texts = []
        for columns, who in ((("id",), GROWTH), (wide, CUSTOMER), (("id",), GROWTH)):
            desired = wanted(variant(columns=columns), who)
            texts.append(connector.plan(desired, connector.observe(desired.variant)).steps[0].do)
            ordered(connector, desired)

        for text, columns in zip(texts, ("id", ", ".join(wide), "id"), strict=True):
            lines = text.splitlines()
            assert f"Columns: {columns}" in lines
            takes = [at for at, line in enumerate(lines) if line.startswith("Take access")]
            lets = [at for at, line in enumerate(lines) if line.startswith("Let ")]
            assert (len(lets), max(takes) < min(lets)) == (1, True)

    def test_t18_a_receiver_that_says_too_much_is_asked_again_with_the_same_order(
        self, ticket: TicketConnector, receiver: Receiver
    ) -> None:
        receiver.answers = [(429, {"retry-after": "7"}), (400, {}), (202, {})]
        plan = ticket.plan(wanted(variant(), GROWTH), ticket.observe(variant()))

        with pytest.raises(Transient) as busy:
            list(ticket.apply(plan, Held()))
        assert len(receiver.taken) == 1
        with pytest.raises(NeedsHuman):
            list(ticket.apply(plan, Held()))
        (result,) = ticket.apply(plan, Held())

        assert busy.value.retry_after == 7.0
        assert result.detail == "order 1 taken with 202"
        assert {headers["webhook-id"] for headers, _ in receiver.taken} == {
            f"{variant().handle('test')}-1"
        }
