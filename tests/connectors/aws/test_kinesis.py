"""What is particular to Kinesis: shards, previews that move nobody, and who else may read."""

import json
from datetime import timedelta

import pytest

from marketplace.connectors import registry
from marketplace.connectors.base import (
    BadIdentifier,
    Grant,
    Limits,
    NeedsHuman,
    Permanent,
    PortVariant,
    QueryRefused,
)
from tests.connectors.aws.kinesis import STREAM, STREAMS, KinesisLevers
from tests.connectors.aws.server import OWN
from tests.connectors.contract import GROWTH, ROWS, SID, ContractWords

SUITE = ContractWords()


@pytest.fixture
def port(kinesis: KinesisLevers) -> PortVariant:
    return kinesis.published(SUITE.variant(kinesis))


def test_a_consumers_keys_read_the_stream_until_the_revoke(
    kinesis: KinesisLevers, port: PortVariant
) -> None:
    info = kinesis.connector.credentials(Grant(port, GROWTH), timedelta(minutes=5))
    ana = kinesis.acting(info)

    before = kinesis.reads(ana), kinesis.reads(ana, "flights.delays-hr")
    SUITE.reconcile(kinesis, port)

    assert before == ("", "AccessDeniedException")
    assert kinesis.reads(ana) == "AccessDeniedException"
    assert info.relation == f"{STREAMS}/{STREAM}"
    with pytest.raises(QueryRefused):
        kinesis.connector.credentials(Grant(port, GROWTH), timedelta(minutes=5))


def test_a_probe_tries_to_write_and_never_does(kinesis: KinesisLevers, port: PortVariant) -> None:
    before = kinesis.records()
    probe = kinesis.connector.probe(Grant(port, GROWTH), expect_access=True)
    wide = {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [wide]})
    names = kinesis.names(GROWTH)
    for arn in (names.mark, f"{OWN}:policy/emporion-boundary"):
        kinesis.dba("create_policy_version", PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
    wrong = kinesis.connector.probe(Grant(port, GROWTH), expect_access=True)

    assert {one.name: one.outcome for one in probe.details} == {
        "login": "allowed",
        "published stream": "allowed",
        "control object": "refused",
        "list of streams": "refused",
        "writing": "refused",
    }
    assert (probe.level, probe.ok) == ("simulated", True)
    assert {one.name: one.outcome for one in wrong.details if one.outcome != "refused"} == {
        "login": "allowed",
        "published stream": "allowed",
        "control object": "missing",
        "list of streams": "allowed",
        "writing": "allowed",
    }
    assert (wrong.ok, wrong.negative) == (False, False)
    assert kinesis.records() == before == 3


def test_the_owner_sees_records_that_the_provisioner_may_not_read(
    kinesis: KinesisLevers,
) -> None:
    connector = kinesis.connector
    facts = connector.stream("flights", "delays")
    seen = connector.last_messages("flights", "delays", 2)
    described = connector.describe("flights", "delays")
    provisioner = kinesis.as_user(*kinesis.keys)

    assert (facts.name, facts.kind, facts.partitions) == (STREAM, "Kinesis stream", 2)
    assert facts.retention.seconds == 86_400
    assert [one.value["id"] for one in seen] == [2, 3]
    assert [one.name for one in described.columns] == ["id", "carrier", "minutes", "note"]
    assert set(connector.sample(("flights", "delays"), 10).rows) == set(ROWS)
    assert connector.streams() == (("flights", "delays"), ("flights", "delays-hr"))
    assert kinesis.reads(provisioner) == "AccessDeniedException"
    for ask in (connector.stream, connector.describe):
        with pytest.raises(Permanent, match="no stream"):
            ask("flights", "nothing")
    with pytest.raises(BadIdentifier):
        connector.stream("flights", "de lays")


def test_the_lab_reads_the_last_records_and_nothing_else(
    kinesis: KinesisLevers, port: PortVariant
) -> None:
    grant = Grant(port, GROWTH)

    rows = kinesis.connector.query(grant, "SELECT * FROM published.delays LIMIT 2", Limits()).rows
    with pytest.raises(QueryRefused) as caught:
        kinesis.connector.query(grant, "SELECT id FROM published.delays", Limits())
    with pytest.raises(QueryRefused) as sid:
        kinesis.connector.query(Grant(port, SID), "SELECT * FROM published.delays", Limits())

    assert [row[0] for row in rows] == [2, 3]
    assert (caught.value.code, sid.value.code) == ("syntax-error", "access-ended")
    assert kinesis.connector.lag(grant) is None


def test_whom_the_stream_itself_lets_in_is_told(kinesis: KinesisLevers, port: PortVariant) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"{OWN}:user/bob"},
        "Action": ["kinesis:GetRecords"],
        "Resource": f"{STREAMS}/{STREAM}",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kinesis.dba("put_resource_policy", "kinesis", ResourceARN=f"{STREAMS}/{STREAM}", Policy=text)

    assert kinesis.connector.observe(port).foreign == (
        f"{OWN}:user/bob may read {STREAM} by the stream's policy",
    )


def test_a_stream_that_is_gone_is_withheld_and_revoked_all_the_same(
    kinesis: KinesisLevers, port: PortVariant
) -> None:
    kinesis.dba("delete_stream", "kinesis", StreamName=STREAM)

    plan = SUITE.plan(kinesis, port, SUITE.member(kinesis, lasts=60))
    SUITE.reconcile(kinesis, port)

    assert plan.withheld == ("the stream does not exist",)
    assert kinesis.connector.observe(port).members == frozenset()


def test_kinesis_serves_streams_and_says_what_it_lacks(kinesis: KinesisLevers) -> None:
    other = kinesis.connected(kinesis.configured(instance="another"))

    assert registry.serves_streams("kinesis")
    assert "error" in {one.level for one in other.check()}
    with pytest.raises(NeedsHuman, match="prepare"):
        other.last_messages("flights", "delays", 1)
