"""Deliveries that a handler takes together: once for all, and one at fault holds up no other."""

import pytest

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events import log
from marketplace.kernel.events.delivering import deliver_due, superseded
from marketplace.kernel.events.log import on, record
from marketplace.kernel.events.models import Delivery
from tests.marketplace.kernel.test_actions import Knocked, anybody

pytestmark = pytest.mark.django_db


@action
def knock_at(actor, *, doors):
    """One event for each door; a door is a product."""
    require(actor, anybody)
    for times, door in enumerate(doors, 1):
        record(Knocked(subject=f"door/{door}", product=door, times=times))


@pytest.fixture
def heard(monkeypatch):
    """A handler that takes knocks together, keeps each call's doors, and fears the red door."""
    for name, empty in (("_of_all", []), ("_handlers", {}), ("_late", set()), ("_together", set())):
        monkeypatch.setattr(log, name, empty)
    calls = []

    @on(Knocked, together=True)
    def listen(events):
        doors = [event.product for event in events]
        calls.append((doors, sorted(superseded(set(doors)))))
        if "red" in doors:
            raise ValueError("not the red one")

    return calls


def test_a_handler_that_takes_events_together_is_called_once_for_all_that_wait(heard):
    doors = [f"door-{number:02}" for number in range(25)]
    knock_at(SYSTEM, doors=doors)

    assert deliver_due(hurried=True) == 0  # nobody waits for what is taken together
    assert (deliver_due(), deliver_due()) == (25, 0)

    assert heard == [(doors, [])]
    assert not Delivery.objects.filter(done_at=None).exists()


def test_one_event_at_fault_holds_up_no_other(heard):
    knock_at(SYSTEM, doors=["blue", "red", "green"])

    assert deliver_due() == 2

    assert [doors for doors, _ in heard] == [["blue", "red", "green"], ["blue"], ["red"], ["green"]]
    (waiting,) = Delivery.objects.filter(done_at=None)
    assert waiting.event.product == "red"
    assert (waiting.error, waiting.dead) == ("ValueError: not the red one", False)
    assert waiting.next_at is not None


def test_a_later_event_that_waits_for_the_handler_supersedes_the_earlier(heard):
    knock_at(SYSTEM, doors=["blue", "green", "blue"])

    assert deliver_due(limit=2) == 2
    assert heard == [(["blue", "green"], ["blue"])]

    assert deliver_due() == 1
    assert heard[1:] == [(["blue"], [])]


def test_nothing_is_superseded_outside_of_a_delivery(heard):
    knock_at(SYSTEM, doors=["blue"])

    assert superseded({"blue"}) == set()
