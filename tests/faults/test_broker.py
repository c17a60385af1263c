"""The broker holds hints: whatever becomes of them, the row is the work."""

import pytest
from kombu import Connection

from marketplace.celery import app
from marketplace.kernel import relay
from subscriptions.models import AccessAgreement

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued():
    """How many hints wait in the broker, by queue."""

    def count() -> int:
        with Connection(app.conf.broker_url) as broker, broker.channel() as channel:
            return sum(channel._size(name) for name in ("events", "grants", "messages"))

    return count


def test_hints_that_were_flushed_are_given_again_from_the_rows(platform, ask_curated, work, queued):
    asked = ask_curated()
    app.send_task("subscriptions.tasks.reconcile_due", queue="grants")
    assert queued() == 1
    with Connection(app.conf.broker_url) as broker, broker.channel() as channel:
        channel.client.flushall()
    assert queued() == 0

    given = []
    watch = relay.Relay(push=given.append, sweep=lambda: given.append("sweep"))
    watch.start()
    try:
        deadline = 30.0
        while not {*relay.SWEPT, "sweep"} <= set(given) and deadline > 0:
            watch.stopped.wait(0.05)
            deadline -= 0.05
    finally:
        watch.stop()
        watch.join(10)

    assert {*relay.SWEPT, "sweep"} <= set(given)
    work()
    assert AccessAgreement.objects.get(request=asked).state == "active"
