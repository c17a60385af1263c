"""What was measured comes in: once, checked, and told from checks where nobody said."""

from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.actions.quality import report_results, report_windows
from catalog.models import DataProduct, QualityResult, ServiceLevelWindow
from marketplace.kernel.errors import Invalid, NotAllowed, NotFound
from marketplace.kernel.events.models import Event

DELAYS = "flight-operations.flight-delays"
MORNING = datetime(2026, 3, 1, 8, tzinfo=UTC)


def result(**more):
    return {
        "check_key": "flights/not-null",
        "name": "No empty carrier",
        "dimension": "completeness",
        "status": "pass",
        "measured": {"value": 0, "rows": 336776},
        "observed_at": MORNING,
        "source": "dbt",
        **more,
    }


def days():
    return list(ServiceLevelWindow.objects.values_list("day", "state", "basis"))


def test_results_are_kept_once_and_told(mesh, olaf):
    both = [result(), result(check_key="flights/fresh", status="fail", port="curated")]

    assert report_results(olaf, key=DELAYS, results=both) == 2
    assert report_results(olaf, key=DELAYS, results=both) == 0

    assert QualityResult.objects.count() == 2
    assert QualityResult.objects.get(status="fail").port.name == "curated"
    told = Event.objects.filter(name="quality.reported").first()
    assert told.data == {"results": 2, "failed": 1, "source": "dbt"}
    assert (told.product, told.teams) == (DELAYS, ["flight-operations"])


@pytest.mark.parametrize(
    ("statuses", "state", "basis"),
    [
        (["pass", "pass"], "met", "from checks: 2 pass"),
        (["pass", "warn"], "at_risk", "from checks: 1 pass, 1 warn"),
        (["pass", "error"], "at_risk", "from checks: 1 error, 1 pass"),
        (["fail", "warn"], "breached", "from checks: 1 fail, 1 warn"),
        (["skip"], "unknown", "from checks: 1 skip"),
    ],
)
def test_a_day_is_told_from_its_checks(mesh, olaf, statuses, state, basis):
    rows = [result(check_key=f"c{i}", status=status) for i, status in enumerate(statuses)]

    report_results(olaf, key=DELAYS, results=rows)

    assert days() == [(date(2026, 3, 1), state, basis)]


def test_a_reported_day_is_not_overruled_by_checks(mesh, olaf):
    said = {"day": date(2026, 3, 1), "state": "met", "basis": "latency 3 h, objective 24"}
    report_windows(olaf, key=DELAYS, windows=[said])

    report_results(olaf, key=DELAYS, results=[result(status="fail")])

    assert days() == [(date(2026, 3, 1), "met", "latency 3 h, objective 24")]


def test_a_later_word_about_a_day_replaces_the_earlier(mesh, olaf):
    said = {"day": date(2026, 3, 1), "state": "met", "basis": "latency 3 h"}
    worse = {**said, "state": "breached", "basis": "latency 30 h"}

    report_windows(olaf, key=DELAYS, windows=[said, worse])

    assert days() == [(date(2026, 3, 1), "breached", "latency 30 h")]


def test_freshness_only_moves_forward(mesh, olaf):
    report_results(olaf, key=DELAYS, results=[result()], refreshed_at=MORNING)
    report_results(
        olaf,
        key=DELAYS,
        results=[result(check_key="b")],
        refreshed_at=MORNING - timedelta(days=1),
    )

    product = DataProduct.objects.get(key=DELAYS)
    assert product.refreshed_at == MORNING
    assert product.card["refreshed_at"] == MORNING.isoformat()


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"status": "passed"}, "/0/status", "unknown"),
        ({"dimension": "beauty"}, "/0/dimension", "unknown"),
        ({"port": "nowhere"}, "/0/port", "unknown-port"),
        ({"observed_at": datetime(2026, 1, 1)}, "/0/observed_at", "no-moment"),  # noqa: DTZ001
        ({"observed_at": "today"}, "/0/observed_at", "no-moment"),
        ({"check_key": ""}, "/0/check_key", "wrong-text"),
        ({"name": "n" * 201}, "/0/name", "wrong-text"),
        ({"source": None}, "/0/source", "wrong-text"),
    ],
)
def test_a_wrong_result_is_refused_with_its_place(mesh, olaf, wrong, pointer, code):
    with pytest.raises(Invalid) as refused:
        report_results(olaf, key=DELAYS, results=[result(**wrong), result()])

    assert [(e["pointer"], e["code"]) for e in refused.value.facts["errors"]] == [(pointer, code)]
    assert not QualityResult.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"day": "2026"}, {"state": "fine"}, {"basis": " "}, {"basis": None}]
)
def test_a_wrong_day_is_refused(mesh, olaf, wrong):
    said = {"day": date(2026, 3, 1), "state": "met", "basis": "latency", **wrong}

    with pytest.raises(Invalid):
        report_windows(olaf, key=DELAYS, windows=[said])

    assert days() == []


@pytest.mark.parametrize("number", [0, 5001])
def test_too_many_and_none_are_refused(mesh, olaf, number):
    with pytest.raises(Invalid):
        report_results(olaf, key=DELAYS, results=[result()] * number)


@pytest.mark.parametrize("who", ["ana", "petra", "sid", "gus"])
def test_others_report_nothing(mesh, people, who):
    with pytest.raises(NotAllowed):
        report_results(people[who], key=DELAYS, results=[result()])

    assert not QualityResult.objects.exists()


def test_a_hidden_product_is_not_there(mesh, sid):
    with pytest.raises(NotFound):
        report_results(sid, key="customer.secret-plans", results=[result()])
