"""Kafka, a double driven by the real librdkafka, answers the questions of the contract."""

import pytest

from marketplace.connectors.base import Transient
from tests.connectors.contract import (
    AnswersInParts,
    ConnectorContract,
    Held,
    ObeysLimits,
    ShowsAll,
)
from tests.connectors.kafka.levers import KafkaLevers


class TestKafka(ConnectorContract, ShowsAll, ObeysLimits, AnswersInParts):
    answers_for = "Kafka"
    ends_in_part = False  # the right to read is the entry that stays, and the proof says so

    @pytest.fixture
    def platform(self, levers: KafkaLevers) -> KafkaLevers:
        return levers

    def test_t18_a_quota_of_changes_is_waited_out_by_the_engine(
        self, platform: KafkaLevers
    ) -> None:
        variant, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, variant)
        plan = self.plan(platform, variant, ana)
        platform.state.exceeded = True

        with pytest.raises(Transient, match="THROTTLING_QUOTA_EXCEEDED") as caught:
            list(platform.connector.apply(plan, Held()))
        platform.state.exceeded = False

        assert caught.value.retry_after == 1.0
        assert platform.connector.observe(variant).members == frozenset()
        self.reconcile(platform, variant, ana)
        self.assert_converged(platform, variant, ana)
