"""The life of a product: offered, deprecated, ended; and what others work out about it."""

from datetime import UTC, datetime

import pytest

from catalog.actions.products import deprecate, publish, retire
from catalog.actions.standing import Standing, set_standings
from catalog.models import DataProduct
from catalog.states import PRODUCT
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import ImpossibleMove, Invalid, NotAllowed, NotFound, Stale
from marketplace.kernel.events.models import Event
from tests.factories import descriptors as make

DELAYS = "flight-operations.flight-delays"
MOVES = {"publish": publish, "deprecate": deprecate, "retire": retire}


def now_is(key):
    return DataProduct.objects.get(key=key)


def test_a_product_lives_from_draft_to_the_end(mesh, apply, olaf):
    apply(
        make.product("flight-operations.new", status="draft", ports=[make.port(resource="f.n")]),
        by=olaf,
    )
    key = "flight-operations.new"
    assert now_is(key).published_at is None

    publish(olaf, key=key)
    assert (now_is(key).status, now_is(key).card["status"]) == ("active", "active")
    deprecate(olaf, key=key, reason="Use the other one.")
    retire(olaf, key=key)

    product = now_is(key)
    assert (product.status, product.version) == ("retired", 4)
    assert product.published_at < product.retired_at
    names = Event.objects.filter(subject=f"product/{key}").values_list("name", flat=True)
    assert [n for n in names if n != "product.updated"] == [
        "product.proposed",
        "product.published",
        "product.deprecated",
        "product.retired",
    ]


@pytest.mark.parametrize("state", sorted(PRODUCT.states))
@pytest.mark.parametrize("move", sorted(MOVES))
def test_only_moves_of_the_table_are_possible(mesh, olaf, move, state):
    DataProduct.objects.filter(key=DELAYS).update(status=state)

    if PRODUCT.allows(move, state):
        MOVES[move](olaf, key=DELAYS)
        assert now_is(DELAYS).status == PRODUCT.after(move, state)
    else:
        with pytest.raises(ImpossibleMove):
            MOVES[move](olaf, key=DELAYS)
        assert now_is(DELAYS).status == state


def test_a_product_without_ports_is_not_offered(mesh, olaf):
    DataProduct.objects.create(
        key="flight-operations.bare",
        slug="bare",
        domain=now_is(DELAYS).domain,
        owner_team=now_is(DELAYS).owner_team,
        name="Bare",
    )

    with pytest.raises(Invalid) as refused:
        publish(olaf, key="flight-operations.bare")

    assert refused.value.facts["errors"][0]["code"] == "no-port"
    assert now_is("flight-operations.bare").status == "draft"


@pytest.mark.parametrize("who", ["ana", "petra", "sid", "gus", "pia", "dana"])
def test_only_its_owners_end_a_product(mesh, people, who):
    with pytest.raises(NotAllowed):
        deprecate(people[who], key=DELAYS)

    assert now_is(DELAYS).status == "active"


@pytest.mark.parametrize("move", sorted(MOVES))
def test_who_may_not_see_a_product_is_told_that_there_is_none(mesh, sid, move):
    for key in ("customer.secret-plans", "customer.no-such"):
        with pytest.raises(NotFound) as refused:
            MOVES[move](sid, key=key)
        assert (str(refused.value), refused.value.facts) == (NotFound.title, {})

    assert now_is("customer.secret-plans").status == "active"


def test_a_stale_version_is_refused(mesh, olaf):
    with pytest.raises(Stale) as refused:
        deprecate(olaf, key=DELAYS, version=7)

    assert refused.value.facts == {"version": 1}
    assert now_is(DELAYS).status == "active"


def test_standing_is_written_into_the_card_and_nothing_else_moves(mesh):
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    before = now_is(DELAYS)

    standing = Standing(
        score=81, petals=[1, 2, 3, 4, 5, 6], instant=True, consumers=3, refreshed_at=moment
    )
    set_standings(SYSTEM, standings={DELAYS: standing})
    set_standings(SYSTEM, standings={DELAYS: Standing(consumers=4)})

    product = now_is(DELAYS)
    assert (product.score, product.instant, product.consumers) == (81, True, 4)
    assert (product.refreshed_at, product.version) == (moment, before.version)
    shown = {k: product.card[k] for k in ("score", "petals", "instant", "consumers")}
    assert shown == {"score": 81, "petals": [1, 2, 3, 4, 5, 6], "instant": True, "consumers": 4}
    assert product.detail["score"] == 81
    assert product.search == before.search


def test_nobody_writes_their_own_score(mesh, olaf):
    with pytest.raises(NotAllowed):
        set_standings(olaf, standings={DELAYS: Standing(score=100)})

    assert now_is(DELAYS).score is None
