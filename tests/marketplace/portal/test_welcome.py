"""The first run: what one is here for, three products with a reason, a query at once."""

import pytest
from django.test import Client

from catalog.models import DataProduct
from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.models import User
from marketplace.portal.starters import starters
from subscriptions.models import AccessAgreement
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS, part

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/"


@pytest.fixture
def with_password(people) -> dict[str, str]:
    """Ana has a password."""
    ana = User.objects.get(username="ana")
    ana.set_password("a long phrase of hers")
    ana.save()
    return {"login": "ana", "password": "a long phrase of hers"}


def test_ana_is_welcomed_at_her_first_sign_in_and_not_again(with_password):
    assert Client().post(SIGN_IN, with_password)["Location"] == "/welcome"

    User.objects.filter(username="ana").update(here_for="consumer")

    assert Client().post(SIGN_IN, with_password)["Location"] == "/"


def test_where_she_wanted_to_go_comes_before(with_password):
    sent = {**with_password, "next": "/access"}

    assert Client().post(SIGN_IN, sent)["Location"] == "/access"


def test_one_click_says_what_she_is_here_for_and_gives_no_right(mesh, as_ana):
    before = User.objects.get(username="ana").roles

    answer = as_ana.post("/welcome", {"here_for": "operator"})

    ana = User.objects.get(username="ana")
    assert (answer.status_code, answer["Location"]) == (302, "/welcome")
    assert (ana.here_for, ana.roles) == ("operator", before)
    event = Event.objects.filter(name="profile.changed").latest("seq")
    assert (event.actor, event.data) == ("ana", {"changed": ["here_for"]})
    assert as_ana.get("/operator").status_code == 403
    assert "You are no operator here" in as_ana.get("/home").text


def test_what_is_not_offered_is_refused_and_nothing_changes(mesh, as_ana):
    answer = as_ana.post("/welcome", {"here_for": "king"}, follow=True)

    assert "Choose one of" in answer.text
    assert User.objects.get(username="ana").here_for == ""


def test_skipping_leads_home_and_is_remembered(mesh, as_ana):
    assert as_ana.post("/welcome", {"here_for": "all"})["Location"] == "/home"
    assert User.objects.get(username="ana").here_for == "all"


@pytest.mark.parametrize(
    ("name", "here_for", "words"),
    [
        ("olaf", "owner", "You offer data"),
        ("ana", "owner", "You own no product yet"),
        ("gus", "steward", "accesses proven"),
        ("ana", "steward", "You hold no office here"),
        ("pia", "operator", "1 platform"),
    ],
)
def test_home_begins_with_it(mesh, browser, name, here_for, words):
    assert words not in browser(name).get("/home").text
    User.objects.filter(username=name).update(here_for=here_for)

    assert words in browser(name).get("/home").text


def test_three_products_each_with_its_reason(mesh, ana, as_ana):
    DataProduct.objects.filter(key=BOOKINGS).update(consumers=4)
    DataProduct.objects.filter(key=FLIGHTS).update(score=81, consumers=0)

    notes = {one["key"]: one["note"] for one in starters(ana)}

    assert notes[BOOKINGS] == "read by 4 consumers here"
    assert notes[FLIGHTS] == "well described: DATSIS 81 of 100"
    page = as_ana.get("/welcome")
    assert "read by 4 consumers here" in page.text
    assert f'href="/products/{BOOKINGS}"' in page.text


def test_what_ana_reads_already_is_not_offered_to_her(granted, ana):
    assert AccessAgreement.objects.get().state == "active"

    assert FLIGHTS not in [one["key"] for one in starters(ana)]


def test_sid_sees_nothing_that_is_hidden_from_him(mesh, browser, sid):
    keys = [one["key"] for one in starters(sid)]

    page = browser("sid").get("/welcome")

    assert set(keys) <= {FLIGHTS, BOOKINGS}
    assert "flight-operations.crew" not in page.text


def test_the_query_runs_on_invented_rows_at_once(platform, as_ana):
    page = as_ana.post("/welcome/try", headers=part("tried"))

    assert page.status_code == 200
    assert "invented rows" in page.text
    assert "<html" not in page.text
    event = Event.objects.filter(name="lab.sandbox.queried").latest("seq")
    assert (event.actor, event.data["sql"]) == ("ana", page.context["trial"].sql)
    assert not AccessAgreement.objects.exists()


def test_the_query_runs_without_a_script_too(platform, as_ana):
    page = as_ana.post("/welcome/try")

    assert "<html" in page.text
    assert "invented rows" in page.text


def test_nobody_is_welcomed_without_signing_in(db):
    assert Client().get("/welcome")["Location"].startswith(SIGN_IN)
    assert Client().post("/welcome/try").status_code == 401
    assert Client().post("/welcome/demo").status_code == 401


def test_the_page_costs_a_fixed_number_of_statements(mesh, as_ana, django_assert_max_num_queries):
    as_ana.get("/welcome")
    with django_assert_max_num_queries(17):
        as_ana.get("/welcome")
