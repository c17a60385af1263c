"""The console's page of people: a preview, the button, and coming back."""

import pytest

from marketplace.kernel.identity.models import User
from subscriptions.models import Departure
from tests.rows import nothing_changes

pytestmark = pytest.mark.django_db


def test_the_preview_names_what_is_hit_and_changes_nothing(granted, browser):
    pia = browser("pia")
    with nothing_changes():
        page = pia.get("/operator/people/ana")

    titles = [one["title"] for one in page.context["preview"]]
    assert titles == ["Access that ends", "Teams that are left", "Who answers instead"]
    assert b"Flight delays, curated, held by growth" in page.content


def test_the_button_needs_a_reason_and_coming_back_is_a_button_too(mesh, browser):
    pia = browser("pia")
    assert pia.post("/operator/people/ana", {"reason": " "}).status_code == 422
    assert User.objects.get(username="ana").is_active

    pia.post("/operator/people/ana", {"reason": "She left."})
    assert not User.objects.get(username="ana").is_active
    page = pia.get("/operator/people/ana")
    assert (page.context["preview"], len(page.context["departures"])) == (None, 1)

    pia.post("/operator/people/ana", {"reason": "She is back."})
    assert User.objects.get(username="ana").is_active
    assert Departure.objects.get().back_by == "pia"


def test_who_sees_it(mesh, browser):
    for name in ("ana", "olaf", "sid"):
        assert browser(name).get("/operator/people").status_code == 403
        assert browser(name).get("/operator/people/sid").status_code == 403
    for name in ("gus", "dana", "pia"):
        assert browser(name).get("/operator/people").status_code == 200
    assert browser("dana").post("/operator/people/sid", {"reason": "x"}).status_code == 422
    assert User.objects.get(username="sid").is_active
    assert browser("pia").get("/operator/people/mallory").status_code == 404
    assert browser("pia").get("/operator/people/pia").context["may"] is False


def test_the_list_costs_a_fixed_number_of_statements(mesh, browser, django_assert_max_num_queries):
    pia = browser("pia")
    found = pia.get("/operator/people?q=petra")
    assert [row.username for row in found.context["rows"]] == ["petra"]
    with django_assert_max_num_queries(8):
        pia.get("/operator/people")
