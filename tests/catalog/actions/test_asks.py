"""Ask for data, vote, promise, answer, close; who hears of it."""

import pytest

from catalog.actions import asks
from catalog.models import Ask, AskVote
from marketplace.kernel.errors import ImpossibleMove, Invalid, NotAllowed, NotFound
from marketplace.kernel.events.models import Event
from subscriptions.models import NoticeRecipient

pytestmark = pytest.mark.django_db
DELAYS = "flight-operations.flight-delays"


@pytest.fixture
def weather(mesh, ana) -> Ask:
    return asks.ask(
        ana,
        title=" Weather at departure ",
        text="To tell late because of wind.",
        columns=["wind", " wind", "", "rain"],
        query="weather has:wind",
        domain="flight-operations",
    )


def told(name):
    rows = NoticeRecipient.objects.filter(user__username=name).order_by("notice_id")
    return list(rows.values_list("notice__type", "notice__title"))


def test_an_ask_has_its_authors_vote_and_the_domains_owners_hear(weather, deliver):
    deliver()

    assert (weather.title, weather.columns, weather.votes) == (
        "Weather at departure",
        ["wind", "rain"],
        1,
    )
    assert told("olaf") == [("ASK_WANTED", "Flight operations is asked for: Weather at departure")]
    assert told("ana") == told("petra") == []
    event = Event.objects.get(name="ask.opened")
    assert (event.subject, event.data["domain"]) == (f"ask/{weather.pk}", "flight-operations")


def test_a_vote_counts_once_and_can_be_taken_back(weather, sid):
    asks.vote(sid, ask_id=weather.pk)
    assert asks.vote(sid, ask_id=weather.pk).votes == 2
    assert asks.unvote(sid, ask_id=weather.pk).votes == 1
    assert asks.unvote(sid, ask_id=weather.pk).votes == 1

    assert Ask.objects.get().votes == AskVote.objects.count() == 1


def test_who_voted_hears_of_the_promise_and_of_the_answer(weather, sid, olaf, deliver):
    asks.vote(sid, ask_id=weather.pk)
    asks.claim(olaf, ask_id=weather.pk, team="flight-operations")
    deliver()
    asks.answer(olaf, ask_id=weather.pk, product=DELAYS, note="See the column wind.")
    deliver()
    deliver()

    promised, answered = "Promised: Weather at departure", "Answered: Weather at departure"
    assert told("sid") == [("ASK_CLAIMED", promised), ("ASK_ANSWERED", answered)]
    assert told("ana") == told("sid")
    row = Ask.objects.select_related("product", "team").get()
    assert (row.state, row.product.key, row.outcome) == ("answered", DELAYS, "See the column wind.")


def test_a_closed_ask_says_why_and_can_be_asked_again(weather, ana, gus, sid, deliver):
    with pytest.raises(Invalid):
        asks.close(gus, ask_id=weather.pk, note=" ")
    with pytest.raises(NotAllowed):
        asks.close(sid, ask_id=weather.pk, note="No.")
    assert Ask.objects.get().state == "open"

    asks.close(gus, ask_id=weather.pk, note="Sold by a third party.")
    deliver()
    assert told("ana") == [("ASK_CLOSED", "Closed: Weather at departure")]

    assert asks.reopen(ana, ask_id=weather.pk).state == "open"
    assert Ask.objects.get().outcome == ""


def test_promises_are_made_by_owners_for_their_own_team_and_given_back(weather, ana, olaf, petra):
    for actor, team in ((ana, "growth"), (petra, "flight-operations")):
        with pytest.raises(NotAllowed):
            asks.claim(actor, ask_id=weather.pk, team=team)
    asks.claim(olaf, ask_id=weather.pk, team="flight-operations")
    with pytest.raises(ImpossibleMove):
        asks.claim(petra, ask_id=weather.pk, team="customer")
    with pytest.raises(NotAllowed):
        asks.release(petra, ask_id=weather.pk)

    assert asks.release(olaf, ask_id=weather.pk).team is None


def test_nobody_answers_with_what_is_not_theirs_or_not_theirs_to_see(weather, petra, ana, olaf):
    for actor, key, refusal in (
        (ana, DELAYS, NotAllowed),
        (petra, DELAYS, NotAllowed),
        (olaf, "customer.secret-plans", NotFound),
    ):
        with pytest.raises(refusal):
            asks.answer(actor, ask_id=weather.pk, product=key)

    assert Ask.objects.get().state == "open"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"title": " "}, "/title"),
        ({"title": "x" * 121}, "/title"),
        ({"text": "a\x00b"}, "/text"),
        ({"text": "x" * 2001}, "/text"),
        ({"columns": [f"c{n}" for n in range(31)]}, "/columns"),
        ({"domain": "moon"}, "/domain"),
    ],
)
def test_a_wrong_ask_is_refused_with_its_place(mesh, ana, wrong, pointer):
    with pytest.raises(Invalid) as refused:
        asks.ask(ana, **{"title": "Weather", **wrong})

    assert refused.value.problems[0].pointer == pointer
    assert Ask.objects.count() == 0
