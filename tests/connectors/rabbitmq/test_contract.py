"""RabbitMQ, the real server, answers the questions of the contract."""

import pytest

from tests.connectors.contract import ConnectorContract, ShowsAll
from tests.connectors.rabbitmq.server import RabbitmqLevers


class TestRabbitmq(ConnectorContract, ShowsAll):
    @pytest.fixture
    def platform(self, levers: RabbitmqLevers) -> RabbitmqLevers:
        return levers
