"""The event log: order, chain, deliveries."""

import threading

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events import log
from marketplace.kernel.events.delivering import deliver_due
from marketplace.kernel.events.models import Chain, Delivery, Event
from marketplace.kernel.events.queries import Verified, verify_chain, visible_events
from tests.marketplace.kernel.test_actions import knock
from tests.people import ANA, GUS, OLAF, SID

pytestmark = pytest.mark.django_db


def test_a_delivery_whose_handler_has_moved_finds_it_by_its_name():
    def told(_event): ...

    def other(_event): ...

    now = [("access.handlers.requests.told", told), ("access.handlers.requests.other", other)]

    assert log._called("access.handlers.requests.told", now) is told
    assert log._called("access.handlers.told", now) is told
    assert log._called("access.handlers.gone", now) is None
    assert log._called("old.told", [*now, ("catalog.handlers.told", other)]) is None


@pytest.fixture
def five():
    """Five events, with the triggers off so that a test may tamper."""
    from marketplace.kernel.identity.models import Team

    for times in range(5):
        knock(ANA, times=times)
        Team.objects.all().delete()
    Delivery.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE events_event DISABLE TRIGGER USER")


def test_numbers_have_no_gap_and_the_chain_holds(five):
    assert list(Event.objects.values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
    assert verify_chain() == Verified(ok=True, rows=5, first_broken=None)


def test_a_changed_row_is_found(five):
    Event.objects.filter(seq=3).update(actor="nobody")

    assert verify_chain().first_broken == 3


def test_a_deleted_row_is_found(five):
    Event.objects.filter(seq=2).delete()

    assert verify_chain().first_broken == 3


def test_swapped_rows_are_found(five):
    Event.objects.filter(seq=2).update(seq=99)
    Event.objects.filter(seq=4).update(seq=2)
    Event.objects.filter(seq=99).update(seq=4)

    assert verify_chain().first_broken == 2


def test_an_inserted_row_is_found(five):
    row = Event.objects.get(seq=5)
    row.seq, row.uid = 6, "00000000-0000-7000-8000-000000000000"
    row.save(force_insert=True)

    assert verify_chain().first_broken == 6


def test_a_cut_off_tail_is_found(five):
    Event.objects.filter(seq__gt=3).delete()

    assert verify_chain() == Verified(ok=False, rows=3, first_broken=4)


@pytest.mark.usefixtures("nobody_listens")
def test_the_database_refuses_to_change_or_delete_an_event():
    knock(ANA)

    for change in (
        lambda: Event.objects.update(actor="nobody"),
        lambda: Event.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Event.objects.get().actor == "ana"


@pytest.fixture
def nobody_listens(monkeypatch):
    """No handlers, so no deliveries that would hold an event back."""
    monkeypatch.setattr(log, "_of_all", [])


def test_people_read_events_of_their_teams_and_oversight_reads_all():
    knock(OLAF)

    assert visible_events(ANA).count() == 1
    assert visible_events(GUS).count() == 1
    assert visible_events(OLAF).count() == 1
    assert visible_events(SID).count() == 0


@pytest.fixture
def heard(monkeypatch):
    """A handler of every event, for the time of a test, that fails when told to."""
    calls = []
    fail = {"with": None}

    def listen(envelope):
        if fail["with"]:
            raise fail["with"]
        calls.append(envelope.seq)

    monkeypatch.setattr(log, "_of_all", [("tests.listen", listen)])
    monkeypatch.setattr(log, "_handlers", {})
    return calls, fail


def test_a_handler_is_called_after_the_commit_and_once(heard):
    knock(ANA)

    assert (deliver_due(), deliver_due()) == (1, 0)
    assert heard[0] == [1]
    assert Delivery.objects.get().done_at is not None


def test_a_handler_that_fails_is_tried_again_and_holds_up_no_other(heard):
    calls, fail = heard
    fail["with"] = ValueError("not now")
    knock(ANA)
    assert deliver_due() == 0

    waiting = Delivery.objects.get()
    assert (waiting.error, waiting.done_at, waiting.attempts) == ("ValueError: not now", None, 1)
    fail["with"] = None
    Delivery.objects.update(next_at="2020-01-01T00:00Z")
    assert deliver_due() == 1
    assert calls == [1]


def test_a_delivery_without_its_handler_is_given_up_and_shown(heard):
    knock(ANA)
    Delivery.objects.update(handler="gone.handler", attempts=11)

    assert deliver_due() == 0

    dead = Delivery.objects.get()
    assert (dead.dead, dead.next_at) == (True, None)
    assert "no handler" in dead.error


@pytest.mark.django_db(transaction=True)
def test_events_of_concurrent_actions_are_numbered_in_the_order_of_their_commits():
    from marketplace.kernel.actions import action, require
    from marketplace.kernel.events.log import record
    from tests.marketplace.kernel.test_actions import Knocked, anybody

    @action
    def tap(actor, *, times):
        require(actor, anybody)
        record(Knocked(subject="door/1", times=times))

    def run(times):
        tap(SYSTEM, times=times)
        connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(Event.objects.values_list("seq", flat=True)) == list(range(1, 13))
    assert verify_chain().ok
    assert Chain.objects.get().seq == 12


def test_an_event_that_is_recorded_during_the_check_is_no_break(five, monkeypatch):
    from marketplace.kernel.events import queries

    ends = queries._ends()
    knock(OLAF, times=6)
    monkeypatch.setattr(queries, "_ends", lambda: ends)

    assert verify_chain() == Verified(ok=True, rows=5, first_broken=None)
