"""Changes of contracts: told before they happen, never slipped in."""

from datetime import timedelta

import pytest

from catalog.actions.changes import (
    ConsumersNotReady,
    announce_change,
    ask_consumers,
    clear_change,
    propose_change,
    release_change,
    withdraw_change,
)
from catalog.models import ChangeProposal, DataProduct, OutputPort
from catalog.states import CHANGE
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.clock import now
from marketplace.kernel.errors import (
    Duplicate,
    ImpossibleMove,
    Invalid,
    NotAllowed,
    NotFound,
    Stale,
)
from marketplace.kernel.events.models import Event
from tests.factories import descriptors as make

CONTRACT = "flight-delays-curated"
WITHOUT_ORIGIN = make.contract(
    version="2.0.0", columns={k: v for k, v in make.FLIGHT_COLUMNS.items() if k != "origin"}
)
WITH_GATE = make.contract(
    version="1.1.0", columns={**make.FLIGHT_COLUMNS, "gate": {"logicalType": "string"}}
)


@pytest.fixture
def breaking(mesh, olaf):
    """Olaf proposes to drop the column origin."""
    return propose_change(olaf, text=WITHOUT_ORIGIN, note="Nobody uses it.")


def in_force():
    return OutputPort.objects.get(name="curated").contract.version_name


def test_a_breaking_change_is_classified_and_told(breaking):
    assert (breaking.state, breaking.impact) == ("proposed", "MAJOR")
    assert (breaking.base.version_name, breaking.to_version) == ("1.0.0", "2.0.0")
    assert breaking.suggested_version == "2.0.0"
    assert [(d["kind"], d["column"], d["verdict"]) for d in breaking.differences] == [
        ("REMOVE", "origin", "breaks")
    ]
    told = Event.objects.get(name="change.proposed")
    assert (told.product, told.teams) == ("flight-operations.flight-delays", ["flight-operations"])
    assert told.data["change_id"] == str(breaking.pk)
    assert told.data["differences"] == breaking.differences
    assert in_force() == "1.0.0"


def test_a_compatible_change_is_classified_too(mesh, olaf):
    change = propose_change(olaf, text=WITH_GATE)

    assert (change.impact, change.suggested_version) == ("MINOR", "1.1.0")


def test_a_draft_tells_nobody_until_it_is_announced(mesh, olaf):
    change = propose_change(olaf, text=WITHOUT_ORIGIN, draft=True)
    assert change.state == "draft"
    assert not Event.objects.filter(name="change.proposed").exists()

    announce_change(olaf, change_id=change.pk)

    assert Event.objects.get(name="change.proposed").subject == f"change/{change.pk}"


def test_released_the_ports_follow_and_search_knows(breaking, olaf):
    release_change(olaf, change_id=breaking.pk)

    change = ChangeProposal.objects.get()
    assert change.state == "released"
    assert change.released_at is not None
    assert in_force() == "2.0.0"
    names = Event.objects.filter(data__change_id=str(change.pk)).values_list("name", flat=True)
    assert list(names) == ["change.proposed", "contract.released", "change.released"]
    detail = DataProduct.objects.get(key="flight-operations.flight-delays").detail
    assert detail["ports"][0]["contract_version"] == "2.0.0"


def test_a_breaking_release_waits_for_its_consumers(breaking, olaf):
    with pytest.raises(ConsumersNotReady) as refused:
        release_change(olaf, change_id=breaking.pk, blocked_by=["growth", "growth"])

    assert refused.value.facts == {"waiting_for": ["growth"]}
    assert in_force() == "1.0.0"
    assert ChangeProposal.objects.get().state == "proposed"


def test_a_compatible_release_waits_for_nobody(mesh, olaf):
    change = propose_change(olaf, text=WITH_GATE)

    release_change(olaf, change_id=change.pk, blocked_by=["growth"])

    assert in_force() == "1.1.0"


def test_a_change_goes_its_way_by_the_systems_hand(breaking, olaf):
    assert ask_consumers(SYSTEM, change_id=breaking.pk).state == "in_consumer_review"
    assert clear_change(SYSTEM, change_id=breaking.pk).state == "cleared"
    assert release_change(olaf, change_id=breaking.pk).state == "released"

    with pytest.raises(NotAllowed):
        clear_change(olaf, change_id=breaking.pk)


def test_a_withdrawn_change_frees_its_version(breaking, olaf):
    with pytest.raises(Duplicate):
        propose_change(olaf, text=WITHOUT_ORIGIN)

    withdraw_change(olaf, change_id=breaking.pk)

    assert ChangeProposal.objects.get().state == "withdrawn"
    assert propose_change(olaf, text=WITHOUT_ORIGIN).state == "proposed"
    told = Event.objects.get(name="change.withdrawn")
    assert told.data["known"] is True


def test_a_change_of_what_is_no_more_in_force_is_refused(breaking, olaf, apply):
    apply(WITH_GATE)

    with pytest.raises(Exception, match="propose it again") as refused:
        release_change(olaf, change_id=breaking.pk)

    assert (refused.value.code, refused.value.facts) == ("base-moved", {"in_force": "1.1.0"})
    assert in_force() == "1.1.0"


@pytest.mark.parametrize("state", sorted(CHANGE.states))
@pytest.mark.parametrize("move", ["release", "withdraw", "propose", "ask_consumers", "clear"])
def test_only_moves_of_the_table_are_possible(breaking, olaf, move, state):
    ChangeProposal.objects.update(state=state)
    run = {
        "release": release_change,
        "withdraw": withdraw_change,
        "propose": announce_change,
        "ask_consumers": ask_consumers,
        "clear": clear_change,
    }[move]
    actor = SYSTEM if move in ("ask_consumers", "clear") else olaf

    if CHANGE.allows(move, state):
        assert run(actor, change_id=breaking.pk).state == CHANGE.after(move, state)
    else:
        with pytest.raises(ImpossibleMove):
            run(actor, change_id=breaking.pk)
        assert ChangeProposal.objects.get().state == state


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        (make.contract("no-such", version="2"), "/id", "unknown-contract"),
        (make.contract("plans", product="customer.secret-plans"), "/id", "unknown-contract"),
        (make.contract(version="2", product="customer.bookings"), "/dataProduct", "other-product"),
        (make.contract(), "/version", "taken"),
        (make.product(), "", "not-one-contract"),
        (make.bundle(WITH_GATE, WITHOUT_ORIGIN), "", "not-one-contract"),
    ],
)
def test_what_cannot_be_proposed_is_refused(mesh, olaf, text, pointer, code):
    with pytest.raises(Invalid) as refused:
        propose_change(olaf, text=text)

    assert [(e["pointer"], e["code"]) for e in refused.value.facts["errors"]] == [(pointer, code)]
    assert not ChangeProposal.objects.exists()


def test_a_change_never_comes_into_force_in_the_past(mesh, olaf):
    with pytest.raises(Invalid) as refused:
        propose_change(olaf, text=WITH_GATE, effective_at=now() - timedelta(hours=1))

    assert refused.value.facts["errors"][0]["code"] == "past"
    assert propose_change(olaf, text=WITH_GATE, effective_at=now() + timedelta(days=30)).pk


@pytest.mark.parametrize("who", ["ana", "petra", "sid", "gus"])
def test_only_owners_change_their_contracts(breaking, people, who):
    with pytest.raises(NotAllowed):
        propose_change(people[who], text=WITH_GATE)
    with pytest.raises(NotAllowed):
        release_change(people[who], change_id=breaking.pk)
    with pytest.raises(NotAllowed):
        withdraw_change(people[who], change_id=breaking.pk)

    assert ChangeProposal.objects.get().state == "proposed"


def test_absent_hidden_and_stale_changes(mesh, petra, sid, olaf):
    text = make.contract(
        "plans",
        product="customer.secret-plans",
        version="2.0.0",
        columns={"airship": {"logicalType": "string"}},
    )
    hidden = propose_change(petra, text=text)

    for change_id in (hidden.pk, "0190a0a0-0000-7000-8000-000000000000", "nonsense"):
        with pytest.raises(NotFound):
            withdraw_change(sid, change_id=change_id)
    with pytest.raises(Stale):
        withdraw_change(petra, change_id=hidden.pk, version=9)

    assert ChangeProposal.objects.get().state == "proposed"
