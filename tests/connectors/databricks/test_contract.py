"""Databricks answers the questions of the contract: minilake behind a front that enforces."""

import pytest

from tests.connectors.contract import EndsByItself, ObeysLimits
from tests.connectors.databricks.levers import DatabricksLevers
from tests.connectors.restricted import RestrictedContract


class TestDatabricks(RestrictedContract, EndsByItself, ObeysLimits):
    answers_for = "Databricks Unity Catalog"

    @pytest.fixture
    def platform(self, levers: DatabricksLevers) -> DatabricksLevers:
        return levers
