"""Every write goes through the door."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from marketplace.kernel.actions import Unaccounted, action, dry_run, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.errors import NotAllowed
from marketplace.kernel.events.log import DomainEvent, known, record
from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.models import Team
from tests.people import ANA


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class Knocked(DomainEvent):
    """Somebody knocked."""

    name: ClassVar[str] = "tests.knocked"
    times: int


def anybody(actor: Actor) -> bool:
    return True


def nobody(actor: Actor) -> bool:
    return False


@action
def knock(actor: Actor, *, times: int = 1) -> Team:
    require(actor, anybody)
    team = Team.objects.create(slug="knockers", name="Knockers")
    record(Knocked(subject="door/1", times=times, teams=("growth", "")))
    return team


@action
def silent(actor: Actor) -> None:
    require(actor, anybody)
    Team.objects.create(slug="silent", name="Silent")


@action
def careless(actor: Actor) -> None:
    Team.objects.create(slug="careless", name="Careless")
    record(Knocked(subject="door/1", times=1))


@action
def forbidden(actor: Actor) -> None:
    Team.objects.create(slug="forbidden", name="Forbidden")
    require(actor, nobody)


@pytest.mark.django_db
def test_an_action_writes_rows_and_event_together():
    knock(ANA, times=2)

    event = Event.objects.get()
    assert (event.seq, event.name, event.subject) == (1, "tests.knocked", "door/1")
    assert (event.actor, event.actor_kind, event.data) == ("ana", "user", {"times": 2})
    assert event.teams == ["growth"]
    assert event.action == "tests.marketplace.kernel.test_actions.knock"


@pytest.mark.django_db
@pytest.mark.parametrize("careless_action", [silent, careless])
def test_an_action_that_asks_or_records_nothing_fails_and_writes_nothing(careless_action):
    with pytest.raises(Unaccounted):
        careless_action(SYSTEM)

    assert not Team.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_refusal_is_rolled_back_and_then_noted():
    with pytest.raises(NotAllowed):
        forbidden(ANA)

    assert not Team.objects.exists()
    event = Event.objects.get()
    assert (event.name, event.actor) == ("access.denied", "ana")
    assert event.data == {
        "tried": "tests.marketplace.kernel.test_actions.forbidden",
        "permission": "nobody",
    }


@pytest.mark.django_db
def test_a_dry_run_gives_the_result_and_leaves_nothing():
    team = dry_run(knock, ANA)

    assert team.slug == "knockers"
    assert not Team.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_action_cannot_run_inside_another():
    @action
    def outer(actor: Actor) -> None:
        knock(actor)

    with pytest.raises(RuntimeError, match="durable"):
        outer(SYSTEM)

    assert not Team.objects.exists()


def test_an_event_cannot_be_recorded_outside_an_action():
    with pytest.raises(RuntimeError, match="running action"):
        record(Knocked(subject="door/1", times=1))
