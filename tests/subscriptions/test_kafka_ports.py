"""A Kafka topic as a port: granted and proven on a double, which the evidence says."""

from collections.abc import Iterator

import pytest

from catalog.actions.platforms import prepare_platform, register_platform
from catalog.actions.profiles import take_profile
from catalog.models import OutputPort
from catalog.queries import sample
from catalog.queries.ports import variant_of
from marketplace.connectors.base import Question
from subscriptions.actions.agreements import terminate
from subscriptions.actions.requests import approve
from subscriptions.lab import AccessEnded, execute
from subscriptions.models import AccessAgreement
from tests.connectors.kafka.levers import LAB_SECRET, PASSWORD, KafkaLevers, a_cluster
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db
KEY = "flight-operations.delay-events"
COLUMNS = make.FLIGHT_COLUMNS | {"crew": {"logicalType": "string", "tags": ["pii"]}}
DELAYS = [
    {"flight_id": 1, "carrier": "LH", "origin": "HAM", "dep_delay": 12, "crew": "Zoe 1"},
    {"flight_id": 2, "carrier": "AF", "origin": "CDG", "dep_delay": 0, "crew": "Max 2"},
]


@pytest.fixture
def cluster(people) -> Iterator[KafkaLevers]:
    with a_cluster() as levers:
        levers.makes_topic("delay-events", config={"retention.ms": "3600000"})
        levers.publish("delay-events", *DELAYS)
        facts = {"bootstrap": levers.config.bootstrap, "user": "emporion", "settle_s": 0.1}
        register_platform(
            people["pia"],
            key="events",
            name="Events",
            kind="kafka",
            config=facts | {"lab_secret": LAB_SECRET},
            secret=PASSWORD,
        )
        assert [one.level for one in prepare_platform(people["pia"], key="events")] == []
        yield levers


@pytest.fixture
def events(cluster, mesh, apply) -> OutputPort:
    """The port delay-events, live: a topic without a dot in its name."""
    port = make.port(
        "live",
        contract="delay-events",
        platform="events",
        interface="stream",
        resource="_.delay-events",
    )
    apply(
        make.product(KEY, purpose="Each delay when it is known.", ports=[port]),
        make.contract("delay-events", product=KEY, columns=COLUMNS),
    )
    return OutputPort.objects.select_related("product", "platform", "contract").get(
        product__key=KEY
    )


def test_a_topic_is_asked_for_granted_read_and_taken_away(
    events, cluster, people, ask_curated, work
):
    asked = ask_curated(product=KEY, port="live")
    approve(people["olaf"], request_id=asked.pk)
    work()

    agreement = AccessAgreement.objects.get()
    assert agreement.state == "active"
    evidence = agreement.grant.evidence
    assert (evidence["level"], evidence["positive"], evidence["negative"]) == (
        "simulated",
        True,
        True,
    )
    groups = {one.resource_name for one in cluster.state.authorizer.acls if one.resource_type == 3}
    assert groups == {"mp-", f"mp-{agreement.pk}-"}
    rows = execute(agreement, Question(f"SELECT * FROM {events.relation} LIMIT 1"))
    assert rows.rows == [(2, "AF", "CDG", 0, "Max 2")]

    terminate(people["ana"], agreement_id=agreement.pk, reason="Not needed any more.")
    work()

    agreement.refresh_from_db()
    assert agreement.state == "terminated"
    with pytest.raises(AccessEnded):
        execute(agreement, Question(f"SELECT * FROM {events.relation}"))
    assert {one.principal for one in cluster.state.authorizer.acls} == {
        "User:emporion",
        f"User:{variant_of(events).handle('demo')}",
    }


def test_what_is_told_of_a_topic_shows_no_value_about_people(events):
    take_profile(events)

    told = sample(events)["stream"]
    assert (told["name"], told["kind"], told["messages"], told["partitions"]) == (
        "delay-events",
        "Kafka topic",
        2,
        1,
    )
    assert (told["retention"]["seconds"], told["retention"]["policy"]) == (3600.0, "delete")
    assert [one["name"] for one in told["fields"]] == list(COLUMNS)
    assert told["last"][0]["values"]["crew"] == "xxx 9"
    assert "Zoe" not in str(told)
    assert "LH 1" not in str(told)
