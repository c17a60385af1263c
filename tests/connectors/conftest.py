"""A corner of the real warehouse for each test."""

from collections.abc import Iterator

import pytest

from tests.connectors.warehouse import PostgresLevers, a_corner_of_the_warehouse


@pytest.fixture
def warehouse() -> Iterator[PostgresLevers]:
    with a_corner_of_the_warehouse() as levers:
        yield levers
