"""What only NATS does: sessions cut by the server, claims that end, streams described."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from marketplace.connectors.base import (
    Grant,
    Limits,
    Member,
    Permanent,
    PortDesired,
    PortVariant,
    QueryRefused,
    Transient,
)
from marketplace.connectors.nats import NatsConnector, links
from marketplace.connectors.nats.keys import BadKey, Key
from marketplace.connectors.nats.observing import covers
from marketplace.connectors.snippets import Reader, snippets_of
from marketplace.connectors.withdrawing import Watching, Withdrawing
from tests.connectors.contract import CUSTOMER, GROWTH, Held
from tests.connectors.nats.server import STREAM, SUBJECT, NatsLevers, NatsServer

NAMES = ("id", "carrier", "minutes", "note")


def port(**changes: Any) -> PortVariant:
    facts: dict[str, Any] = {
        "port_id": "port-1",
        "port_key": "flight-operations.flight-delays/events/1",
        "relation_schema": "published",
        "relation_name": "delays",
        "base_schema": STREAM,
        "base_table": SUBJECT,
        "columns": NAMES,
    }
    return PortVariant(**facts | changes)


def wants(levers: NatsLevers, variant: PortVariant, *members: Member) -> list[str]:
    """Reconcile; gives the steps."""
    observed = levers.connector.observe(variant)
    plan = levers.connector.plan(PortDesired(variant, frozenset(members)), observed)
    return [result.step_id for result in levers.connector.apply(plan, Held())]


class Session:
    """A consumer's own connection with a .creds file, as any NATS client holds it."""

    def __init__(self, server: NatsServer, creds: str, inbox: str) -> None:
        lines = creds.splitlines()
        self.claims, self.user = lines[1], Key.from_seed(lines[5], "user")
        self.server, self.inbox = server, inbox
        self.open, self.ended, self.complaints = threading.Event(), threading.Event(), list[str]()
        self.ended_at = 0.0
        self.thread = threading.Thread(target=lambda: links.run(self.hold()), daemon=True)
        self.thread.start()
        assert self.open.wait(60)

    async def hold(self) -> None:
        async with links.link(self.server.config, self.user, self.claims, self.inbox) as link:
            self.open.set()
            while not link.client.is_closed:  # noqa: ASYNC110 - the client tells it only so
                await asyncio.sleep(0.01)
            self.ended_at, self.complaints = time.time(), link.complaints
        self.ended.set()


def test_a_session_ends_when_the_access_is_taken(levers: NatsLevers) -> None:
    variant, server = port(), levers.server
    until = levers.now() + timedelta(hours=1)
    ana, petra = (Member(one, until, "a") for one in (GROWTH, CUSTOMER))
    wants(levers, variant, ana, petra)
    sessions = [
        Session(
            server,
            levers.connector.credentials(Grant(variant, who), timedelta(minutes=5)).password,
            server.config.inbox_of(levers.role(variant, who)),
        )
        for who in (GROWTH, CUSTOMER)
    ]

    wants(levers, variant, petra)

    assert sessions[0].ended.wait(30)
    assert not sessions[1].ended.is_set()
    assert levers.connector.end_sessions(CUSTOMER, variant) == 1
    assert sessions[1].ended.wait(30)
    assert levers.connector.end_sessions(GROWTH, variant) == 0


def test_the_server_ends_a_session_at_the_agreed_second(levers: NatsLevers) -> None:
    variant = port()
    # The server counts whole seconds, so it ends a session up to one before the agreed moment.
    until = (levers.now() + timedelta(seconds=8)).replace(microsecond=900_000)
    wants(levers, variant, Member(GROWTH, until, "a"))
    grant = Grant(variant, GROWTH)
    given = levers.connector.credentials(grant, timedelta(hours=1))
    inbox = levers.server.config.inbox_of(levers.role(variant, GROWTH))

    session = Session(levers.server, given.password, inbox)

    assert given.expires_at == until.replace(microsecond=0)
    assert session.ended.wait(60)
    assert session.ended_at >= given.expires_at.timestamp() - 0.1
    with pytest.raises(QueryRefused):
        levers.connector.credentials(grant, timedelta(minutes=1))


def test_an_earlier_end_ends_older_credentials_and_a_later_one_does_not(
    levers: NatsLevers,
) -> None:
    variant, soon = port(), levers.now() + timedelta(hours=1)
    late = soon + timedelta(hours=1)
    wants(levers, variant, Member(GROWTH, soon, "a"))
    given = levers.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=30))
    inbox = levers.server.config.inbox_of(levers.role(variant, GROWTH))
    session = Session(levers.server, given.password, inbox)

    longer = wants(levers, variant, Member(GROWTH, late, "a"))

    assert longer == ["entitle:team:growth"]
    assert not session.ended.is_set()

    shorter = wants(levers, variant, Member(GROWTH, soon, "a"))

    assert shorter == ["login:team:growth", "join:team:growth", "entitle:team:growth"]
    assert session.ended.wait(30)
    with pytest.raises(links.LoginRefused):
        links.run(session.hold())
    again = levers.connector.query(Grant(variant, GROWTH), "SELECT * FROM published.delays", LIMITS)
    assert len(again.rows) == 3


LIMITS = Limits(rows=10)


def test_the_last_messages_are_found_among_others(levers: NatsLevers) -> None:
    others = [{"id": number} for number in range(300)]
    levers.server.publish("flights.gates", *others)
    levers.server.publish(SUBJECT, {"id": 4, "carrier": "BA"})
    levers.server.publish("flights.gates", *others)

    rows = levers.connector.sample(port(), 2)
    (last,) = levers.connector.last_messages(STREAM, SUBJECT, 1)
    few = levers.connector.sample((STREAM, SUBJECT), 50)

    assert rows.rows == [(3, "KL", 30, None), (4, "BA", None, None)]
    assert (last.key, last.value, last.offset) == (SUBJECT, {"id": 4, "carrier": "BA"}, 304)
    assert last.at is not None
    assert len(few.rows) == 4
    assert levers.server.api(f"CONSUMER.LIST.{STREAM}")["total"] == 0


def test_a_burst_of_messages_is_read_from_its_end(levers: NatsLevers) -> None:
    levers.server.publish("flights.gates", *range(100))
    levers.server.publish(SUBJECT, *({"id": number} for number in range(100, 400)))

    found = levers.connector.last_messages(STREAM, SUBJECT, 3)

    assert [one.value["id"] for one in found] == [397, 398, 399]


def test_a_stream_is_described(levers: NatsLevers) -> None:
    levers.server.publish("flights.gates", b"\xff\xfe", b"text")
    facts = levers.connector.stream(*levers.base)
    schema = levers.connector.describe(*levers.base)

    assert (facts.name, facts.messages, facts.partitions) == ("FLIGHTS/flights.delays", 3, 1)
    assert (facts.retention.policy, facts.retention.seconds) == ("limits", None)
    assert facts.last_at is not None
    assert [(one.name, one.type, one.nullable) for one in schema.columns] == [
        ("id", "integer", False),
        ("carrier", "string", False),
        ("minutes", "integer", False),
        ("note", "string", True),
    ]
    assert schema.rows_estimate == 3
    assert set(levers.connector.streams()) >= {levers.base, (STREAM, "flights.gates")}
    values = [one.value for one in levers.connector.last_messages(STREAM, "flights.gates", 5)]
    assert values == ["(2 bytes)", "text"]
    carrier = levers.connector.profile(levers.base, 10)[1]
    assert (carrier.distinct, carrier.minimum, carrier.maximum) == (3, "AF", "LH")
    with pytest.raises(Permanent):
        levers.connector.stream("NOWHERE", "a")


def test_the_lag_of_a_consumer_is_told(levers: NatsLevers) -> None:
    variant = port()
    wants(levers, variant, Member(GROWTH, None, "a"))

    assert levers.connector.lag(Grant(variant, GROWTH)) == {levers.role(variant, GROWTH): 3}
    assert levers.connector.lag(Grant(variant, CUSTOMER)) is None


@pytest.mark.parametrize(
    ("stream", "subject"),
    [
        ("FLIGHTS", "flights.$JS"),
        ("FLIGHTS", "a..b"),
        ("FLIGHTS", "a b"),
        ("FLI.GHTS", "a"),
        ("EMPORION", "emporion.lock"),
    ],
)
def test_a_name_that_means_something_else_is_refused(
    server: NatsServer, stream: str, subject: str
) -> None:
    with pytest.raises(Permanent):
        NatsConnector(server.config).observe(port(base_schema=stream, base_table=subject))


def test_a_port_without_its_stream_is_withheld(levers: NatsLevers) -> None:
    gone, other = port(base_schema="NOWHERE"), port(base_table="trains.delays")
    member = frozenset({Member(GROWTH, None, "a")})

    for variant, words in ((gone, "does not exist"), (other, "does not hold the subject")):
        observed = levers.connector.observe(variant)
        plan = levers.connector.plan(PortDesired(variant, member), observed)
        assert plan.steps == ()
        assert words in plan.withheld[0]


def test_a_server_that_is_away_is_transient(server: NatsServer) -> None:
    server.child.stop(10)

    with pytest.raises(Transient):
        NatsConnector(server.config).observe(port())


def test_keys_of_another_kind_are_refused_without_being_repeated(server: NatsServer) -> None:
    seed = Key.random("user").seed
    with pytest.raises(BadKey) as caught:
        server.config_with(password=seed)

    assert seed not in str(caught.value)
    with pytest.raises(BadKey):
        server.config_with(account=server.operator.public)


@pytest.mark.parametrize(
    ("pattern", "subject", "covered"),
    [
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        ("*", ">", True),
        ("a.b", "a.*", False),
    ],
)
def test_a_pattern_covers_what_nats_says(pattern: str, subject: str, *, covered: bool) -> None:
    assert covers(pattern, subject) is covered


def test_one_login_is_dropped_and_its_connection_is_cut(levers: NatsLevers) -> None:
    variant, until = port(), levers.now() + timedelta(hours=1)
    ana = Member(GROWTH, until, "a")
    wants(levers, variant, ana)
    grant = Grant(variant, GROWTH)
    hers, other = (levers.connector.credentials(grant, timedelta(minutes=5)) for _ in range(2))
    inbox = levers.server.config.inbox_of(levers.role(variant, GROWTH))
    cut, kept = (Session(levers.server, one.password, inbox) for one in (hers, other))
    assert isinstance(levers.connector, Withdrawing)
    assert isinstance(levers.connector, Watching)
    both = {hers.login, other.login}
    assert levers.connector.credentials_in_use([*both, "U"]) == both

    found = levers.connector.drop_credential(hers.login)
    again = levers.connector.drop_credential(hers.login)

    assert (found.existed, found.sessions, found.gone) == (True, 1, True)
    assert found.read_back == "its key is revoked in the account"
    assert (again.existed, again.gone) == (False, True)
    assert cut.ended.wait(60)
    assert not kept.ended.is_set()
    with pytest.raises(links.LoginRefused):
        links.run(cut.hold())
    assert wants(levers, variant, ana) == []
    assert len(levers.connector.query(grant, "SELECT * FROM published.delays", LIMITS).rows) == 3


@pytest.mark.parametrize("name", ["*", "", "U", "mp_test_x_c"])
def test_what_is_no_login_of_ours_is_not_dropped(levers: NatsLevers, name: str) -> None:
    with pytest.raises(Permanent, match="not a short-lived login of ours"):
        levers.connector.drop_credential(name)


def test_what_is_handed_out_is_all_that_a_client_needs(levers: NatsLevers) -> None:
    variant = port()
    wants(levers, variant, Member(GROWTH, levers.now() + timedelta(hours=1), "a"))

    given = levers.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5))

    assert [(part.name, part.file_name, part.secret) for part in given.handed] == [
        ("server", "", False),
        ("creds_file", "emporion.creds", True),
        ("inbox_prefix", "", False),
        ("durable", "", False),
    ]
    assert given.handed[1].value not in repr(given)


_SIGNED = """
import base64

from marketplace.connectors.nats.keys import Key

lines = open("emporion.creds").read().splitlines()
key = Key.from_seed(lines[5], "user")
SIGNED = {
    "user_jwt_cb": lambda: bytearray(lines[1].encode()),
    "signature_cb": lambda nonce: base64.b64encode(key.sign(nonce.encode())),
}
"""


def test_the_words_to_copy_read_the_subject(levers: NatsLevers, tmp_path: Path) -> None:
    variant, config = port(), levers.server.config
    wants(levers, variant, Member(GROWTH, levers.now() + timedelta(hours=1), "a"))
    given = levers.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5))
    (creds,) = (part for part in given.handed if part.file_name)
    (tmp_path / creds.file_name).write_text(creds.value)
    reader = Reader(
        schema="published",
        name="delays",
        base_schema=STREAM,
        base_name=SUBJECT,
        env=config.env,
        handle=variant.handle(config.env),
        consumer=(GROWTH.kind, GROWTH.key),
    )
    facts = {"host": config.host, "port": config.port}
    words = {one.kind: one.text for one in snippets_of("nats", facts, reader)}

    # nats-py reads a .creds file with the package nkeys, which we do without: our keys sign.
    signing = words["python"].replace('user_credentials="emporion.creds"', "**SIGNED")
    assert signing != words["python"]

    told = subprocess.run(
        [sys.executable, "-c", _SIGNED + signing],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert told.stderr == ""
    assert told.stdout.count(SUBJECT) == 3
