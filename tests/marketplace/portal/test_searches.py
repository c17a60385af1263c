"""Searches that are kept from the market; lists as code; a look from the list."""

import pytest
import yaml
from django.test import Client

from catalog.models import SavedSearch
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS, part

pytestmark = pytest.mark.django_db


def test_ana_keeps_what_she_searches_and_undoes_it(mesh, as_ana):
    page = as_ana.get("/", {"q": "delays", "domain": "flight-operations"}).content.decode()
    assert 'href="/searches/new?q=delays&amp;domain=flight-operations"' in page
    form = as_ana.get("/searches/new?q=delays&domain=flight-operations")
    assert form.context["form"]["name"].value() == "delays, flight-operations"

    kept = as_ana.post(
        "/searches/new?q=delays&domain=flight-operations",
        {"name": "Late", "alert": "on"},
        follow=True,
    )
    row = SavedSearch.objects.get()
    assert kept.redirect_chain == [("/?q=delays&domain=flight-operations", 302)]
    assert (row.name, row.params, row.alert) == (
        "Late",
        "q=delays&domain=flight-operations",
        True,
    )
    assert f'action="/searches/{row.pk}/go"' in kept.content.decode()

    gone = as_ana.post(f"/searches/{row.pk}/go", follow=True)
    assert not SavedSearch.objects.exists()
    back = next(m.extra_tags for m in gone.context["messages"]).removeprefix("undo:")
    as_ana.post(back)
    again = SavedSearch.objects.get()
    assert (again.name, again.params, again.alert) == (row.name, row.params, True)


def test_a_search_with_a_wrong_filter_is_not_kept(mesh, as_ana):
    answer = as_ana.post("/searches/new?q=fresh:yesterday", {"name": "A"})

    assert answer.status_code == 422
    assert "fresh: takes a number and m, h, d or w" in answer.content.decode()
    assert not SavedSearch.objects.exists()


def test_watching_can_be_turned_on_and_off_and_others_cannot(mesh, as_ana, browser):
    as_ana.post("/searches/new?q=late", {"name": "Late"})
    row = SavedSearch.objects.get()
    assert browser("sid").post(f"/searches/{row.pk}/watch").status_code == 404
    as_ana.post(f"/searches/{row.pk}/watch")
    assert SavedSearch.objects.get().alert
    as_ana.post(f"/searches/{row.pk}/unwatch")
    assert not SavedSearch.objects.get().alert
    assert browser("sid").get("/settings/searches").context["searches"] == []


def test_a_list_as_code_has_the_filters_of_the_page(mesh, as_ana):
    answer = as_ana.get("/show-as/products?q=pii:no&score=10", headers=part("dialog#drawer"))
    texts = {one["title"]: one["text"] for one in answer.context["snippets"]}

    assert "/api/v1/products?q=pii:no&score=10'" in texts["curl"]
    assert "/api/v1/products?q=pii:no&score=10'" in texts["Python"]
    assert as_ana.get("/show-as/secrets").status_code == 404


def test_a_quote_in_a_search_does_not_leave_the_quotes_of_the_shell(mesh, as_ana):
    answer = as_ana.get("/show-as/products", {"q": "'; rm -rf ~ #"})
    call = answer.context["snippets"][0]["text"]

    assert call.count("'") == 4
    assert "%27" in call


@pytest.mark.parametrize("name", ["products", "asks", "notices", "saved-searches", "domains"])
def test_the_yaml_is_the_apis_own_answer_for_the_reader(mesh, as_ana, name):
    answer = as_ana.get(f"/show-as/{name}.yaml")
    read = yaml.safe_load(answer.content)

    assert answer["Content-Type"] == "application/yaml; charset=utf-8"
    assert "results" in read
    if name == "products":
        assert sorted(one["key"] for one in read["results"]) == [BOOKINGS, FLIGHTS]


def test_the_yaml_of_nobody_is_refused(mesh):
    assert Client().get("/show-as/asks.yaml").status_code in (302, 401)


def test_a_look_shows_meaning_ports_and_columns_and_only_to_readers(mesh, as_ana, browser):
    shown = as_ana.get(f"/products/{FLIGHTS}/peek", headers=part("dialog#drawer"))

    page = shown.content.decode()
    assert "One row." in page
    assert "<code>carrier</code>" in page
    assert as_ana.get("/products/customer.secret-plans/peek").status_code == 404


@pytest.mark.parametrize(
    ("who", "path", "place"),
    [
        ("olaf", f"consumers?of={FLIGHTS}", f"/api/v1/products/{FLIGHTS}/consumers'"),
        ("olaf", f"service-levels?of={FLIGHTS}", f"/api/v1/products/{FLIGHTS}/service-levels'"),
        ("pia", "drift?kind=excess", "/api/v1/drift?kind=excess'"),
        ("pia", "platforms", "/api/v1/platforms'"),
        ("gus", "audit", "/api/v1/audit'"),
    ],
)
def test_lists_of_the_consoles_are_shown_as_code(mesh, browser, who, path, place):
    shown = browser(who).get(f"/show-as/{path}")
    name, _, query = path.partition("?")
    read = yaml.safe_load(browser(who).get(f"/show-as/{name}.yaml?{query}").content)

    assert place in shown.context["snippets"][0]["text"]
    assert "results" in read or "objectives" in read


def test_a_list_below_a_thing_needs_the_thing(mesh, as_ana):
    for path in ("consumers", "consumers?of=../../me", "deliveries?of=a b"):
        assert as_ana.get(f"/show-as/{path}").status_code == 404


def test_what_the_shell_of_the_server_says_stands_beside(mesh, browser):
    snippets = browser("pia").get("/show-as/orders").context["snippets"]

    assert snippets[-1] == {"title": "Command line", "text": "python manage.py orders list"}
