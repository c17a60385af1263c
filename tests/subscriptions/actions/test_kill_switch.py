"""One switch suspends a scope; restoring gives back exactly what was."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from marketplace.kernel.clock import now
from marketplace.kernel.errors import Duplicate, ImpossibleMove, Invalid, NotAllowed, NotFound
from subscriptions.actions import agreements, kill_switch, requests
from subscriptions.models import AccessAgreement, Grant, Handle, KillSwitch
from subscriptions.tasks import sweep

pytestmark = pytest.mark.django_db
FLIGHTS = "flight-operations.flight-delays"
INVENTORY = "SELECT login, handle, agreement, expires_at FROM emporion_entitlements.entitlement"


@pytest.fixture
def two(platform, ask_curated, ask_full, work, petra) -> dict[str, AccessAgreement]:
    """Growth reads Flight delays and Bookings."""
    flights, bookings = ask_curated(), ask_full()
    requests.approve(petra, request_id=bookings.pk)
    work()
    rows = AccessAgreement.objects.all()
    held_up = Handle.objects.exclude(error="", waits_for="").values("name", "error", "waits_for")
    assert (list(held_up), {row.state for row in rows}) == ([], {"active"})
    return {"flights": rows.get(request=flights), "bookings": rows.get(request=bookings)}


def states(**rows) -> dict[str, str]:
    found = dict(AccessAgreement.objects.values_list("pk", "state"))
    return {name: found[row.pk] for name, row in rows.items()}


@pytest.mark.parametrize(
    "case",
    [
        ("product", FLIGHTS, {"flights"}),
        ("domain", "customer", {"bookings"}),
        ("consumer", "team:growth", {"flights", "bookings"}),
        ("platform", "warehouse", {"flights", "bookings"}),
        ("classification", "restricted", set()),
    ],
)
def test_a_scope_is_suspended_and_restored_to_the_same_inventory(two, platform, work, gus, case):
    scope, key, hit = case
    before = sorted(platform.execute(INVENTORY).fetchall())
    assert {row.pk for row in kill_switch.affected(gus, scope=scope, key=key)} == {
        two[name].pk for name in hit
    }

    switch = kill_switch.pull(gus, scope=scope, key=key, reason="Incident 12.")
    work()
    found = states(**two)
    assert {name for name, state in found.items() if state == "suspended"} == hit
    assert len(platform.execute(INVENTORY).fetchall()) == 2 - len(hit)
    proven = Grant.objects.filter(state="verified_removed", evidence__level="proven").count()
    assert proven == len(hit)

    kill_switch.restore(gus, switch_id=switch.pk)
    work()
    assert set(states(**two).values()) == {"active"}
    assert sorted(platform.execute(INVENTORY).fetchall()) == before


def test_what_was_suspended_before_stays_so(two, work, olaf, gus):
    agreements.suspend(olaf, agreement_id=two["flights"].pk, reason="Olaf's own reason.")
    switch = kill_switch.pull(gus, scope="consumer", key="team:growth", reason="Incident.")
    kill_switch.restore(gus, switch_id=switch.pk)
    work()

    assert states(**two) == {"flights": "suspended", "bookings": "active"}
    kept = AccessAgreement.objects.get(pk=two["flights"].pk)
    assert kept.suspend_reason == "Olaf's own reason."


def test_two_switches_hold_until_both_are_restored(two, work, gus):
    wide = kill_switch.pull(gus, scope="consumer", key="team:growth", reason="One.")
    narrow = kill_switch.pull(gus, scope="product", key=FLIGHTS, reason="Two.")
    with pytest.raises(Duplicate):
        kill_switch.pull(gus, scope="product", key=FLIGHTS, reason="Again.")
    assert narrow.held.count() == 0  # the first one took it

    kill_switch.restore(gus, switch_id=wide.pk)
    sweep()
    work()

    assert states(**two) == {"flights": "suspended", "bookings": "active"}
    with pytest.raises(ImpossibleMove):
        kill_switch.restore(gus, switch_id=wide.pk)


def test_a_second_person_confirms(two, work, gus, dana, ana):
    switch = kill_switch.pull(
        gus, scope="product", key=FLIGHTS, reason="Incident.", second_person=True
    )
    assert (switch.state, states(**two)["flights"]) == ("proposed", "active")
    with pytest.raises(NotAllowed):
        kill_switch.confirm(gus, switch_id=switch.pk)
    with pytest.raises(NotAllowed):
        kill_switch.confirm(ana, switch_id=switch.pk)

    kill_switch.confirm(dana, switch_id=switch.pk)

    assert states(**two)["flights"] == "suspended"


def test_it_is_restored_by_itself_at_its_time(two, work, gus):
    switch = kill_switch.pull(
        gus,
        scope="product",
        key=FLIGHTS,
        reason="Incident.",
        restore_at=now() + timedelta(hours=1),
    )
    sweep()
    assert states(**two)["flights"] == "suspended"
    KillSwitch.objects.filter(pk=switch.pk).update(restore_at=Now() - timedelta(seconds=1))

    sweep()
    work()

    switch.refresh_from_db()
    assert (switch.state, switch.restored_by) == ("restored", "system")
    assert states(**two)["flights"] == "active"


def test_what_is_granted_later_in_the_scope_is_held_back(platform, ask_curated, work, gus):
    switch = kill_switch.pull(gus, scope="product", key=FLIGHTS, reason="Incident.")
    ask_curated()
    sweep()
    work()

    assert AccessAgreement.objects.get().state == "suspended"
    kill_switch.restore(gus, switch_id=switch.pk)
    work()
    assert AccessAgreement.objects.get().state == "active"


def test_a_reason_a_right_and_a_thing_are_needed(two, people, olaf, petra, gus):
    with pytest.raises(Invalid):
        kill_switch.pull(gus, scope="product", key=FLIGHTS, reason=" ")
    with pytest.raises(NotFound):
        kill_switch.pull(gus, scope="product", key="no.such", reason="x")
    with pytest.raises(Invalid):
        kill_switch.pull(gus, scope="galaxy", key="x", reason="x")
    with pytest.raises(NotAllowed):
        kill_switch.pull(petra, scope="product", key=FLIGHTS, reason="x")
    with pytest.raises(NotAllowed):
        kill_switch.pull(olaf, scope="platform", key="warehouse", reason="x")
    assert set(states(**two).values()) == {"active"}

    kill_switch.pull(olaf, scope="product", key=FLIGHTS, reason="My product.")
    assert states(**two)["flights"] == "suspended"
