"""Where one is signed in: seen, ended one by one or all but this, and nobody else's."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.models import Session
from marketplace.kernel.web.browsers import browser_of
from tests.rest import api  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
PHRASE = "a long phrase of hers"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def sign_in(people, settings):
    """Sign somebody in with a browser that says what it is."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for user in get_user_model().objects.filter(username__in=["ana", "olaf"]):
        user.set_password(PHRASE)
        user.here_for = "all"
        user.save()

    def run(name: str, agent: str) -> Client:
        client = Client(headers={"User-Agent": agent})
        client.post("/accounts/login/", {"login": name, "password": PHRASE})
        return client

    return run


def is_in(client: Client) -> bool:
    return client.get("/access").status_code == 200


def test_ana_sees_her_browsers_and_this_one_first(sign_in):
    sign_in("ana", PHONE)
    sign_in("olaf", LINUX)
    here = sign_in("ana", LINUX)

    rows = here.get("/settings/sessions").context["rows"]

    assert [(one["browser"], one["here"], one["method"]) for one in rows] == [
        ("Firefox, Linux", True, "by password"),
        ("Safari, iOS", False, "by password"),
    ]
    page = here.get("/settings/sessions").text
    assert all(key not in page for key in Session.objects.values_list("session_key", flat=True))


def test_she_ends_the_one_on_the_phone(sign_in):
    phone, here = sign_in("ana", PHONE), sign_in("ana", LINUX)
    ref = Session.objects.get(agent=PHONE).ref

    page = here.post(f"/settings/sessions/{ref}/end", follow=True)

    assert "That browser is signed out." in page.text
    assert not is_in(phone)
    assert is_in(here)
    event = Event.objects.get(name="sessions.ended")
    assert (event.actor, event.subject, event.data) == ("ana", "user/ana", {"number": 1})


def test_she_ends_all_others_and_olafs_stay(sign_in):
    phone, olaf, here = sign_in("ana", PHONE), sign_in("olaf", LINUX), sign_in("ana", LINUX)

    here.post("/settings/sessions/end")

    assert (is_in(phone), is_in(olaf), is_in(here)) == (False, True, True)


def test_nobody_ends_somebody_elses(sign_in):
    phone, olaf = sign_in("ana", PHONE), sign_in("olaf", LINUX)
    ref = Session.objects.get(agent=PHONE).ref

    assert olaf.post(f"/settings/sessions/{ref}/end").status_code == 404

    assert is_in(phone)
    assert not Event.objects.filter(name="sessions.ended").exists()
    assert Client().post("/settings/sessions/end").status_code == 401
    assert is_in(phone)


def test_that_a_browser_was_seen_is_written_now_and_then(sign_in, django_assert_num_queries):
    here = sign_in("ana", LINUX)
    long_ago = timezone.now() - timedelta(hours=1)
    here.get("/settings/sessions")
    with django_assert_num_queries(5):
        here.get("/settings/sessions")
    Session.objects.update(seen_at=long_ago)

    here.get("/settings/sessions")

    assert Session.objects.get().seen_at > long_ago


def test_a_session_that_is_over_is_not_listed(sign_in):
    sign_in("ana", PHONE)
    here = sign_in("ana", LINUX)
    Session.objects.filter(agent=PHONE).update(expire_date=timezone.now() - timedelta(seconds=1))

    assert len(here.get("/settings/sessions").context["rows"]) == 1


def test_over_rest_too(sign_in, api):  # noqa: F811
    phone = sign_in("ana", PHONE)
    listed = api.ana.get("/sessions").json["results"]
    assert [(one["agent"], one["method"]) for one in listed] == [(PHONE, "password")]
    assert "session_key" not in listed[0]
    assert api.olaf.delete(f"/sessions/{listed[0]['id']}").code == "not-found"
    assert api.with_scopes("ana", "read").post("/sessions/end").status == 403
    assert is_in(phone)

    assert api.ana.delete(f"/sessions/{listed[0]['id']}").status == 204

    assert not is_in(phone)
    again = sign_in("ana", LINUX)
    assert api.ana.post("/sessions/end").status == 204
    assert not is_in(again)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (LINUX, "Firefox, Linux"),
        (PHONE, "Safari, iOS"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_far_as_it_is_known(agent, words):
    assert browser_of(agent) == words
