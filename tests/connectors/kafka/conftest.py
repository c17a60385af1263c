"""A double of its own for each test."""

from collections.abc import Iterator

import pytest

from tests.connectors.kafka.levers import KafkaLevers, a_cluster


@pytest.fixture
def levers() -> Iterator[KafkaLevers]:
    with a_cluster() as levers:
        yield levers
