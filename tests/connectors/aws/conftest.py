"""One double of AWS for these tests; each starts with an empty account."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.connectors.base import PortVariant
from tests.connectors.aws.kinesis import KinesisLevers
from tests.connectors.aws.lakeformation import LakeLevers
from tests.connectors.aws.s3 import S3Levers
from tests.connectors.aws.server import Double, a_double
from tests.connectors.contract import ContractWords


@pytest.fixture(scope="session")
def double() -> Iterator[Double]:
    with a_double() as double:
        yield double


@pytest.fixture
def s3(double: Double, tmp_path: Path) -> S3Levers:
    return S3Levers(double, tmp_path)


@pytest.fixture
def kinesis(double: Double) -> KinesisLevers:
    return KinesisLevers(double)


@pytest.fixture
def lakeformation(double: Double) -> LakeLevers:
    return LakeLevers(double)


@pytest.fixture
def port(lakeformation: LakeLevers) -> PortVariant:
    """A port of three columns of the lake, granted to ana's team and petra's."""
    return lakeformation.published(ContractWords().variant(lakeformation, row_filters=()))
