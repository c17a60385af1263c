"""One minilake for these tests; each has a front and catalogs of its own."""

from collections.abc import Iterator

import pytest

from tests.connectors.databricks.front import a_front
from tests.connectors.databricks.levers import DatabricksLevers, a_minilake


@pytest.fixture(scope="session")
def minilake() -> Iterator[int]:
    with a_minilake() as port:
        yield port


@pytest.fixture
def levers(minilake: int) -> Iterator[DatabricksLevers]:
    with a_front(minilake) as front:
        levers = DatabricksLevers(front)
        yield levers
        levers.close()
