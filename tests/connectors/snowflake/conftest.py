"""An account of its own for each test."""

from collections.abc import Iterator

import pytest

from tests.connectors.snowflake.levers import SnowflakeLevers
from tests.connectors.snowflake.server import a_stub


@pytest.fixture
def levers() -> Iterator[SnowflakeLevers]:
    with a_stub() as stub:
        yield SnowflakeLevers(stub)
