"""The ask board, as each person meets it."""

import pytest
from django.test import Client

from catalog.actions import asks
from catalog.models import Ask
from subscriptions.models import SearchDay
from tests.marketplace.portal.conftest import FLIGHTS, part

pytestmark = pytest.mark.django_db


@pytest.fixture
def weather(mesh, ana) -> Ask:
    return asks.ask(ana, title="Weather at departure", columns=["wind"], query="weather has:wind")


def test_strangers_sign_in_first(weather):
    assert Client().get("/asks")["Location"] == "/accounts/login/?next=%2Fasks"
    assert Client().get(f"/asks/{weather.pk}").status_code == 302


def test_zero_results_lead_to_a_form_that_is_filled_in(mesh, as_ana):
    nothing = as_ana.get("/", {"q": "weather has:wind domain:customer"})
    assert 'href="/asks/new?q=weather%20has%3Awind%20domain%3Acustomer"' in nothing.content.decode()

    form = as_ana.get("/asks/new", {"q": "weather has:wind domain:customer"}).context["form"]

    filled = {name: form[name].value() for name in ("title", "columns", "domain", "query")}
    assert filled == {
        "title": "weather",
        "columns": "wind",
        "domain": "customer",
        "query": "weather has:wind domain:customer",
    }


def test_the_form_shows_what_exists_already(mesh, as_ana):
    answer = as_ana.get("/asks/new", {"q": "delays"})

    assert [one["key"] for one in answer.context["near"]] == [FLIGHTS]


def test_ana_asks_and_sid_votes_from_the_board_and_takes_it_back(mesh, as_ana, browser):
    answer = as_ana.post("/asks/new", {"title": "Weather", "columns": "wind, rain"})
    row = Ask.objects.get()
    assert answer["Location"] == f"/asks/{row.pk}"
    assert row.columns == ["wind", "rain"]

    sid = browser("sid")
    voted = sid.post(f"/asks/{row.pk}/vote", {"back": "board"}, follow=True)
    assert voted.redirect_chain == [("/asks", 302)]
    assert f'action="/asks/{row.pk}/unvote"' in voted.content.decode()
    assert 'data-key="z"' in voted.content.decode()
    sid.post(f"/asks/{row.pk}/unvote")
    assert Ask.objects.get().votes == 1


def test_a_wrong_form_comes_back_and_nothing_is_asked(mesh, as_ana):
    answer = as_ana.post("/asks/new", {"title": " "}, headers=part("dialog#drawer"))

    assert answer.status_code == 422
    assert not Ask.objects.exists()


def test_each_person_sees_the_moves_that_are_theirs(weather, as_ana, as_olaf, browser):
    def moves(client):
        page = client.get(f"/asks/{weather.pk}").content.decode()
        return [
            move
            for move in ("unvote", "vote", "claim", "answer", "close", "release", "reopen")
            if f"/{weather.pk}/{move}" in page
        ]

    assert moves(as_ana) == ["unvote", "close"]
    assert moves(as_olaf) == ["vote", "claim", "answer"]
    assert moves(browser("sid")) == ["vote"]
    assert moves(browser("gus")) == ["vote", "close"]


def test_an_answer_is_shown_to_those_who_may_see_it(weather, olaf, as_ana, mesh):
    asks.answer(olaf, ask_id=weather.pk, product=FLIGHTS, note="Since March.")
    seen = as_ana.get(f"/asks/{weather.pk}").content.decode()
    assert f'href="/products/{FLIGHTS}"' in seen
    assert "Since March." in seen

    product = mesh[FLIGHTS]
    product.scope = "team"
    product.save()
    hidden = as_ana.get(f"/asks/{weather.pk}").content.decode()
    assert FLIGHTS not in hidden
    assert "A product that is not offered to you." in hidden


def test_searches_in_vain_are_shown_without_what_may_name_a_person(mesh, as_ana, weather):
    from django.utils import timezone

    day = timezone.now().date()
    for text, found in (("zebra", 0), ("ana@example.org", 0), ("order 20391", 0), ("delays", 1)):
        SearchDay.objects.create(day=day, text=text, count=3, people=2, found=found)

    shown = as_ana.get("/asks").context["unmet"]

    assert [(one["term"].text, one["term"].count, one["href"]) for one in shown] == [
        ("zebra", 3, "/asks/new?q=zebra")
    ]


def test_an_unknown_move_and_an_unknown_ask_are_not_there(weather, as_ana):
    assert as_ana.post(f"/asks/{weather.pk}/burn").status_code == 404
    assert as_ana.get("/asks/018f0000-0000-7000-8000-000000000000").status_code == 404
    assert as_ana.get("/asks", {"show": "burnt"}).status_code == 404


def test_the_board_costs_the_same_for_one_ask_as_for_many(
    weather, ana, as_ana, django_assert_num_queries
):
    with django_assert_num_queries(7):
        as_ana.get("/asks")
    for number in range(12):
        asks.ask(ana, title=f"More {number}", domain="customer")
    with django_assert_num_queries(7):
        as_ana.get("/asks")
