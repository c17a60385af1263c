"""Snowflake answers the questions of the contract, on a strict stub of its SQL API."""

import pytest

from tests.connectors.contract import EndsByItself, ObeysLimits
from tests.connectors.restricted import RestrictedContract
from tests.connectors.snowflake.levers import SnowflakeLevers


class TestSnowflake(RestrictedContract, EndsByItself, ObeysLimits):
    answers_for = "Snowflake"

    @pytest.fixture
    def platform(self, levers: SnowflakeLevers) -> SnowflakeLevers:
        return levers
