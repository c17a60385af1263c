"""Amazon Kinesis, on a double of AWS, answers the questions of the contract."""

import pytest

from tests.connectors.aws.kinesis import KinesisLevers
from tests.connectors.contract import ConnectorContract, EndsByItself, ObeysLimits, ShowsAll


class TestKinesis(ConnectorContract, EndsByItself, ShowsAll, ObeysLimits):
    answers_for = "Amazon Kinesis"

    @pytest.fixture
    def platform(self, kinesis: KinesisLevers) -> KinesisLevers:
        return kinesis
