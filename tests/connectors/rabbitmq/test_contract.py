"""RabbitMQ, the real server, answers the questions of the contract."""

import pytest

from marketplace.connectors.base import Grant, Transient
from marketplace.connectors.rabbitmq.management import path
from tests.connectors.contract import GROWTH, ConnectorContract, ObeysLimits, ShowsAll
from tests.connectors.rabbitmq.server import RabbitmqLevers


class TestRabbitmq(ConnectorContract, ShowsAll, ObeysLimits):
    answers_for = "RabbitMQ"

    @pytest.fixture
    def platform(self, levers: RabbitmqLevers) -> RabbitmqLevers:
        return levers

    def test_t18_a_full_virtual_host_is_no_refusal(self, platform: RabbitmqLevers) -> None:
        variant = self.variant(platform)
        self.reconcile(platform, variant, self.member(platform))
        limits = path("parameters", "vhost-limits", platform.vhost, "limits")
        platform.dba("PUT", limits, {"value": {"max-connections": 0}})

        with pytest.raises(Transient, match="connection limit"):
            platform.connector.probe(Grant(variant, GROWTH), expect_access=False)

        platform.dba("DELETE", limits)
        assert self.rows(platform, variant, GROWTH) == self.shown(platform)
