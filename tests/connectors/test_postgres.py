"""PostgreSQL, the real one, answers the questions of the contract."""

import pytest

from tests.connectors.contract import ConnectorContract
from tests.connectors.warehouse import PostgresLevers


class TestPostgres(ConnectorContract):
    @pytest.fixture
    def platform(self, warehouse: PostgresLevers) -> PostgresLevers:
        return warehouse
