"""MySQL, a real one, answers the questions of the contract."""

import pytest

from tests.connectors.contract import EndsByItself, ObeysLimits
from tests.connectors.mariadb_server import MariadbLevers
from tests.connectors.restricted import RestrictedContract


class TestMysql(RestrictedContract, EndsByItself, ObeysLimits):
    answers_for = "MySQL"

    @pytest.fixture
    def platform(self, mariadb: MariadbLevers) -> MariadbLevers:
        return mariadb
