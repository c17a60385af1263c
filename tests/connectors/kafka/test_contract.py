"""Kafka, a double driven by the real librdkafka, answers the questions of the contract.

Kafka restricts neither rows nor columns and ends nothing by itself: what the contract asks of
platforms that do is taken out here, so that nothing is skipped.
"""

import pytest

from tests.connectors.contract import ConnectorContract
from tests.connectors.kafka.levers import KafkaLevers


class TestKafka(ConnectorContract):
    test_t13_access_ends_at_its_end_without_any_worker = None
    test_t14_no_moment_is_wider_than_allowed = None
    test_t14_a_wider_variant_and_back = None
    test_t15_row_filters_mean_what_they_say = None

    @pytest.fixture
    def platform(self, levers: KafkaLevers) -> KafkaLevers:
        return levers
