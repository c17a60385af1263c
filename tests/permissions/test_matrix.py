"""Every action, tried by every role: who may stands in `table.txt`, one line per action.

`yes`: it is done. `-`: refused; no row has changed and `access.denied` is in the log. `404`: the
thing is not there for this role, exactly as if it did not exist; no row has changed. `400`: the
same for a document, which is refused because it names what is not there for this role.

What is allowed is rehearsed (`dry_run`), so that each role meets the same world.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from marketplace.kernel.actions import REGISTRY, dry_run
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound, SignInFirst
from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.current import actor_of_token
from subscriptions.management.commands.generate_docs import _import_all
from tests.permissions.calls import CALLS
from tests.permissions.scene import ROLES, Scene, build, deactivated
from tests.rows import all_rows

pytestmark = pytest.mark.django_db

_import_all()
ACTIONS = sorted(name for name in REGISTRY if not name.startswith("tests."))


def _table() -> dict[str, dict[str, str]]:
    lines = Path(__file__).with_name("table.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    _, *roles = rows[0]
    return {action: dict(zip(roles, cells, strict=True)) for action, *cells in rows[1:]}


TABLE = _table()


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker) -> Iterator[Scene]:
    """The world, made once; what a test does in it is undone with the test's own transaction."""
    around = transaction.atomic()
    around._from_testcase = True  # as Django's TestCase does: actions may be durable inside
    with django_db_blocker.unblock(), around:
        yield build()
        transaction.set_rollback(True)


def test_every_action_has_a_row_and_a_call_and_every_role_a_column():
    assert list(TABLE) == ACTIONS, "tests/permissions/table.txt says who may do it, in order"
    assert sorted(CALLS) == ACTIONS, "tests/permissions/calls says how to call it"
    assert {tuple(row) for row in TABLE.values()} == {tuple(ROLES)}


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may(action, scene):
    arguments = CALLS[action](scene)
    before = all_rows()

    found = {role: _try(action, who, arguments, before) for role, who in scene.actors.items()}

    assert found == TABLE[action]
    assert all_rows() == before


def test_a_deactivated_person_is_nobody(scene):
    otto, text = deactivated()

    with pytest.raises(SignInFirst):
        actor_of_token(text)
    assert otto.memberships.get().role == "product_owner"
    assert scene.actors["otto"] == scene.actors["nobody"]


def _try(action: str, actor: Actor, arguments: dict, before: dict) -> str:
    last = Event.objects.latest("seq").seq
    try:
        dry_run(REGISTRY[action], actor, **arguments)
    except NotAllowed:
        assert all_rows() == before
        refusal = Event.objects.get(seq__gt=last)
        assert (refusal.name, refusal.actor) == ("access.denied", actor.subject)
        assert refusal.data["tried"] == action
        assert refusal.data["permission"]
        return "-"
    except (NotFound, Invalid) as hidden:
        assert all_rows() == before
        assert not Event.objects.filter(seq__gt=last).exists()
        return str(hidden.status)
    assert not Event.objects.filter(seq__gt=last).exists()
    return "yes"
