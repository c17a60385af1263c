"""Searches that people keep, and what those who watch one hear."""

import pytest

from catalog.actions import searches
from catalog.actions.products import deprecate, publish
from catalog.models import SavedSearch
from marketplace.kernel.errors import Duplicate, Invalid, NotFound
from subscriptions.models import NoticeRecipient
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db


def told(name):
    rows = NoticeRecipient.objects.filter(user__username=name, notice__type="SEARCH_MATCH")
    return list(rows.values_list("notice__title", flat=True))


def test_a_search_is_kept_clean_and_under_ones_own_name(mesh, ana, sid):
    kept = searches.save_search(ana, name=" My  delays ", params="q=delays&domain=&cursor=x&a=b")
    searches.save_search(sid, name="My delays", params="")

    assert (kept.name, kept.params, kept.alert) == ("My delays", "q=delays", False)
    with pytest.raises(Duplicate):
        searches.save_search(ana, name="My delays", params="")
    assert SavedSearch.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "x" * 81}, "/name"),
        ({"params": "q=fresh:yesterday"}, "/params"),
        ({"params": "score=900"}, "/score"),
    ],
)
def test_what_is_no_search_is_not_kept(mesh, ana, wrong, pointer):
    with pytest.raises(Invalid) as refused:
        searches.save_search(ana, **{"name": "A", "params": "q=a", **wrong})

    assert refused.value.problems[0].pointer == pointer
    assert not SavedSearch.objects.exists()


def test_one_changes_and_lets_go_only_ones_own(mesh, ana, sid):
    kept = searches.save_search(ana, name="A", params="q=delays")
    for run in (searches.change_search, searches.forget_search):
        with pytest.raises(NotFound):
            run(sid, search_id=kept.pk)

    assert searches.change_search(ana, search_id=kept.pk, alert=True).alert
    assert searches.forget_search(ana, search_id=kept.pk).params == "q=delays"
    assert not SavedSearch.objects.exists()


def test_a_watched_search_brings_a_notice_once_and_only_of_what_one_may_see(
    mesh, apply, people, deliver
):
    ana, sid, olaf = people["ana"], people["sid"], people["olaf"]
    searches.save_search(ana, name="Rain", params="q=rain&domain=flight-operations", alert=True)
    searches.save_search(sid, name="Quiet", params="q=rain", alert=False)
    searches.save_search(people["petra"], name="Snow", params="q=snow", alert=True)
    deliver()

    apply(
        make.product(
            "flight-operations.rain", purpose="Rain.", ports=[make.port(resource="f.rain")]
        ),
        make.product(
            "flight-operations.hidden-rain",
            purpose="Rain.",
            scope="team",
            ports=[make.port(resource="f.rain2")],
        ),
    )
    deliver()
    deprecate(olaf, key="flight-operations.rain", reason="A test.")
    publish(olaf, key="flight-operations.rain")
    deliver()

    assert told("ana") == ["Rain matches “Rain”"]
    assert told("sid") == told("petra") == []
