"""A double of its own for each test, and what is asked of rights on subjects."""

from collections.abc import Iterator

import pytest

from marketplace.connectors.base import Grant, PortVariant
from tests.connectors.contract import GROWTH, ContractWords
from tests.connectors.kafka.levers import KafkaLevers, a_cluster

SUBJECT = "flights.delays-value"


@pytest.fixture
def levers() -> Iterator[KafkaLevers]:
    with a_cluster() as levers:
        yield levers


@pytest.fixture
def variant(platform: KafkaLevers) -> PortVariant:
    """A port on a cluster whose subjects have rights of their own."""
    return ContractWords().variant(platform)


def outcome(platform: KafkaLevers, variant: PortVariant, *, access: bool) -> tuple[bool, str]:
    """Probe as growth; gives the verdict, and what came of reading the subject."""
    probe = platform.connector.probe(Grant(variant, GROWTH), expect_access=access)
    found = {one.name: one.outcome for one in probe.details}
    return probe.ok, found["registry subject"]
