"""The page of a product: each section from its own facts, and what the reader may not know."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.actions.profiles import take_profile
from catalog.models import DataProduct, QualityResult, ServiceLevelWindow
from subscriptions.models import Follow
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS, part

pytestmark = pytest.mark.django_db
SECTIONS = ("schema", "lineage", "quality", "connect", "access", "changes")


def test_each_section_has_an_address_and_comes_alone_for_the_script(mesh, as_ana):
    for place, tab in enumerate(SECTIONS, 2):
        whole = as_ana.get(f"/products/{FLIGHTS}/{tab}")
        alone = as_ana.get(f"/products/{FLIGHTS}/{tab}", headers=part("div#tabregion"))

        assert (whole.status_code, alone.status_code) == (200, 200)
        assert b"<h1>Flight delays" in whole.content
        assert alone.content.lstrip().startswith(b'<div id="tabregion"')
        link = f'<a href="/products/{FLIGHTS}/{tab}" data-key="{place}"'
        assert link.encode() in alone.content


def test_an_unknown_section_is_not_there(mesh, as_ana):
    assert as_ana.get(f"/products/{FLIGHTS}/prices").status_code == 404


def test_a_hidden_product_answers_like_an_absent_one(mesh, as_ana, browser):
    hidden = as_ana.get("/products/customer.secret-plans")
    absent = as_ana.get("/products/customer.no-plans")

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert browser("petra").get("/products/customer.secret-plans").status_code == 200


def test_who_is_not_signed_in_is_asked_to_whether_it_exists_or_not(mesh):
    answers = [Client().get(f"/products/{key}") for key in (FLIGHTS, "customer.no-plans")]

    assert [(a.status_code, a["Location"].partition("?")[0]) for a in answers] == [
        (302, "/accounts/login/")
    ] * 2


def test_the_overview_says_what_is_unknown(mesh, as_ana):
    text = as_ana.get(f"/products/{FLIGHTS}").content.decode()

    assert "One row." in text
    for words in (
        "Not measured yet",
        "Not counted yet",
        "Nobody has access yet.",
        "No change is announced.",
        "Nobody has kept a query",
    ):
        assert words in text


def test_ports_say_what_the_reader_would_meet(granted, ask_full, as_ana):
    flights = as_ana.get(f"/products/{FLIGHTS}").context["ports"]
    bookings = as_ana.get(f"/products/{BOOKINGS}").context["ports"]

    assert [(p["name"], p["access"]["label"], p["action"]) for p in flights] == [
        ("curated", "You have access", "Connect")
    ]
    assert [(p["name"], p["access"]["label"], p["action"]) for p in bookings] == [
        ("full", "Needs review", "Request")
    ]


def test_used_by_names_teams_and_counts_people(granted, browser):
    shown = browser("sid").get(f"/products/{FLIGHTS}").context["used_by"]

    assert shown == {"names": ["growth"], "more": 0, "number": 1}


def test_the_schema_shows_columns_profile_and_how_the_sample_was_made(
    platform, curated, full, as_ana
):
    for port in (curated, full):
        take_profile(port)

    flights = as_ana.get(f"/products/{FLIGHTS}/schema")
    bookings = as_ana.get(f"/products/{BOOKINGS}/schema")

    named = {column["name"]: column for column in flights.context["columns"]}
    assert list(named) == ["flight_id", "carrier", "origin", "dep_delay"]
    assert named["flight_id"]["key"]
    assert named["flight_id"]["distinct"] == 1.0
    assert named["dep_delay"]["empty"] == 0.3333
    assert "synthetic rows" in flights.content.decode()
    assert "masked rows" in bookings.content.decode()
    assert b"one@example.org" not in bookings.content


def test_quality_shows_what_failed_first_with_its_figures(mesh, as_ana):
    now = timezone.now()
    for name, status, value in (("Rows", "pass", 3), ("Age", "fail", 9)):
        QualityResult.objects.create(
            product=mesh[FLIGHTS],
            check_key=name.lower(),
            name=name,
            status=status,
            measured={"value": value},
            source="nightly",
            observed_at=now - timedelta(hours=1),
        )
    ServiceLevelWindow.objects.create(
        product=mesh[FLIGHTS], day=now.date(), state="breached", basis="26 h, objective 24 h"
    )

    answer = as_ana.get(f"/products/{FLIGHTS}/quality")

    assert [(c.last.name, c.measured) for c in answer.context["checks"]] == [
        ("Age", "value 9"),
        ("Rows", "value 3"),
    ]
    assert answer.context["met"] == "0 of 1 days met"
    assert b"26 h, objective 24 h" in answer.content


def test_snippets_are_filled_in_for_who_has_access_only(granted, as_ana, browser):
    ana = as_ana.get(f"/products/{FLIGHTS}/connect")
    sid = browser("sid").get(f"/products/{FLIGHTS}/connect")

    assert ana.context["role"].startswith("mp_")
    assert all(
        ana.context["role"] in one["text"]
        for one in ana.context["snippets"]
        if one["kind"] in ("psql", "python", "jdbc", "odbc")
    )
    assert sid.context["role"] == ""
    assert "&lt;user&gt;" in sid.content.decode()
    assert "You have no access to this port" in sid.content.decode()


def test_who_has_access_is_shown_to_the_owner_and_to_oneself(granted, as_ana, as_olaf, browser):
    def keys(client):
        found = client.get(f"/products/{FLIGHTS}/access").context
        return [one.consumer_key for one in found["agreements"]], found["number"]

    assert keys(as_olaf) == (["growth"], 1)
    assert keys(browser("gus")) == (["growth"], 1)
    assert keys(as_ana) == (["growth"], 1)
    assert keys(browser("sid")) == ([], 1)


def test_following_is_one_button_and_its_opposite(mesh, as_ana):
    followed = as_ana.post(f"/products/{FLIGHTS}/follow", follow=True)
    assert Follow.objects.get().product == mesh[FLIGHTS]
    assert b"You will hear of its changes." in followed.content

    as_ana.post(f"/products/{FLIGHTS}/unfollow")
    assert not Follow.objects.exists()


def test_following_what_is_hidden_changes_nothing(mesh, as_ana):
    assert as_ana.post("/products/customer.secret-plans/follow").status_code == 404
    assert not Follow.objects.exists()


def test_following_by_a_link_does_nothing(mesh, as_ana):
    assert as_ana.get(f"/products/{FLIGHTS}/follow").status_code == 405
    assert not Follow.objects.exists()


def test_a_retired_product_stays_readable_for_who_held_it(granted, as_ana, browser):
    DataProduct.objects.filter(key=FLIGHTS).update(status="retired")

    assert b"Retired" in as_ana.get(f"/products/{FLIGHTS}").content
    assert browser("sid").get(f"/products/{FLIGHTS}").status_code == 404


def test_what_each_section_costs(granted, as_ana, django_assert_num_queries):
    costs = {
        "": 21,
        "/schema": 16,
        "/lineage": 20,
        "/quality": 17,
        "/connect": 15,
        "/access": 19,
        "/changes": 15,
    }
    as_ana.get(f"/products/{FLIGHTS}")
    for tab, statements in costs.items():
        with django_assert_num_queries(statements):
            as_ana.get(f"/products/{FLIGHTS}{tab}")
