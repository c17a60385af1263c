"""Snowflake answers the questions of the contract, on a strict stub of its SQL API."""

import pytest

from tests.connectors.restricted import RestrictedContract
from tests.connectors.snowflake.levers import SnowflakeLevers


class TestSnowflake(RestrictedContract):
    test_t15_a_restriction_it_cannot_hold_is_withheld = None  # it holds them all

    @pytest.fixture
    def platform(self, levers: SnowflakeLevers) -> SnowflakeLevers:
        return levers
