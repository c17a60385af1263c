"""One RabbitMQ for these tests; each has a virtual host of its own."""

from collections.abc import Iterator

import pytest

from tests.connectors.rabbitmq.server import (
    RabbitmqLevers,
    RabbitmqServer,
    a_rabbitmq_server,
)


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[RabbitmqServer]:
    with a_rabbitmq_server() as server:
        yield server


@pytest.fixture
def levers(rabbitmq_server: RabbitmqServer) -> Iterator[RabbitmqLevers]:
    levers = RabbitmqLevers(rabbitmq_server)
    yield levers
    levers.close()
