"""A NATS server of its own for each test."""

from collections.abc import Iterator

import pytest

from tests.connectors.nats.server import NatsLevers, NatsServer, a_nats_server


@pytest.fixture
def server() -> Iterator[NatsServer]:
    with a_nats_server() as server:
        yield server


@pytest.fixture
def levers(server: NatsServer) -> NatsLevers:
    return NatsLevers(server)
