"""What only Kafka does: groups by prefix, sessions cut at the next fetch, topics described."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

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
from marketplace.connectors.kafka import KafkaConnector, acls, users
from marketplace.connectors.kafka.config import groups_of
from marketplace.connectors.withdrawing import Withdrawing
from tests.connectors.contract import CUSTOMER, GROWTH, Held
from tests.connectors.kafka.levers import NAMES, TOPIC, KafkaLevers

AGREEMENT = "0199a1b2-0000-7000-8000-00000000000a"


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


def wants(levers: KafkaLevers, variant: PortVariant, *members: Member) -> list[str]:
    observed = levers.connector.observe(variant)
    plan = levers.connector.plan(PortDesired(variant, frozenset(members)), observed)
    return [f"{result.step_id} {result.detail}" for result in levers.connector.apply(plan, Held())]


def ana(levers: KafkaLevers, lasts: float = 3600) -> Member:
    return Member(GROWTH, levers.now() + timedelta(seconds=lasts), AGREEMENT)


@contextmanager
def client(properties: str, **changes: Any) -> Iterator[Consumer]:
    """A client as a person has it who was given these settings; it is closed in any case."""
    given = dict(line.split("=", 1) for line in properties.splitlines())
    more = {"auto.offset.reset": "earliest", "log_level": 0, "heartbeat.interval.ms": 200}
    with closing(Consumer({**given, **more, **changes})) as made:
        yield made


def until(question: Callable[[], Any], seconds: float = 60) -> Any:
    """Ask until there is an answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := question():
            return found
    raise AssertionError("nothing came in time")


def test_a_consumer_reads_in_its_own_groups_and_no_other(levers: KafkaLevers) -> None:
    variant = port()
    wants(levers, variant, ana(levers))
    given = levers.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5))

    foreign = {"group.id": f"mp-{AGREEMENT}0-1"}
    with client(given.url) as reader, client(given.url, **foreign) as other:
        reader.subscribe([given.relation])
        first = until(lambda: reader.poll(0.2))
        reader.commit(first, asynchronous=False)
        other.subscribe([given.relation])
        refused = until(lambda: other.poll(0.2))

        assert (given.relation, given.database) == (TOPIC, f"mp-{AGREEMENT}-")
        assert first.error() is None
        assert refused.error().code() == KafkaError.GROUP_AUTHORIZATION_FAILED
        lag = levers.connector.lag(Grant(variant, GROWTH))
        assert lag == {f"mp-{AGREEMENT}-1": 2}


def test_an_open_session_is_refused_at_its_next_fetch(levers: KafkaLevers) -> None:
    variant = port()
    petra = Member(CUSTOMER, None, "b")
    wants(levers, variant, ana(levers), petra)
    given = [
        levers.connector.credentials(Grant(variant, who), timedelta(minutes=5))
        for who in (GROWTH, CUSTOMER)
    ]
    hers_, others_ = (client(one.url, **{"enable.auto.commit": False}) for one in given)
    with hers_ as hers, others_ as others:
        for one in (hers, others):
            one.assign([TopicPartition(TOPIC, number, 0) for number in (0, 1)])
            told = [until(lambda: one.poll(0.2)).error() for _ in range(3)]  # noqa: B023
            assert told == [None] * 3

        steps = wants(levers, variant, petra)

        cut = until(lambda: hers.poll(0.2))
        assert cut.error().code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
        assert f"sessions:{GROWTH} the next fetch is refused" in steps
        assert given[0].user not in users.read(
            levers.dba, levers.config, [given[0].user, given[1].user]
        )
        levers.publish(TOPIC, {"id": 4})
        assert until(lambda: others.poll(0.2)).error() is None


def test_a_short_lived_user_ends_with_the_access_and_is_swept(levers: KafkaLevers) -> None:
    variant, member = port(), ana(levers, lasts=0.5)
    wants(levers, variant, member)

    given = levers.connector.credentials(Grant(variant, GROWTH), timedelta(hours=1))

    assert given.expires_at == member.valid_until
    assert given.user in {one.login for one in levers.state_acls()}
    end = levers.now() + timedelta(seconds=60)
    while levers.connector.clean_up_credentials() == 0:
        assert levers.now() < end
    assert given.user not in {one.login for one in levers.state_acls()}
    assert users.read(levers.dba, levers.config, [given.user]) == {}
    assert levers.connector.observe(variant).members != frozenset()


def test_one_short_lived_user_is_dropped_by_its_name(levers: KafkaLevers) -> None:
    variant = port()
    wants(levers, variant, ana(levers))
    hers, other = (
        levers.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5)).user
        for _ in range(2)
    )

    found = levers.connector.drop_credential(hers)
    again = levers.connector.drop_credential(hers)

    assert isinstance(levers.connector, Withdrawing)
    assert (found.existed, found.sessions, found.gone) == (True, None, True)
    assert found.read_back == "neither user nor rules"
    assert (again.existed, again.gone) == (False, True)
    assert set(users.read(levers.dba, levers.config, [hers, other])) == {other}
    before = levers.fingerprint()
    for name in ("dba", levers.login(GROWTH)):
        with pytest.raises(Permanent, match="not a short-lived login of ours"):
            levers.connector.drop_credential(name)
    assert levers.fingerprint() == before


def test_a_new_agreement_moves_the_groups(levers: KafkaLevers) -> None:
    variant = port()
    wants(levers, variant, ana(levers))
    login = levers.login(GROWTH)

    wants(levers, variant, Member(GROWTH, None, "another"))

    groups = {one.name for one in acls.read(levers.dba, login) if one.resource == "GROUP"}
    assert groups == {"mp-another-"}
    (stands,) = levers.connector.observe(variant).members
    assert (stands.agreement_id, stands.valid_until, stands.missing) == (
        "another",
        None,
        frozenset(),
    )


@pytest.mark.parametrize(
    ("agreement", "prefix"),
    [
        (AGREEMENT, f"mp-{AGREEMENT}-"),
        ("17", "mp-17-"),
        ("1-7", "mp-kqgik6xuxn-"),
        ("a b", "mp-6xxnpitbw5-"),
    ],
)
def test_no_prefix_is_the_start_of_another_agreements(agreement: str, prefix: str) -> None:
    assert groups_of(agreement) == prefix
    assert not groups_of(f"{agreement}-1").startswith(prefix)


def test_a_topic_is_described_and_previewed(levers: KafkaLevers) -> None:
    facts = levers.connector.stream("flights", "delays")
    (last,) = levers.connector.last_messages("flights", "delays", 1)
    schema = levers.connector.describe("flights", "delays")

    assert (facts.name, facts.kind, facts.partitions, facts.replicas, facts.messages) == (
        TOPIC,
        "Kafka topic",
        2,
        1,
        3,
    )
    assert (facts.retention.seconds, facts.retention.policy, facts.schema) == (
        86_400.0,
        "delete",
        None,
    )
    assert (last.key, last.offset, last.headers) == ("LH 1", 2, (("source", "tower"),))
    assert last.value == {"id": 3, "carrier": "KL", "minutes": 30, "note": None}
    assert [(one.name, one.type) for one in schema.columns] == [
        ("id", "integer"),
        ("carrier", "string"),
        ("minutes", "integer"),
        ("note", "string"),
    ]
    assert levers.connector.profile(("flights", "delays"), 10)[0].distinct == 3


def test_a_preview_leaves_nothing_behind(levers: KafkaLevers) -> None:
    before = levers.fingerprint()

    levers.connector.last_messages("flights", "delays", 2)

    assert levers.fingerprint() == before


def test_a_compacted_topic_counts_nothing_and_keeps_for_ever(levers: KafkaLevers) -> None:
    levers.makes_topic("flights.seats", config={"cleanup.policy": "compact"})

    facts = levers.connector.stream("flights", "seats")

    assert (facts.messages, facts.retention.seconds, facts.retention.policy) == (
        None,
        None,
        "compact",
    )
    assert levers.connector.last_messages("flights", "seats", 5) == ()


def test_many_messages_are_read_from_the_end_of_every_partition(levers: KafkaLevers) -> None:
    levers.makes_topic("flights.many", partitions=3)
    for number in range(60):
        levers.publish(
            "flights.many", {"id": number}, key=str(number)
        ) if number % 20 == 0 else None
    levers.publish("flights.many", *({"id": number} for number in range(100, 1300)))

    found = levers.connector.last_messages("flights", "many", 700)

    assert [one.value["id"] for one in found] == list(range(600, 1300))


def test_topics_with_and_without_a_dot_become_ports(levers: KafkaLevers) -> None:
    for name in ("orders", "_.orders", "9.lives", "__consumer_offsets"):
        levers.makes_topic(name)
    levers.publish("orders", {"id": 1})

    assert levers.connector.streams() == (("flights", "delays"), ("_", "orders"))
    assert levers.connector.stream("_", "orders").name == "orders"
    for where in (("emporion", "control"), ("_", "a.b"), ("flights", "de lays"), ("no", "topic")):
        with pytest.raises(Permanent):
            levers.connector.stream(*where)


def test_a_topic_that_is_missing_is_withheld(levers: KafkaLevers) -> None:
    variant = port(base_table="nowhere")

    plan = levers.connector.plan(
        PortDesired(variant, frozenset({ana(levers)})), levers.connector.observe(variant)
    )

    assert (plan.steps, plan.withheld) == ((), ("the stream does not exist",))
    assert "flights.nowhere" not in levers.state.topics


def test_no_lab_query_but_the_whole(levers: KafkaLevers) -> None:
    variant = port()
    wants(levers, variant, ana(levers))
    grant = Grant(variant, GROWTH)

    rows = levers.connector.query(grant, "SELECT * FROM published.delays LIMIT 2", Limits())
    with pytest.raises(QueryRefused) as caught:
        levers.connector.query(grant, "SELECT id FROM published.delays", Limits())

    assert [row[0] for row in rows.rows] == [2, 3]
    assert caught.value.code == "syntax-error"


def test_what_does_not_answer_or_refuses_is_told_apart(levers: KafkaLevers) -> None:
    wrong = KafkaConnector(replace(levers.config, password="wrong"))
    away = KafkaConnector(replace(levers.config, bootstrap="127.0.0.1:1"))
    plain = KafkaConnector(replace(levers.config, mechanism="PLAIN"))
    levers.state.plain["emporion"] = levers.config.password

    with pytest.raises(NeedsHuman):
        wrong.observe(port())
    assert [one.code for one in wrong.check()] == ["not-let-in"]
    assert plain.check() == []
    with pytest.raises(Transient):
        away.observe(port())


def test_a_cluster_without_scram_users_says_so(levers: KafkaLevers) -> None:
    levers.double.without |= {50, 51}

    assert [one.code for one in levers.connector.check()] == ["no-scram-users"]
    with pytest.raises(NeedsHuman, match="cannot do what is needed"):
        wants(levers, port(), ana(levers))


def test_a_user_that_another_made_is_kept_and_left_without_rights(levers: KafkaLevers) -> None:
    variant = port()
    wants(levers, variant, ana(levers))
    login = levers.login(GROWTH)
    levers.drops_login(GROWTH)
    levers.remakes_login(GROWTH)

    steps = wants(levers, variant)

    assert any("the user is another's and stays" in one for one in steps)
    assert users.read(levers.dba, levers.config, [login]) == {login: 4096}
    assert acls.read(levers.dba, login) == set()


def test_evidence_of_a_double_is_simulated_and_cannot_be_called_proven(
    levers: KafkaLevers,
) -> None:
    variant = port()
    wants(levers, variant, ana(levers))

    told = levers.connector.probe(Grant(variant, GROWTH), expect_access=True)
    levers.state.cluster_id = "MkU3OEVBNTcwNTJENDM2Qk"
    real = levers.connector.probe(Grant(variant, GROWTH), expect_access=True)
    said = KafkaConnector(replace(levers.config, simulated=True))

    assert (told.level, real.level) == ("simulated", "proven")
    assert said.probe(Grant(variant, GROWTH), expect_access=True).level == "simulated"


def test_a_client_without_a_right_hears_so_from_the_broker(levers: KafkaLevers) -> None:
    """The double refuses as a broker does, also who asks by hand."""
    levers.lets_log_in("sid", "sid")
    settings = {**levers.as_(levers.config, "sid", "sid"), "group.id": "sid", "log_level": 0}

    with closing(Consumer(settings)) as stranger:
        with pytest.raises(KafkaException) as caught:
            stranger.get_watermark_offsets(TopicPartition(TOPIC, 0), timeout=30)
        told = stranger.list_topics(TOPIC, timeout=30).topics[TOPIC]

    assert caught.value.args[0].code() == KafkaError._UNKNOWN_PARTITION
    assert told.error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
