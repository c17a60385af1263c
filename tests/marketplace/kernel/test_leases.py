"""Work is shared out by leases, and what the dead held is free at once."""

import os
import socket
import subprocess
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.delivering import deliver_due
from marketplace.kernel.events.models import Delivery
from marketplace.kernel.leases import EPOCH, claim, free_the_dead, held, worker_name
from tests.marketplace.kernel.test_actions import knock

pytestmark = pytest.mark.django_db

HOST = socket.gethostname()


@pytest.fixture
def ended() -> str:
    """The name of a worker on this machine that has died."""
    process = subprocess.Popen(["true"])
    process.wait()
    return f"{HOST}:{process.pid}"


@pytest.fixture
def delivery(monkeypatch) -> Delivery:
    from marketplace.kernel.events import log

    monkeypatch.setattr(log, "_of_all", [("tests.listen", lambda envelope: None)])
    knock(SYSTEM)
    return Delivery.objects.get()


def held_by(owner: str) -> None:
    ((_, _),) = claim(Delivery, limit=1, lease=timedelta(minutes=5))
    Delivery.objects.update(lease_owner=owner)


def test_what_a_dead_worker_held_is_done_by_the_next(delivery, ended):
    held_by(ended)
    assert deliver_due() == 0

    assert free_the_dead() == 1

    assert deliver_due() == 1
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.fence) == (2, 2)


def test_a_worker_that_lives_keeps_what_it_holds(delivery):
    held_by(worker_name())

    assert free_the_dead() == 0
    assert deliver_due() == 0


@pytest.mark.parametrize(
    "owner",
    ["elsewhere:1", f"{HOST}:", f"{HOST}:name", f"{HOST}:{os.getpid()}"],
    ids=["another machine", "no process", "no number", "ourselves"],
)
def test_of_whom_it_cannot_tell_the_lease_decides(delivery, owner):
    held_by(owner)

    assert free_the_dead() == 0


def test_work_that_is_done_is_left_alone(delivery, ended):
    assert deliver_due() == 1
    Delivery.objects.update(lease_owner=ended, lease_until=Now() + timedelta(minutes=5))

    assert free_the_dead() == 0
    delivery.refresh_from_db()
    assert delivery.lease_until > EPOCH


def test_what_a_worker_held_when_the_database_went_away_is_free_when_it_is_back(delivery):
    claims = claim(Delivery, limit=1, lease=timedelta(minutes=5))
    with pytest.raises(OperationalError), held(Delivery, claims):
        raise OperationalError("the database is restarting")

    assert deliver_due() == 1
    delivery.refresh_from_db()
    assert delivery.attempts == 2


def test_what_another_worker_has_taken_meanwhile_stays_theirs(delivery):
    claims = claim(Delivery, limit=1, lease=timedelta(minutes=5))
    Delivery.objects.update(fence=7, lease_owner="elsewhere:1")
    with pytest.raises(OperationalError), held(Delivery, claims):
        raise OperationalError("the database is restarting")

    assert deliver_due() == 0


def test_a_bug_keeps_its_lease_so_that_it_is_not_met_again_at_once(delivery):
    claims = claim(Delivery, limit=1, lease=timedelta(minutes=5))
    with pytest.raises(KeyError), held(Delivery, claims):
        raise KeyError

    assert deliver_due() == 0


def test_no_plan_of_the_database_claims_more_than_asked_for(delivery):
    """A subquery that takes and skips locks gives other rows each time a plan runs it again."""
    event = delivery.event_id
    for name in ("b", "c"):
        Delivery.objects.create(event_id=event, handler=f"tests.{name}", next_at=Now())
    with connection.cursor() as cursor:
        for one in ("hashjoin", "mergejoin", "material", "memoize", "hashagg", "sort"):
            cursor.execute(f"SET LOCAL enable_{one} = off")

    claimed = claim(Delivery, limit=1, lease=timedelta(minutes=5))

    assert len(claimed) == 1
    assert Delivery.objects.filter(lease_until__gt=Now()).count() == 1
