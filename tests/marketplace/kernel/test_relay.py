"""Workers say that they live; the sweep they complete is their proof."""

import pytest
from django.db.models.functions import Now

from marketplace.kernel.events.models import WorkerBeat
from marketplace.kernel.events.queries import ALIVE, swept, workers
from marketplace.kernel.leases import worker_name
from marketplace.kernel.relay import Relay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def relays():
    made = []
    yield lambda: made.append(Relay(push=lambda _kind: None, sweep=lambda: None)) or made[-1]
    for relay in made:
        relay.stop()
        if relay.is_alive():
            relay.join(timeout=10)
    WorkerBeat.objects.all().delete()


def until(true, seconds=120.0):
    import time

    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_worker_that_runs_is_seen_alive_and_leading(relays):
    relays().start()

    until(lambda: any(one.leads for one in workers()))

    (one,) = workers()
    assert (one.name, one.alive, one.leads, one.swept_at) == (worker_name(), True, True, None)
    swept(worker_name())
    assert workers()[0].swept_at is not None


def test_a_worker_that_was_stopped_in_order_is_not_missed(relays):
    relay = relays()
    relay.start()
    until(lambda: any(one.leads for one in workers()))

    relay.stop()
    relay.join(timeout=120)

    assert workers() == []


def test_a_worker_that_is_silent_is_not_alive():
    WorkerBeat.objects.create(
        name="gone:1", started_at=Now(), beat_at=Now() - 2 * ALIVE, leads=True
    )

    assert [(one.name, one.alive) for one in workers()] == [("gone:1", False)]
