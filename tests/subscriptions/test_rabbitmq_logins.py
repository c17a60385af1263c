"""One of two logins on RabbitMQ is dropped: its open connection ends, the other's stays."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import amqp
import pytest
from amqp.exceptions import AMQPError

from subscriptions.models import AccessAgreement
from tests.connectors.rabbitmq.server import LAB_SECRET, PASSWORD, RabbitmqLevers, a_rabbitmq_server
from tests.marketplace.portal.conftest import browser
from tests.rest import api
from tests.subscriptions import dropping

__all__ = ["api", "browser"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def delays(people: Any, mesh: Any) -> Iterator[RabbitmqLevers]:
    """A stream of delays in a virtual host that the marketplace knows."""
    with a_rabbitmq_server() as server, closing(RabbitmqLevers(server)) as levers:
        yield _furnished(people, levers)


def _furnished(people: Any, levers: RabbitmqLevers) -> RabbitmqLevers:
    facts = {
        "host": "127.0.0.1",
        "port": levers.server.port,
        "api_port": levers.server.api_port,
        "user": "emporion",
        "vhost": levers.vhost,
        "lab_secret": LAB_SECRET,
    }
    dropping.registered(people, "rabbitmq", facts, PASSWORD)
    return levers


@pytest.fixture
def agreement(delays: RabbitmqLevers, apply: Any, ask_curated: Any, work: Any) -> AccessAgreement:
    del delays
    facts = {"interface": "stream", "resource": "flights.delays"}
    return dropping.granted(apply, ask_curated, work, **facts)


def test_one_login_of_two_is_dropped_with_its_connection(
    delays: RabbitmqLevers, agreement: AccessAgreement, browser: Any, api: Any
) -> None:
    links: list[Any] = []

    def lets_in(user: str, password: str) -> bool:
        where = f"127.0.0.1:{delays.server.port}"
        link = amqp.Connection(where, user, password, virtual_host=delays.vhost)
        links.append(link)
        try:
            link.connect()
        except (AMQPError, OSError):
            link.collect()
            return False
        got: list[Any] = []
        channel = link.channel()
        channel.basic_qos(0, 1, a_global=False)
        first = {"x-stream-offset": "first"}
        channel.basic_consume("flights.delays", callback=got.append, arguments=first)
        link.drain_events(timeout=30)
        return bool(json.loads(got[0].body)["carrier"] == "LH")

    dropping.drops_one_of_two(agreement, browser, api, lets_in)
    first, second = links[:2]

    with pytest.raises((AMQPError, OSError)):
        first.channel()
    second.channel()
    for one in links:
        one.collect()
