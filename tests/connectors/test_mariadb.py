"""MariaDB, the real one, answers the questions of the contract."""

import pytest

from tests.connectors.contract import ConnectorContract
from tests.connectors.mariadb_server import MariadbLevers


class TestMariadb(ConnectorContract):
    @pytest.fixture
    def platform(self, mariadb: MariadbLevers) -> MariadbLevers:
        return mariadb
