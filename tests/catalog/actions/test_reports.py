"""Reports of tools are taken whole, once, and only for one's own product."""

from datetime import UTC, date, datetime

import pytest

from catalog.actions.openlineage import receive
from catalog.actions.quality import report_levels
from catalog.actions.reports import Taken, named_port, take_report
from catalog.models import (
    DataProduct,
    LineageEvent,
    QualityResult,
    ServiceLevelDay,
    ServiceLevelWindow,
)
from catalog.observations.base import LevelDay
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound
from marketplace.kernel.events.models import Event
from tests.catalog.observations import documents as make

DELAYS = "flight-operations.flight-delays"
BOOKINGS = "customer.bookings"
DAY = date(2026, 3, 1)


def level(**more):
    return LevelDay(
        **{"property": "latency", "day": DAY, "state": "met", "source": "nightly", **more}
    )


def test_a_report_is_kept_once_and_told(mesh, olaf):
    first = take_report(olaf, key=DELAYS, document=make.dbt(make.dbt_test(), make.dbt_model()))
    again = take_report(olaf, key=DELAYS, document=make.dbt(make.dbt_test(), make.dbt_model()))

    renewed = datetime(2026, 3, 1, 7, 59, 58, tzinfo=UTC)
    assert first == Taken("dbt", results=1, new=1, passed_over=0, days=0, refreshed_at=renewed)
    assert again == Taken("dbt", results=1, new=0, passed_over=0, days=0, refreshed_at=renewed)
    kept = QualityResult.objects.get()
    assert (kept.port.name, kept.status, kept.source) == ("curated", "pass", "dbt 1.9.1")
    assert DataProduct.objects.get(key=DELAYS).refreshed_at == renewed
    told = Event.objects.filter(name="quality.reported").last()
    assert told.data == {"results": 1, "failed": 0, "source": "dbt"}


def test_results_about_others_are_passed_over_and_counted(mesh, olaf):
    other = make.dbt_test(
        unique_id="test.airline.unique_bookings.1", compiled_code="select 1 from customer.bookings"
    )

    taken = take_report(olaf, key=DELAYS, document=make.dbt(make.dbt_test(), other))

    assert (taken.results, taken.passed_over) == (1, 1)
    assert QualityResult.objects.count() == 1


def test_a_report_about_others_alone_is_refused(mesh, petra):
    with pytest.raises(Invalid) as refused:
        take_report(petra, key=BOOKINGS, document=make.dbt())

    assert [one.code for one in refused.value.problems] == ["another-product"]
    assert not QualityResult.objects.exists()


def test_one_wrong_result_refuses_the_whole_report(mesh, olaf):
    document = make.dbt(make.dbt_test(), make.dbt_test(status="fine"))

    with pytest.raises(Invalid) as refused:
        take_report(olaf, key=DELAYS, document=document)

    assert [(one.pointer, one.code) for one in refused.value.problems] == [
        ("/results/1/status", "unknown")
    ]
    assert not QualityResult.objects.exists()
    assert not Event.objects.filter(name="quality.reported").exists()


def test_a_contract_brings_its_results_to_its_port(mesh, olaf):
    taken = take_report(olaf, key=DELAYS, document=make.oors())

    kept = QualityResult.objects.get()
    assert (taken.new, kept.port.name, kept.measured["failed"]) == (1, "curated", 3)
    assert ServiceLevelWindow.objects.get().basis == "from checks: 1 fail"


def test_a_contract_of_another_product_is_refused(mesh, petra):
    for document in (make.oors(), make.datacontract()):
        with pytest.raises(Invalid) as refused:
            take_report(petra, key=BOOKINGS, document=document)
        assert [one.code for one in refused.value.problems] == ["another-contract"]

    assert not QualityResult.objects.exists()


def test_a_port_can_be_named_and_has_to_be_there(mesh, olaf):
    nameless = make.dbt(make.dbt_test(compiled_code=None))

    take_report(olaf, key=DELAYS, document=nameless, port="curated")
    with pytest.raises(Invalid):
        take_report(olaf, key=DELAYS, document=nameless, port="nowhere")

    assert QualityResult.objects.get().port.name == "curated"


@pytest.mark.parametrize("who", ["ana", "petra", "gus"])
def test_others_report_nothing(mesh, people, who):
    with pytest.raises(NotAllowed):
        take_report(people[who], key=DELAYS, document=make.dbt())

    assert not QualityResult.objects.exists()


def test_a_hidden_product_is_not_there(mesh, sid):
    with pytest.raises(NotFound):
        take_report(sid, key="customer.secret-plans", document=make.dbt())


def test_a_product_s_day_is_as_bad_as_its_worst_promise(mesh, olaf):
    levels = [
        level(value=30.0, objective="24", unit="h", state="breached"),
        level(property="availability", value=99.9, objective="99.5", unit="%"),
    ]

    assert report_levels(olaf, key=DELAYS, levels=levels) == 2
    report_levels(olaf, key=DELAYS, levels=[level(property="availability", state="at_risk")])

    assert ServiceLevelDay.objects.count() == 2
    day = ServiceLevelWindow.objects.get()
    assert (day.state, day.basis) == ("breached", "latency 30 h, objective 24 h; nightly")


def test_a_later_word_about_a_promise_replaces_the_earlier(mesh, olaf):
    report_levels(olaf, key=DELAYS, levels=[level(state="breached")])
    report_levels(olaf, key=DELAYS, levels=[level()])

    assert ServiceLevelWindow.objects.get().state == "met"
    with pytest.raises(Invalid):
        report_levels(olaf, key=DELAYS, levels=[])


def test_an_openlineage_event_brings_quality_to_its_owner_s_product(mesh, olaf):
    receive(olaf, events=[make.openlineage()])
    receive(olaf, events=[make.openlineage()])

    kept = QualityResult.objects.get()
    assert (kept.product.key, kept.port.name, kept.status) == (DELAYS, "curated", "pass")


def test_an_event_of_a_stranger_is_taken_but_judges_nobody(mesh, petra):
    receive(petra, events=[make.openlineage()])

    assert LineageEvent.objects.count() == 1
    assert not QualityResult.objects.exists()


def test_an_event_whose_facets_cannot_be_read_is_taken_all_the_same(mesh, olaf):
    receive(olaf, events=[make.openlineage({"assertion": 7, "success": "maybe"})])

    assert LineageEvent.objects.count() == 1
    assert not QualityResult.objects.exists()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("select 1 from flight_operations.flights", True),
        ('"w"."flight_operations"."flights"', True),
        ("select 1 from flight_operations.flights_old", False),
        ("select 1 from old_flight_operations.flights", False),
    ],
)
def test_a_relation_is_named_only_as_a_whole(curated, text, named):
    assert (named_port([curated], [text]) is not None) is named
