"""The frame of a page costs little, and nothing where it is not shown."""

import pytest
from django.test import RequestFactory

from marketplace.portal.chrome import Chrome, chrome

pytestmark = pytest.mark.django_db


def frame(actor, **cookies) -> Chrome:
    request = RequestFactory().get("/")
    request.COOKIES.update(cookies)
    request.actor = actor
    return chrome(request)["chrome"]


def test_the_api_has_no_frame():
    assert chrome(RequestFactory().get("/api/v1/products")) == {}


def test_it_is_worked_out_only_when_it_is_read(olaf, django_assert_num_queries):
    with django_assert_num_queries(0):
        shown = frame(olaf)
    with django_assert_num_queries(2):
        assert (shown.waiting, shown.unread) == (0, 0)
        assert (shown.waiting, shown.unread) == (0, 0)


def test_nobody_costs_nothing(db, django_assert_num_queries):
    from marketplace.kernel.actors import NOBODY

    with django_assert_num_queries(0):
        shown = frame(NOBODY)
        assert (shown.waiting, shown.unread, shown.is_owner) == (0, 0, False)


@pytest.mark.parametrize(
    ("who", "owner", "governance", "operator"),
    [
        ("ana", False, False, False),
        ("olaf", True, False, False),
        ("gus", True, True, False),
        ("dana", True, True, False),
        ("pia", False, False, True),
        ("sid", False, False, False),
    ],
)
def test_who_is_who(people, who, owner, governance, operator):
    shown = frame(people[who])

    assert (shown.is_owner, shown.is_governance, shown.is_operator) == (owner, governance, operator)


def test_the_owner_sees_how_many_wait_and_the_requester_does_not(mesh, people):
    from subscriptions.actions.requests import Ask, request_access

    request_access(
        people["ana"],
        ask=Ask("customer.bookings", "full", "team", "growth", "analytics", "Why", 30),
    )

    assert frame(people["petra"]).waiting == 1
    assert frame(people["ana"]).waiting == 0


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("<b>", "")])
def test_only_known_themes_are_believed(ana, cookie, theme):
    assert frame(ana, theme=cookie).theme == theme


def test_a_wrong_token_shows_the_frame_of_nobody(db):
    request = RequestFactory().get("/", headers={"Authorization": "Bearer mp_wrong"})

    assert not chrome(request)["chrome"].actor.signed_in
