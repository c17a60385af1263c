"""PostgreSQL, the real one, answers the questions of the contract: 18, and the oldest, 15."""

from collections.abc import Iterator, Mapping

import pytest

from tests.connectors.contract import EndsByItself, ObeysLimits
from tests.connectors.restricted import RestrictedContract
from tests.connectors.warehouse import PostgresLevers, a_corner_of_the_warehouse


class TestPostgres(RestrictedContract, EndsByItself, ObeysLimits):
    answers_for = "PostgreSQL 18"

    @pytest.fixture
    def platform(self, warehouse: PostgresLevers) -> PostgresLevers:
        return warehouse


class TestPostgres15(RestrictedContract, EndsByItself, ObeysLimits):
    answers_for = "PostgreSQL 15"

    @pytest.fixture
    def platform(self, postgres_15: Mapping[str, str]) -> Iterator[PostgresLevers]:
        with a_corner_of_the_warehouse(postgres_15) as levers:
            yield levers

    def test_it_is_the_oldest_that_is_supported(self, platform: PostgresLevers) -> None:
        assert platform.dba.info.server_version // 10000 == 15
