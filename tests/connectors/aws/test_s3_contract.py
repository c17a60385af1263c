"""Amazon S3, on a double of AWS, answers the questions of the contract."""

import pytest

from tests.connectors.aws.s3 import S3Levers
from tests.connectors.contract import ConnectorContract, EndsByItself, ObeysLimits, ShowsAll


class TestS3(ConnectorContract, EndsByItself, ShowsAll, ObeysLimits):
    answers_for = "Amazon S3"

    @pytest.fixture
    def platform(self, s3: S3Levers) -> S3Levers:
        return s3
