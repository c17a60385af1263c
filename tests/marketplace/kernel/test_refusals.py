"""A refused sign-in is a fact of the audit trail, and nobody fills the trail with them."""

import pytest
from django.core.cache import cache
from django.test import Client

from marketplace.kernel.events.models import Event
from marketplace.kernel.identity import refusals
from marketplace.kernel.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def accounts(people, settings) -> None:
    """Ana has a password and an address; the limits of the form are out of the way."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = {}
    cache.clear()
    ana = User.objects.get(username="ana")
    ana.set_password("a long phrase of hers")
    ana.save()


def guess(name: str, password: str = "guessed") -> None:
    Client().post("/accounts/login/", {"login": name, "password": password})


def told() -> list[tuple[str, str, str, bool]]:
    rows = Event.objects.filter(name="sign_in.refused").order_by("seq")
    return [
        (row.subject, row.data["method"], row.data["why"], row.data["last_told"]) for row in rows
    ]


def test_a_wrong_password_is_kept_and_ana_may_read_it():
    guess("ana")

    assert told() == [("user/ana", "password", "wrong-password", False)]
    row = Event.objects.get(name="sign_in.refused")
    assert (row.actor_kind, row.teams) == ("system", ["user:ana"])
    assert "guessed" not in str(row.data)


def test_a_name_of_nobody_and_a_right_password_leave_nothing():
    guess("nobody-at-all")
    guess("ana", "a long phrase of hers")

    assert told() == []


def test_who_left_is_told_apart_in_the_trail_alone():
    User.objects.filter(username="ana").update(is_active=False)

    guess("ana", "a long phrase of hers")

    assert told() == [("user/ana", "password", "inactive", False)]


def test_guessing_on_does_not_fill_the_trail():
    for _ in range(refusals.MOST + 3):
        guess("ana")
    guess("olaf")

    assert [last for *_, last in told()] == [False, False, False, False, True, False]
    assert [subject for subject, *_ in told()].count("user/ana") == refusals.MOST
