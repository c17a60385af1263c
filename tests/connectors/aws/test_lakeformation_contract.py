"""Glue with Lake Formation, on a double of AWS, answers the questions of the contract."""

import pytest

from tests.connectors.aws.lakeformation import LakeLevers
from tests.connectors.contract import (
    AnswersInParts,
    ConnectorContract,
    EndsByItself,
    NarrowsRows,
    ObeysLimits,
)


class TestLakeFormation(ConnectorContract, EndsByItself, NarrowsRows, AnswersInParts, ObeysLimits):
    answers_for = "AWS Glue, Lake Formation and Athena"

    @pytest.fixture
    def platform(self, lakeformation: LakeLevers) -> LakeLevers:
        return lakeformation
