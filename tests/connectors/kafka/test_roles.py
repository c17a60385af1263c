"""Rights on subjects: given with the topic, read back, taken first, healed and never believed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.connectors.base import Grant, NeedsHuman, PortDesired, PortVariant, Transient
from marketplace.connectors.kafka import KafkaConfig, KafkaConnector
from tests.connectors.contract import CUSTOMER, GROWTH, ContractWords, Held
from tests.connectors.kafka.conftest import SUBJECT, outcome
from tests.connectors.kafka.levers import KafkaLevers
from tests.connectors.kafka.metadata import PASSWORD, MetadataDouble, a_metadata_service

SUITE = ContractWords()


@pytest.fixture
def service() -> Iterator[MetadataDouble]:
    with a_metadata_service() as service:
        yield service


@pytest.fixture
def platform(levers: KafkaLevers, service: MetadataDouble) -> KafkaLevers:
    """A cluster whose consumers need a role to read a subject."""
    facts = {"mds_url": service.url, "mds_user": "emporion", "mds_password": PASSWORD}
    facts |= {"mds_kafka_cluster": "kafka-1"}
    levers.config = replace(levers.config, **facts)  # type: ignore[arg-type]
    levers.connector = KafkaConnector(levers.config)
    return levers


def test_a_grant_lets_the_subject_be_read_and_a_revoke_takes_it(
    platform: KafkaLevers, service: MetadataDouble, variant: PortVariant
) -> None:
    ana, petra = SUITE.member(platform), SUITE.member(platform, CUSTOMER)

    SUITE.reconcile(platform, variant, ana, petra)
    logins = [platform.login(one) for one in (GROWTH, CUSTOMER)]
    given = [service.subjects(one) for one in logins]
    proof = platform.connector.probe(Grant(variant, GROWTH), expect_access=True)
    SUITE.assert_converged(platform, variant, ana, petra)
    SUITE.reconcile(platform, variant, petra)

    assert given == [{SUBJECT}, {SUBJECT}]
    assert (proof.ok, proof.level) == (True, "simulated")
    assert [service.subjects(one) for one in logins] == [set(), {SUBJECT}]
    assert outcome(platform, variant, access=False) == (True, "refused")
    SUITE.assert_converged(platform, variant, petra)


@pytest.mark.parametrize("change", ["less", "more", "prefix"])
def test_what_others_changed_of_a_subject_is_healed(
    platform: KafkaLevers, service: MetadataDouble, variant: PortVariant, change: str
) -> None:
    ana = SUITE.member(platform)
    SUITE.reconcile(platform, variant, ana)
    login = platform.login(GROWTH)
    if change == "less":
        service.bound.clear()
    else:
        service.binds(login, "flights.", "PREFIXED" if change == "prefix" else "LITERAL")

    (observed,) = platform.connector.observe(variant).members
    SUITE.reconcile(platform, variant, ana)

    assert observed.missing == {"entitlement"}
    assert service.subjects(login) == {SUBJECT}
    SUITE.assert_converged(platform, variant, ana)


def test_a_subject_that_is_kept_is_no_revoke(
    platform: KafkaLevers, service: MetadataDouble, variant: PortVariant
) -> None:
    SUITE.reconcile(platform, variant, SUITE.member(platform))
    service.keeping = True
    nobody = PortDesired(variant, frozenset())

    plan = platform.connector.plan(nobody, platform.connector.observe(variant))
    with pytest.raises(Transient, match="still"):
        list(platform.connector.apply(plan, Held()))
    kept = outcome(platform, variant, access=False)
    service.keeping = False
    SUITE.reconcile(platform, variant)

    assert kept == (False, "allowed")
    assert service.subjects(platform.config.login_of(variant, GROWTH)) == set()
    SUITE.assert_converged(platform, variant)


def test_a_short_lived_user_reads_the_subject_until_it_is_dropped(
    platform: KafkaLevers, service: MetadataDouble, variant: PortVariant
) -> None:
    SUITE.reconcile(platform, variant, SUITE.member(platform))
    info = platform.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5))
    before = service.subjects(info.user)

    found = platform.connector.drop_credential(info.user)

    assert (before, found.gone, service.subjects(info.user)) == ({SUBJECT}, True, set())


def test_a_service_that_refuses_is_a_persons_matter_and_a_busy_one_is_waited_for(
    platform: KafkaLevers, service: MetadataDouble, variant: PortVariant
) -> None:
    plan = SUITE.plan(platform, variant, SUITE.member(platform))
    service.busy = 7
    with pytest.raises(Transient) as caught:
        list(platform.connector.apply(plan, Held()))
    service.busy = 0
    wrong = KafkaConnector(replace(platform.config, mds_password="another"))

    with pytest.raises(NeedsHuman):
        list(wrong.apply(plan, Held()))

    assert caught.value.retry_after == 7.0
    assert [(one.level, one.code) for one in wrong.check()] == [("error", "no-registry-roles")]
    assert platform.connector.check() == []
    SUITE.reconcile(platform, variant, SUITE.member(platform))
    assert PASSWORD not in repr(platform.config) + repr(plan)


@pytest.mark.parametrize(
    "facts", [{"mds_url": "ldap://x"}, {"mds_url": "https://mds", "mds_kafka_cluster": ""}]
)
def test_a_service_that_cannot_be_asked_is_refused(levers: KafkaLevers, facts: Any) -> None:
    with pytest.raises(ValueError, match="mds_"):
        KafkaConfig(**{**vars_of(levers.config), **facts})


def vars_of(config: KafkaConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in config.__dataclass_fields__}
