"""Nothing was found: what comes nearest, and what it lacks."""

import pytest

from catalog.queries import SearchQuery, alike, nearest, search
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db
DELAYS, BOOKINGS = "flight-operations.flight-delays", "customer.bookings"


def found(actor, q):
    return [(one.card["key"], one.missing) for one in nearest(actor, SearchQuery(q=q))]


@pytest.mark.parametrize(
    ("q", "near"),
    [
        ("delays zebra", [(DELAYS, ("zebra",))]),
        ("delays domain:customer", [(DELAYS, ("domain:customer",)), (BOOKINGS, ("delays",))]),
        ("bookings pii:no has:fare", [(BOOKINGS, ("pii:no",)), (DELAYS, ("bookings", "has:fare"))]),
        (
            "delays -domain:flight-operations fresh:<2d score:>99",
            [
                (DELAYS, ("score:>=100", "fresh:<2d", "-domain:flight-operations")),
                (BOOKINGS, ("delays", "score:>=100", "fresh:<2d")),
            ],
        ),
        ("zebra unicorn", []),
        ("zebra", []),
    ],
)
def test_the_nearest_comes_first_and_says_what_it_lacks(mesh, ana, q, near):
    assert search(ana, SearchQuery(q=q)).total == 0
    assert sorted(found(ana, q)) == sorted(near)


def test_what_is_hidden_is_near_to_nobody_but_its_team(mesh, ana, petra):
    assert [key for key, _ in found(ana, "zeppelin zebra")] == []
    assert [key for key, _ in found(petra, "zeppelin zebra")] == ["customer.secret-plans"]


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("flight-operations.flight-delay", [DELAYS]),
        ("somewhere.flight_delays", [DELAYS]),
        ("bookinks", [BOOKINGS]),
        ("customer.secret-plan", []),
        ("customer.", []),
        ("", []),
    ],
)
def test_a_key_that_leads_nowhere_is_like_those_that_may_be_seen(mesh, ana, key, near):
    assert [one.card["key"] for one in alike(ana, key)] == near


def test_what_is_hidden_is_like_nothing_but_for_its_team(mesh, petra):
    assert [one.card["key"] for one in alike(petra, "customer.secret-plan")] == [
        "customer.secret-plans"
    ]


def test_nearness_costs_one_statement(mesh, apply, ana, django_assert_num_queries):
    apply(make.product("customer.more", ports=[make.port(resource="c.more")]))
    with django_assert_num_queries(1):
        nearest(ana, SearchQuery(q="bookings zebra -tag:raw"))
