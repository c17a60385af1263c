"""Home, domains and the palette, as each person meets them."""

import pytest
from django.db.models.functions import Now
from django.test import Client

from catalog.actions import asks
from catalog.actions.searches import save_search
from catalog.models import DataProduct
from subscriptions.actions import lab
from subscriptions.actions.follows import follow
from subscriptions.models import AccessAgreement
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS

pytestmark = pytest.mark.django_db


def labels(client, text=""):
    groups = client.get("/palette", {"q": text}).context["groups"]
    return {group["title"]: [one["label"] for one in group["items_list"]] for group in groups}


def test_an_empty_instance_says_how_to_begin(people, browser):
    answer = browser("ana").get("/home")

    assert answer.templates[0].name == "portal/home_empty.html"
    assert "for owners of a team" in answer.content.decode()
    assert 'href="/owner/apply"' in browser("olaf").get("/home").content.decode()
    assert Client().get("/home").status_code == 302


def test_what_is_not_known_is_said(mesh, as_ana):
    answer = as_ana.get("/home")

    assert answer.context["promise"] == ""
    assert "not known yet" in answer.content.decode()
    assert answer.context["going"] == answer.context["alike"] == answer.context["ending"] == []


def test_home_shows_what_was_begun_and_what_ends(granted, ask_full, ana, as_ana, browser):
    ask_full()
    AccessAgreement.objects.filter(pk=granted.pk).update(end_at=Now())
    before = as_ana.get("/home").context
    lab.run(ana, agreement_id=granted.pk, sql="SELECT 1 AS one")
    after = as_ana.get("/home").context

    assert [(one["title"], one["icon"]) for one in before["going"]] == [
        ("Bookings", "clock"),
        ("Flight delays", "play"),
    ]
    assert [(one["title"], one["icon"]) for one in after["going"]] == [
        ("Bookings", "clock"),
        ("Flight delays", "terminal"),
    ]
    assert [(one["title"], one["port"]) for one in after["ending"]] == [
        ("Flight delays", "curated")
    ]
    assert browser("sid").get("/home").context["going"] == []


def test_home_shows_what_is_new_and_hides_what_is_hidden(mesh, as_ana):
    DataProduct.objects.update(published_at=Now())

    assert sorted(one["key"] for one in as_ana.get("/home").context["new"]) == [BOOKINGS, FLIGHTS]


def test_home_shows_what_one_follows_and_may_see(mesh, ana, as_ana, browser):
    assert as_ana.get("/home").context["followed"] == []
    follow(ana, key=BOOKINGS)
    follow(ana, key=FLIGHTS)

    assert [one["key"] for one in as_ana.get("/home").context["followed"]] == [FLIGHTS, BOOKINGS]
    assert browser("sid").get("/home").context["followed"] == []
    DataProduct.objects.filter(key=FLIGHTS).update(scope="none")
    assert [one["key"] for one in as_ana.get("/home").context["followed"]] == [BOOKINGS]


def test_home_costs_the_same_for_few_products_as_for_many(
    mesh, apply, as_ana, django_assert_num_queries
):
    as_ana.get("/home")
    with django_assert_num_queries(14):
        as_ana.get("/home")
    apply(
        *(
            make.product(f"customer.extra-{n}", ports=[make.port(resource=f"c.t{n}")])
            for n in range(8)
        )
    )
    with django_assert_num_queries(14):
        as_ana.get("/home")


def test_a_domain_shows_its_products_owners_and_what_is_asked_of_it(mesh, ana, as_ana):
    asks.ask(ana, title="Weather", domain="flight-operations")
    shown = as_ana.get("/domains/flight-operations").context

    assert [one["key"] for one in shown["products"]] == [FLIGHTS]
    assert shown["people"] == [{"name": "Olaf Owner", "role": "product owner"}]
    assert [one.title for one in shown["asks"]] == ["Weather"]
    assert {one["label"]: one["value"] for one in shown["figures"]} == {
        "Products": 1,
        "DATSIS score": "not known yet",
        "Service levels": "not known yet",
        "Answers take": "not known yet",
    }
    assert as_ana.get("/domains/moon").status_code == 404


def test_domains_hang_below_one_another_and_hide_what_is_hidden(mesh, apply, as_ana, browser):
    apply(make.domain("loyalty", team="customer", parent="customer"))

    tree = as_ana.get("/domains").context["tree"]
    assert [(one["row"].slug, one["number"]) for one in tree] == [
        ("customer", 1),
        ("flight-operations", 1),
    ]
    assert [one["row"].slug for one in tree[0]["children"]] == ["loyalty"]
    assert [
        one["key"] for one in browser("petra").get("/domains/customer").context["products"]
    ] == [BOOKINGS, "customer.secret-plans"]
    assert as_ana.get("/domains/loyalty").context["crumbs"][1]["label"] == "Customer"


def test_the_palette_finds_ports_domains_people_and_searches(mesh, ana, as_ana, browser):
    save_search(ana, name="My flights", params="q=flight")

    assert labels(as_ana, "cura") == {
        "Ports": ["curated"],
        "Search": ["Search the market for “cura”"],
    }
    found = labels(as_ana, "flight")
    assert found["Data products"] == ["Flight delays"]
    assert found["Domains"] == ["Flight operations"]
    assert found["Kept searches"] == ["My flights"]
    assert labels(as_ana, "olaf")["People"] == ["Olaf Owner"]
    assert "Kept searches" not in labels(browser("sid"), "my fl")
    assert "Ports" not in labels(as_ana, "plans")


def test_the_palette_offers_what_the_reader_can_do(mesh, as_ana, as_olaf):
    assert labels(as_ana)["Actions"] == [
        "Ask for data that nobody offers",
        "Make a token",
        "Add a passkey",
        "Sign a browser out",
        "Add a webhook",
    ]
    assert "Describe a product" in labels(as_olaf)["Actions"]
    assert set(labels(Client(), "zz")) == set()
