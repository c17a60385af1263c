"""Kafka, a double driven by the real librdkafka, answers the questions of the contract."""

import pytest

from tests.connectors.contract import ConnectorContract, ShowsAll
from tests.connectors.kafka.levers import KafkaLevers


class TestKafka(ConnectorContract, ShowsAll):
    @pytest.fixture
    def platform(self, levers: KafkaLevers) -> KafkaLevers:
        return levers
