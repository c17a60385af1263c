"""A platform that is away, or too busy, holds workers back; others go on."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from catalog.models import PlatformConnection
from marketplace.kernel.clock import now
from marketplace.kernel.leases import EPOCH, backoff, claim
from subscriptions.actions import gates, grants
from subscriptions.models import AccessAgreement, Grant, Handle, PlatformGate
from subscriptions.provisioning import LEASE

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(platform, ask_curated) -> Grant:
    """A grant on a warehouse whose port nobody answers at."""
    right = PlatformConnection.objects.get().config
    PlatformConnection.objects.update(config={**right, "port": 1})
    ask_curated()
    return Grant.objects.get()


def try_now() -> int:
    Handle.objects.update(next_at=Now())
    return grants.reconcile_due()


def test_the_fifth_failure_closes_the_connection_for_everybody(away):
    tries = [try_now() for _ in range(7)]

    assert tries == [1, 1, 1, 1, 1, 0, 0]
    gate = PlatformGate.objects.get()
    assert (gate.failures, gates.state_of(gate)) == (5, "open")
    assert timedelta(seconds=20) < gate.closed_until - now() <= timedelta(seconds=30)
    assert "does not answer" in gate.last_error


def test_one_worker_tries_after_half_a_minute_and_opens_it_again(away):
    for _ in range(5):
        try_now()
    PlatformGate.objects.update(closed_until=Now() - timedelta(seconds=1))
    assert gates.state_of(PlatformGate.objects.get()) == "half-open"

    assert try_now() == 1  # the one try, refused again
    assert try_now() == 0
    right = {**PlatformConnection.objects.get().config}
    from django.conf import settings

    PlatformConnection.objects.update(config={**right, "port": int(settings.WAREHOUSE["port"])})
    PlatformGate.objects.update(closed_until=Now() - timedelta(seconds=1))
    try_now()

    gate = PlatformGate.objects.get()
    assert (gate.failures, gates.state_of(gate)) == (0, "closed")
    assert AccessAgreement.objects.get().state == "active"


def test_a_second_worker_does_not_try_at_the_same_time(away):
    for _ in range(5):
        try_now()
    PlatformGate.objects.update(closed_until=Now() - timedelta(seconds=1))
    handle = Handle.objects.select_related("port__platform__gate").get()

    assert gates.enter(handle, handle.fence) is None
    assert gates.enter(handle, handle.fence) == (
        gates.CLOSED_FOR,
        "Warehouse does not answer; one worker tries it again.",
    )


def test_a_platform_that_names_a_time_is_not_asked_before(platform, ask_curated):
    ask_curated()
    handle = Handle.objects.select_related("port__platform").get()

    gates.failed(handle, "too many requests", retry_after=120)

    gate = PlatformGate.objects.get()
    assert gates.state_of(gate) == "told to wait"
    assert timedelta(seconds=110) < gate.closed_until - now() <= timedelta(seconds=120)
    assert try_now() == 0


def test_a_connection_is_used_no_faster_than_it_may_be(platform, ask_curated):
    PlatformConnection.objects.update(rounds_per_minute=6)
    ask_curated()
    handle = Handle.objects.select_related("port__platform__gate").get()

    assert gates.enter(handle, handle.fence) is None
    waits = gates.enter(handle, handle.fence)
    assert waits == (timedelta(seconds=10), "Warehouse is used as fast as it may be.")
    handle.priority = 0  # taking away does not wait for a token
    assert gates.enter(handle, handle.fence) is None
    PlatformGate.objects.update(tokens_at=Now() - timedelta(seconds=11))
    handle.priority = 5
    assert gates.enter(handle, handle.fence) is None


def test_no_more_workers_than_the_cap_use_a_connection(platform, ask_curated, ask_full, petra):
    from subscriptions.actions import requests

    PlatformConnection.objects.update(max_concurrent=1)
    ask_curated()
    requests.approve(petra, request_id=ask_full().pk)
    claimed = claim(Handle, limit=2, lease=LEASE, order="priority, next_at")
    (first, fence), (second, other) = claimed
    handles = Handle.objects.select_related("port__platform__gate").in_bulk([first, second])

    assert gates.enter(handles[first], fence) is None
    assert gates.enter(handles[second], other) == (
        timedelta(seconds=1),
        "Warehouse is used by as many workers as it may be.",
    )
    gates.put_back(handles[second], other, timedelta(seconds=1), "waits")
    Handle.objects.filter(pk=first).update(lease_until=EPOCH)  # the first worker is done, or dead
    assert gates.enter(handles[second], other) is None
    assert Handle.objects.get(pk=second).attempts == 0


def test_waiting_has_full_jitter_and_keeps_what_was_asked_for():
    waits = [backoff(30, cap=900).total_seconds() for _ in range(400)]
    asked = [backoff(0, least=7).total_seconds() for _ in range(50)]

    assert min(waits) < 90
    assert 810 < max(waits) <= 900
    assert min(asked) >= 7
    assert max(asked) <= 8
