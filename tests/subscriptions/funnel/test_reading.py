"""Days and journeys, made of marks and facts; figures with their basis."""

from datetime import timedelta

import pytest
from django.utils import timezone

from subscriptions.actions import lab
from subscriptions.funnel import daily, marks, reading
from subscriptions.models import (
    AccessAgreement,
    FunnelDay,
    FunnelMark,
    Journey,
    LabRun,
    SearchDay,
)
from subscriptions.models.funnel import FunnelStep

pytestmark = pytest.mark.django_db
FLIGHTS = "flight-operations.flight-delays"


def mark(seconds_ago, step, actor="ana", **facts):
    return FunnelMark.objects.create(
        at=timezone.now() - timedelta(seconds=seconds_ago), step=step, actor=actor, **facts
    )


def test_letters_typed_in_a_row_are_one_search(mesh):
    product = mesh[FLIGHTS]
    for ago, text, found in ((20, "del", 2), (19, "delay", 2), (18, "delays", 1)):
        mark(ago, "search", text=text, found=found)
    mark(12, "view", product=product)
    mark(5, "search", text="zeppelin", found=0)

    daily.make_days()

    assert set(SearchDay.objects.values_list("text", "product", "count", "people", "found")) == {
        ("delays", None, 1, 1, 1),
        ("delays", product.pk, 1, 1, 1),
        ("zeppelin", None, 1, 1, 0),
    }
    (nothing,) = reading.terms_without_result()
    assert (nothing.text, nothing.count, nothing.found) == ("zeppelin", 1, 0)
    assert [term.text for term in reading.terms_that_led([product.pk])] == ["delays"]
    assert [term.text for term in reading.terms()] == ["delays", "zeppelin"]


def test_a_search_that_found_nothing_led_nowhere(mesh):
    product = mesh[FLIGHTS]
    mark(20, "search", text="zeppelin", found=0)
    mark(12, "view", product=product)

    daily.make_days()

    assert reading.terms_that_led([product.pk]) == []
    assert [term.text for term in reading.terms_without_result()] == ["zeppelin"]


def test_making_the_days_again_gives_the_same(mesh):
    mark(30, "search", text="delays", found=1)
    mark(20, "view", product=mesh[FLIGHTS])
    mark(10, "view", product=mesh[FLIGHTS], actor="sid")

    daily.make_days()
    before = list(FunnelDay.objects.order_by("step", "product").values())
    daily.make_days()

    assert list(FunnelDay.objects.order_by("step", "product").values()) == before
    looked = FunnelDay.objects.get(step="view", product=mesh[FLIGHTS])
    assert (looked.count, looked.people) == (2, 2)


@pytest.mark.slow
def test_a_journey_goes_from_the_search_of_the_sitting_to_the_first_rows(
    platform, ask_curated, work, ana
):
    asked = ask_curated()
    mark(5 * 3600, "search", text="weather", found=1)  # another sitting
    first = mark(1500, "search", text="delays", found=1)
    looked = mark(60, "view", product_id=asked.port.product_id)
    work()
    agreement = AccessAgreement.objects.get(request=asked)
    lab.run(ana, agreement_id=agreement.pk, sql=f"SELECT 1 FROM {agreement.port.relation}")
    work()

    journey = Journey.objects.get()
    run = LabRun.objects.get()
    assert (journey.actor, journey.product_id) == ("ana", asked.port.product_id)
    assert (journey.searched_at, journey.viewed_at) == (first.at, looked.at)
    assert (journey.asked_at, journey.by_policy) == (asked.created_at, True)
    assert journey.first_rows_at >= run.created_at
    promise = reading.promise(instant=True)
    assert promise.basis == reading.Basis(n=1, days=90)
    assert promise.median_seconds == (journey.first_rows_at - first.at).total_seconds()
    assert 1500 < promise.median_seconds < 1600
    assert reading.request_to_rows().median_seconds < 100
    assert reading.journeys_of(ana)[0].pk == agreement.pk


def test_without_a_journey_nothing_is_promised(mesh, ana):
    assert reading.promise() is None
    assert reading.request_to_rows() is None
    assert reading.journeys_of(ana) == []


def test_the_funnel_counts_each_step(mesh, ask_curated, ask_full, ana):
    product = mesh[FLIGHTS]
    mark(30, "search", text="delays", found=1)
    mark(20, "view", product=product)
    ask_curated()
    ask_full()

    daily.make_days()

    def counts(**of):
        return {step.step: step.count for step in reading.funnel(**of).steps}

    none = {"prove": 0, "query": 0}
    assert counts() == {"search": 1, "view": 1, "request": 2, "approve": 1, **none}
    assert counts(products=[product.pk]) == {
        "search": 1,
        "view": 1,
        "request": 1,
        "approve": 1,
        **none,
    }
    assert counts(products=[]) == dict.fromkeys(FunnelStep.values, 0)
    asked = reading.per_day(FunnelStep.REQUEST, days=3)
    assert [count for _, count in asked] == [0, 0, 2]


def test_old_marks_are_forgotten_and_their_days_stay(mesh, settings):
    mark(10, "search", text="new", found=1)
    mark(40 * 86400, "search", text="old", found=1)
    SearchDay.objects.create(
        day=timezone.now().date() - timedelta(days=40), text="old", count=1, people=1, found=1
    )

    assert daily.forget() == 1

    assert [one.text for one in FunnelMark.objects.all()] == ["new"]
    assert [one.text for one in SearchDay.objects.all()] == ["old"]
    assert marks.flush() == 0
