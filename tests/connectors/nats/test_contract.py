"""NATS, the real server, answers the questions of the contract."""

import pytest

from tests.connectors.contract import ConnectorContract, EndsByItself, ObeysLimits, ShowsAll
from tests.connectors.nats.server import NatsLevers


class TestNats(ConnectorContract, EndsByItself, ShowsAll, ObeysLimits):
    answers_for = "NATS JetStream"

    @pytest.fixture
    def platform(self, levers: NatsLevers) -> NatsLevers:
        return levers
