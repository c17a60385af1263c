"""One RabbitMQ for these tests; each has a virtual host of its own."""

from collections.abc import Iterator

import pytest

from tests.connectors.rabbitmq.server import (
    PROGRAMS,
    RabbitmqLevers,
    RabbitmqServer,
    a_rabbitmq_server,
)


@pytest.fixture(scope="session")
def server() -> Iterator[RabbitmqServer]:
    if not PROGRAMS.exists():
        pytest.skip("RabbitMQ is not installed here (Debian: rabbitmq-server)")
    with a_rabbitmq_server() as server:
        yield server


@pytest.fixture
def levers(server: RabbitmqServer) -> Iterator[RabbitmqLevers]:
    levers = RabbitmqLevers(server)
    yield levers
    levers.close()
