"""What only RabbitMQ does: permissions as patterns, connections closed, streams read by offset."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import amqp
import pytest
from amqp.exceptions import AMQPError

from marketplace.connectors.base import (
    Grant,
    Limits,
    Member,
    NeedsHuman,
    Permanent,
    PortDesired,
    PortVariant,
    QueryRefused,
    Transient,
)
from marketplace.connectors.rabbitmq import RabbitmqConnector
from marketplace.connectors.rabbitmq.config import exactly, hashed
from marketplace.connectors.rabbitmq.management import path
from marketplace.connectors.withdrawing import Withdrawing
from tests.connectors.contract import CUSTOMER, GROWTH, Held
from tests.connectors.rabbitmq.server import QUEUE, RabbitmqLevers

NAMES = ("id", "carrier", "minutes", "note")


def port(**changes: Any) -> PortVariant:
    facts: dict[str, Any] = {
        "port_id": "port-1",
        "port_key": "flight-operations.flight-delays/events/1",
        "relation_schema": "published",
        "relation_name": "delays",
        "base_schema": "flights",
        "base_table": "delays",
        "columns": NAMES,
    }
    return PortVariant(**facts | changes)


def wants(levers: RabbitmqLevers, variant: PortVariant, *members: Member) -> list[str]:
    observed = levers.connector.observe(variant)
    plan = levers.connector.plan(PortDesired(variant, frozenset(members)), observed)
    return [result.step_id for result in levers.connector.apply(plan, Held())]


@contextmanager
def opened(levers: RabbitmqLevers, url: str) -> Iterator[Any]:
    """Connect as a client does that was given this URL; its socket is closed, whoever cut it."""
    parts = urlsplit(url)
    where = f"127.0.0.1:{levers.server.port}"
    link = amqp.Connection(where, parts.username, parts.password, virtual_host=levers.vhost)
    try:
        link.connect()
        yield link
    finally:
        link.collect()


def is_cut(link: Any) -> bool:
    """Whether the server ends this connection within thirty seconds."""
    try:
        link.drain_events(timeout=30)
    except TimeoutError:
        return False
    except (AMQPError, OSError):
        return True
    return False


def test_connections_are_closed_when_the_access_is_taken(levers: RabbitmqLevers) -> None:
    variant, until = port(), levers.now() + timedelta(hours=1)
    ana, petra = (Member(one, until, "a") for one in (GROWTH, CUSTOMER))
    wants(levers, variant, ana, petra)
    given = [
        levers.connector.credentials(Grant(variant, who), timedelta(minutes=5))
        for who in (GROWTH, CUSTOMER)
    ]
    with opened(levers, given[0].url) as hers, opened(levers, given[1].url) as others:
        wants(levers, variant, petra)

        assert is_cut(hers)
        with pytest.raises(AMQPError), opened(levers, given[0].url):
            pass
        channel = others.channel()
        assert channel.queue_declare(QUEUE, passive=True).queue == QUEUE


def test_a_short_lived_login_ends_with_the_access_and_is_swept(levers: RabbitmqLevers) -> None:
    variant, until = port(), levers.now() + timedelta(seconds=1)
    wants(levers, variant, Member(GROWTH, until, "a"))

    given = levers.connector.credentials(Grant(variant, GROWTH), timedelta(hours=1))

    assert given.expires_at == until
    assert (given.relation, given.database) == (QUEUE, levers.vhost)
    with opened(levers, given.url) as link:
        while levers.connector.clean_up_credentials() == 0:
            assert levers.now() < until + timedelta(seconds=60)
        assert is_cut(link)
    assert levers.dba("GET", path("users", given.user)) is None


def test_a_dot_in_a_name_is_a_dot(levers: RabbitmqLevers) -> None:
    stream = {"durable": True, "arguments": {"x-queue-type": "stream"}}
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    levers.dba("PUT", path("permissions", levers.vhost, "guest"), rights)
    levers.dba("PUT", path("queues", levers.vhost, "flightsxdelays"), stream)
    levers.dba("DELETE", path("permissions", levers.vhost, "guest"))
    variant = port()
    wants(levers, variant, Member(GROWTH, None, "a"))
    given = levers.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5))

    with opened(levers, given.url) as link:
        channel = link.channel()
        channel.basic_qos(0, 1, a_global=False)
        with pytest.raises(AMQPError, match="ACCESS_REFUSED"):
            channel.basic_consume("flightsxdelays", arguments={"x-stream-offset": "first"})


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("a.b", r"^a\.b$"),
        ("a$b", r"^a\$b$"),
        ("flüge.ä-b", r"^flüge\.ä\-b$"),
        ("a (b)|.*", r"^a \(b\)\|\.\*$"),
    ],
)
def test_every_metacharacter_is_escaped(name: str, pattern: str) -> None:
    assert exactly(name) == pattern


def test_a_password_is_hashed_as_the_documentation_says() -> None:
    """The example of rabbitmq.com/docs/passwords: salt 908DC60A, password test12."""
    salt = bytes.fromhex("908DC60A")
    assert hashed("test12", salt) == "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"


def test_a_queue_that_is_no_stream_is_withheld(levers: RabbitmqLevers) -> None:
    member = frozenset({Member(GROWTH, None, "a")})
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    levers.dba("PUT", path("permissions", levers.vhost, "guest"), rights)
    levers.dba("PUT", path("queues", levers.vhost, "flights.work"), {"durable": True})
    levers.dba("DELETE", path("permissions", levers.vhost, "guest"))

    for table, words in (("work", "no other gets"), ("nowhere", "does not exist")):
        variant = port(base_table=table)
        plan = levers.connector.plan(
            PortDesired(variant, member), levers.connector.observe(variant)
        )
        assert plan.steps == ()
        assert words in plan.withheld[0]
        with pytest.raises(Permanent):
            levers.connector.stream("flights", table)


def test_a_stream_is_described_and_previewed(levers: RabbitmqLevers) -> None:
    facts = levers.connector.stream("flights", "delays")
    (last,) = levers.connector.last_messages("flights", "delays", 1)
    schema = levers.connector.describe("flights", "delays")

    assert (facts.name, facts.retention.seconds, facts.partitions) == (QUEUE, 604_800.0, 1)
    assert (last.offset, last.value["carrier"]) == (2, "KL")
    assert [(one.name, one.type) for one in schema.columns] == [
        ("id", "integer"),
        ("carrier", "string"),
        ("minutes", "integer"),
        ("note", "string"),
    ]
    assert levers.connector.streams() == (("flights", "delays"),)
    assert levers.connector.profile(("flights", "delays"), 10)[0].distinct == 3
    assert not [one for one in levers.dba("GET", "users") if one["name"].endswith("_o")]


def test_many_messages_are_read_from_the_end(levers: RabbitmqLevers) -> None:
    levers.publish(*({"id": number} for number in range(3, 1203)))

    found = levers.connector.last_messages("flights", "delays", 700)

    assert [one.value["id"] for one in found] == list(range(503, 1203))


def test_no_lab_query_but_the_whole(levers: RabbitmqLevers) -> None:
    variant = port()
    wants(levers, variant, Member(GROWTH, None, "a"))
    grant = Grant(variant, GROWTH)

    rows = levers.connector.query(grant, "SELECT * FROM published.delays LIMIT 2", Limits())
    with pytest.raises(QueryRefused) as caught:
        levers.connector.query(grant, "SELECT id FROM published.delays", Limits())

    assert [row[0] for row in rows.rows] == [2, 3]
    assert caught.value.code == "syntax-error"


def test_what_does_not_answer_or_refuses_is_told_apart(levers: RabbitmqLevers) -> None:
    away = RabbitmqConnector(levers.server.config(levers.vhost, api_port=1))
    wrong = RabbitmqConnector(levers.server.config(levers.vhost, password="wrong"))

    with pytest.raises(Transient):
        away.observe(port())
    with pytest.raises(NeedsHuman):
        wrong.observe(port())
    assert [one.code for one in away.check()] == ["unreachable"]


def test_one_login_is_dropped_by_its_name(levers: RabbitmqLevers) -> None:
    variant = port()
    wants(levers, variant, Member(GROWTH, levers.now() + timedelta(hours=1), "a"))
    grant = Grant(variant, GROWTH)
    hers, other = (levers.connector.credentials(grant, timedelta(minutes=5)) for _ in range(2))
    both = {hers.user, other.user}
    with opened(levers, hers.url) as cut, opened(levers, other.url) as kept:
        until = time.monotonic() + 60
        while levers.connector.credentials_in_use([*both]) != both:
            assert time.monotonic() < until  # the broker tells of connections a little late

        found = levers.connector.drop_credential(hers.user)
        again = levers.connector.drop_credential(hers.user)

        assert isinstance(levers.connector, Withdrawing)
        assert (found.existed, found.sessions, found.gone) == (True, 1, True)
        assert found.read_back == "no such user"
        assert (again.existed, again.sessions, again.gone) == (False, 0, True)
        assert is_cut(cut)
        assert kept.channel().queue_declare(QUEUE, passive=True).queue == QUEUE
    login = levers.config.login_of(variant, GROWTH)
    for name in ("guest", login):
        if levers.dba("GET", path("users", name)) is not None:
            with pytest.raises(Permanent, match="not a short-lived login of ours"):
                levers.connector.drop_credential(name)
            assert levers.dba("GET", path("users", name)) is not None
