"""The demo's history is labelled, the same in each run, and coherent with what is real."""

from datetime import date

import pytest

from demo import descriptors, history, story
from demo.checks import run_checks

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def results(warehouse_dsn):
    """What was really measured, on the sample."""
    return run_checks(warehouse_dsn, descriptors.contracts())


def test_quality_history_covers_thirty_days_before_today_and_is_labelled(results):
    past = history.quality_history(results, today=TODAY)

    assert len(past) == 30 * len(results)
    assert {result.source for result in past} == {"demo history (synthetic)"}
    assert min(result.observed_at.date() for result in past) == date(2026, 10, 22)
    assert max(result.observed_at.date() for result in past) == date(2026, 11, 20)


def test_quality_history_mostly_repeats_what_was_measured(results):
    today = {(result.contract_id, result.rule_id): result for result in results}
    past = history.quality_history(results, today=TODAY)

    same = sum(
        result.measured == today[result.contract_id, result.rule_id].measured for result in past
    )

    assert 0.95 < same / len(past) < 1


def test_every_status_of_the_past_follows_from_its_value(results):
    for result in history.quality_history(results, today=TODAY):
        assert (result.status == "pass") is result.expectation.holds(result.measured)


def test_service_levels_agree_with_their_objective():
    days = history.service_levels(descriptors.contracts(), today=TODAY)

    assert len(days) == 23 * 2 * 30
    assert {day.state for day in days} == {"met", "at_risk", "breached"}
    for day in days:
        kept = (
            day.value >= day.objective
            if day.property == "availability"
            else day.value <= day.objective
        )
        assert kept is (day.state != "breached")


def test_only_those_with_an_agreement_use_a_port():
    days = history.usage(story.AGREEMENTS, today=TODAY)
    holders = {}
    for agreement in story.AGREEMENTS:
        key = (agreement.product, agreement.port)
        holders[key] = holders.get(key, 0) + 1

    assert {(day.product, day.port) for day in days} == set(holders)
    assert all(0 <= day.consumers <= holders[day.product, day.port] for day in days)
    assert all((day.queries == 0) == (day.consumers == 0) for day in days)


def test_weekends_are_quieter():
    days = history.usage(story.AGREEMENTS, today=TODAY)
    week = [day.queries for day in days if day.day.weekday() < 5]
    weekend = [day.queries for day in days if day.day.weekday() >= 5]

    assert sum(weekend) / len(weekend) < sum(week) / len(week) / 2


def test_history_is_the_same_in_each_run(results):
    contracts = descriptors.contracts()

    assert history.quality_history(results, today=TODAY) == history.quality_history(
        results, today=TODAY
    )
    assert history.service_levels(contracts, today=TODAY) == history.service_levels(
        contracts, today=TODAY
    )
    assert history.usage(story.AGREEMENTS, today=TODAY) == history.usage(
        story.AGREEMENTS, today=TODAY
    )
