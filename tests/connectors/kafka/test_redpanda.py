"""Redpanda's rules on subjects: given with the topic, read as the consumer, taken first, healed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.connectors.base import Grant, NeedsHuman, PortDesired, PortVariant, Transient
from marketplace.connectors.kafka import KafkaConnector
from tests.connectors.contract import CUSTOMER, GROWTH, ContractWords, Held
from tests.connectors.kafka import security
from tests.connectors.kafka.conftest import SUBJECT, outcome
from tests.connectors.kafka.levers import KafkaLevers
from tests.connectors.kafka.redpanda import PASSWORD, RedpandaDouble, a_registry_with_rules

SUITE = ContractWords()


@pytest.fixture
def registry(levers: KafkaLevers) -> Iterator[RedpandaDouble]:
    """A registry whose users are the cluster's."""

    def knows(user: str, password: str) -> bool:
        for (name, mechanism), one in levers.state.credentials.items():
            if name == user:
                salted = security.salted(mechanism, password, one.salt, one.iterations)
                kept = security.Credential.of(mechanism, one.iterations, one.salt, salted)
                return kept == one
        return False

    with a_registry_with_rules(knows) as registry:
        yield registry


@pytest.fixture
def platform(levers: KafkaLevers, registry: RedpandaDouble) -> KafkaLevers:
    """A cluster whose registry has rules of its own."""
    facts = {"registry_url": registry.url, "registry_user": "emporion"}
    facts |= {"registry_password": PASSWORD, "registry_rules": "redpanda"}
    levers.config = replace(levers.config, **facts)  # type: ignore[arg-type]
    levers.connector = KafkaConnector(levers.config)
    return levers


def test_a_grant_lets_the_subject_be_read_and_a_revoke_takes_it(
    platform: KafkaLevers, registry: RedpandaDouble, variant: PortVariant
) -> None:
    ana, petra = SUITE.member(platform), SUITE.member(platform, CUSTOMER)

    SUITE.reconcile(platform, variant, ana, petra)
    logins = [platform.login(one) for one in (GROWTH, CUSTOMER)]
    given = [registry.subjects(one) for one in logins]
    SUITE.assert_converged(platform, variant, ana, petra)
    before = outcome(platform, variant, access=True)
    SUITE.reconcile(platform, variant, petra)

    assert given == [[SUBJECT], [SUBJECT]]
    assert before == (True, "allowed")
    assert [registry.subjects(one) for one in logins] == [[], [SUBJECT]]
    assert outcome(platform, variant, access=False) == (True, "refused")
    SUITE.assert_converged(platform, variant, petra)


@pytest.mark.parametrize(
    "change",
    [
        None,
        {"pattern_type": "PREFIXED", "resource": "flights."},
        {"operation": "WRITE", "resource": SUBJECT},
        {"resource": "flights.other-value"},
        {"resource_type": "REGISTRY", "resource": "*"},
    ],
)
def test_what_others_changed_of_a_subject_is_healed(
    platform: KafkaLevers, registry: RedpandaDouble, variant: PortVariant, change: Any
) -> None:
    ana = SUITE.member(platform)
    SUITE.reconcile(platform, variant, ana)
    login = platform.login(GROWTH)
    if change is None:
        registry.rules.clear()
    else:
        registry.gives(login, **change)

    (observed,) = platform.connector.observe(variant).members
    SUITE.reconcile(platform, variant, ana)

    assert observed.missing == {"entitlement"}
    assert registry.subjects(login) == [SUBJECT]
    SUITE.assert_converged(platform, variant, ana)


def test_a_rule_that_is_kept_is_no_revoke(
    platform: KafkaLevers, registry: RedpandaDouble, variant: PortVariant
) -> None:
    SUITE.reconcile(platform, variant, SUITE.member(platform))
    registry.keeping = True
    nobody = PortDesired(variant, frozenset())

    plan = platform.connector.plan(nobody, platform.connector.observe(variant))
    with pytest.raises(Transient, match="still"):
        list(platform.connector.apply(plan, Held()))
    kept = outcome(platform, variant, access=False)
    registry.keeping = False
    SUITE.reconcile(platform, variant)

    assert kept == (False, "allowed")
    assert registry.rules == []
    SUITE.assert_converged(platform, variant)


def test_a_short_lived_user_reads_the_subject_until_it_is_dropped(
    platform: KafkaLevers, registry: RedpandaDouble, variant: PortVariant
) -> None:
    SUITE.reconcile(platform, variant, SUITE.member(platform))
    info = platform.connector.credentials(Grant(variant, GROWTH), timedelta(minutes=5))
    before = registry.subjects(info.user)

    found = platform.connector.drop_credential(info.user)

    assert (before, found.gone, registry.subjects(info.user)) == ([SUBJECT], True, [])


def test_a_registry_that_refuses_is_a_persons_matter_and_a_busy_one_is_waited_for(
    platform: KafkaLevers, registry: RedpandaDouble, variant: PortVariant
) -> None:
    plan = SUITE.plan(platform, variant, SUITE.member(platform))
    registry.busy = 7
    with pytest.raises(Transient) as caught:
        list(platform.connector.apply(plan, Held()))
    registry.busy = 0
    wrong = KafkaConnector(replace(platform.config, registry_password="another"))

    with pytest.raises(NeedsHuman):
        list(wrong.apply(plan, Held()))

    assert caught.value.retry_after == 7.0
    assert [(one.level, one.code) for one in wrong.check()] == [("error", "no-registry-roles")]
    assert platform.connector.check() == []
    assert PASSWORD not in repr(platform.config) + repr(plan)


def test_rules_need_a_registry_and_no_service_beside_it(levers: KafkaLevers) -> None:
    for facts in (
        {"registry_url": ""},
        {"registry_url": "http://r", "mds_url": "http://m", "mds_kafka_cluster": "k"},
    ):
        with pytest.raises(ValueError, match="registry_rules"):
            replace(levers.config, registry_rules="redpanda", **facts)  # type: ignore[arg-type]
