"""The quality rules of the contracts are really measured on the warehouse."""

import pytest

from demo import descriptors
from demo.checks import Expectation, run_checks, status_of

BY_ID = {contract["id"]: contract for contract in descriptors.contracts()}


@pytest.fixture(scope="module")
def measured(warehouse_dsn):
    """Contract and rule -> result, on the sample."""
    results = run_checks(warehouse_dsn, descriptors.contracts())
    return {(result.contract_id, result.rule_id): result for result in results}


def test_every_table_contract_has_results_and_no_rule_fails_to_run(measured):
    tables = {contract["id"] for contract in BY_ID.values() if descriptors.is_table(contract)}

    assert {contract for contract, _rule in measured} == tables
    assert [key for key, result in measured.items() if result.status == "error"] == []


@pytest.mark.parametrize(
    ("contract", "rule", "status", "value"),
    [
        ("flight-delays-curated", "flight-unique", "pass", 0),
        ("flight-delays-curated", "required-present", "pass", 0),
        ("flight-delays-curated", "row-count", "fail", 8832),  # the sample is not the year
        ("flight-delays-curated", "outcome-outcome-known-value", "pass", 0),
        ("airports-curated", "row-count", "pass", 1458),
        ("airports-curated", "airport-code-unique", "pass", 0),
        ("airports-curated", "time_zone-time-zone-known", "pass", 0.2058),
        ("weather-hourly-curated", "wind_speed_mph-wind-speed-plausible", "warn", 1),
        ("weather-hourly-curated", "pressure_millibars-pressure-known", "warn", 10.4499),
        ("aircraft-curated", "year_manufactured-year-known", "pass", 2.1072),
        ("bookings-full", "card_last_four-card-has-form", "pass", 0),
    ],
)
def test_what_a_rule_measures(measured, contract, rule, status, value):
    result = measured[contract, rule]

    assert (result.status, result.measured) == (status, value)


def test_a_result_says_what_was_expected_and_by_whom_it_was_measured(measured):
    result = measured["weather-hourly-curated", "wind_speed_mph-wind-speed-plausible"]

    assert result.detail == "measured 1, expected = 0"
    assert result.source == "demo checks"
    assert result.checked_rows == 26115
    assert result.observed_at.tzinfo is not None


def test_a_rule_that_cannot_run_is_an_error_and_the_others_still_count(warehouse_dsn):
    contract = descriptors.read(
        descriptors.MESH / "airports-and-weather" / "airports" / "airports-curated.yaml"
    )
    contract["schema"][0]["quality"].insert(
        0,
        {
            "id": "broken",
            "name": "Broken",
            "dimension": "accuracy",
            "type": "sql",
            "query": "SELECT count(*) FROM {object} WHERE no_such_column",
            "mustBe": 0,
        },
    )

    results = {result.rule_id: result for result in run_checks(warehouse_dsn, [contract])}

    assert results["broken"].status == "error"
    assert results["broken"].measured is None
    assert results["broken"].detail == 'column "no_such_column" does not exist'
    assert results["row-count"].status == "pass"


def test_a_rule_cannot_write(warehouse_dsn):
    contract = descriptors.read(
        descriptors.MESH / "airports-and-weather" / "airports" / "airports-curated.yaml"
    )
    contract["schema"][0]["quality"] = [
        {
            "id": "writes",
            "name": "Writes",
            "dimension": "accuracy",
            "type": "sql",
            "query": "WITH gone AS (DELETE FROM {object} RETURNING 1) SELECT count(*) FROM gone",
            "mustBe": 0,
        }
    ]

    results = {result.rule_id: result for result in run_checks(warehouse_dsn, [contract])}

    assert results["writes"].status == "error"
    assert results["required-present"].checked_rows == 1458


@pytest.mark.parametrize(
    ("rule", "value", "holds", "words"),
    [
        ({"mustBe": 0}, 0, True, "= 0"),
        ({"mustBe": 0}, 1, False, "= 0"),
        ({"mustNotBe": 0}, 0, False, "<> 0"),
        ({"mustBeGreaterThan": 2}, 2, False, "> 2"),
        ({"mustBeGreaterOrEqualTo": 2}, 2, True, ">= 2"),
        ({"mustBeLessThan": 2}, 2, False, "< 2"),
        ({"mustBeLessOrEqualTo": 2.5}, 2.5, True, "<= 2.5"),
        ({"mustBeBetween": [1, 3]}, 3, True, "between 1 and 3"),
        ({"mustNotBeBetween": [1, 3]}, 3, False, "not between 1 and 3"),
    ],
)
def test_each_operator_of_the_standard(rule, value, holds, words):
    expectation = Expectation.of(rule)

    assert expectation.holds(value) is holds
    assert expectation.words() == words


def test_a_rule_without_operator_is_refused():
    with pytest.raises(ValueError, match="rule lost has no operator"):
        Expectation.of({"id": "lost"})


@pytest.mark.parametrize(
    ("severity", "status"), [("error", "fail"), ("warning", "warn"), ("info", "warn")]
)
def test_severity_decides_what_a_broken_rule_counts_as(severity, status):
    assert status_of(Expectation("=", 0), 5, severity) == status
    assert status_of(Expectation("=", 0), 0, severity) == "pass"
