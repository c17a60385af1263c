"""What each tool writes is read into one form; what is wrong is told by its place."""

from datetime import UTC, date, datetime

import pytest

from catalog.observations.base import LevelDay, Observation, Renewal, Unreadable
from catalog.observations.reading import read
from tests.catalog.observations import documents as make

EIGHT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def only(document):
    report = read(document)
    assert len(report.observations) == 1
    return report.observations[0]


def test_dbt_tests_are_checks_and_models_say_that_data_is_new():
    report = read(make.dbt(make.dbt_test(status="fail", failures=2), make.dbt_model()))

    assert report.format == "dbt"
    assert report.observations == (
        Observation(
            check_key="dbt/airline.not_null_flights_carrier.5c86a04d9a",
            name="not_null_flights_carrier",
            status="fail",
            observed_at=datetime(2026, 3, 1, 7, 59, 58, tzinfo=UTC),
            source="dbt 1.9.1",
            dimension="completeness",
            measured={"failed": 2},
            datasets=(
                'select * from "warehouse"."flight_operations"."flights"\nwhere carrier is null',
            ),
        ),
    )
    assert report.renewals == (
        Renewal(
            '"warehouse"."flight_operations"."flights"',
            datetime(2026, 3, 1, 7, 59, 58, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [("warn", "warn"), ("error", "error"), ("skipped", "skip"), ("runtime error", "error")],
)
def test_dbt_says_how_a_test_went_in_words_of_its_own(word, status):
    assert only(make.dbt(make.dbt_test(status=word, timing=[]))).status == status


def test_a_singular_test_of_dbt_has_no_hash_and_older_files_call_the_sql_otherwise():
    one = make.dbt_test(unique_id="test.airline.flights_after_1903", compiled_sql="select 1")
    del one["compiled_code"]

    found = only(make.dbt(one))

    assert (found.name, found.dimension, found.datasets) == (
        "flights_after_1903",
        "",
        ("select 1",),
    )


def test_openlineage_assertions_are_checks_of_their_dataset():
    found = read(
        make.openlineage(
            {"assertion": "not_null", "success": True, "column": "carrier"},
            {"assertion": "row_count", "success": False, "severity": "warn", "actual": "7"},
        )
    ).observations

    assert [(one.check_key, one.status, one.dimension, one.measured) for one in found] == [
        (
            "warehouse.flight_operations.flights/carrier/not_null",
            "pass",
            "completeness",
            {"column": "carrier"},
        ),
        (
            "warehouse.flight_operations.flights/row_count",
            "warn",
            "",
            {"severity": "warn", "value": "7"},
        ),
    ]
    assert found[0].datasets == ("warehouse.flight_operations.flights",)
    assert found[0].source == "openlineage nightly"


def test_the_test_run_facet_of_openlineage_is_read():
    tests = [{"name": "fresh", "status": "fail", "expected": "24", "actual": "31"}]
    event = make.openlineage(
        inputs=[],
        outputs=[{"namespace": "w", "name": "flight_operations.flights"}],
        run={"runId": "1", "facets": {"testRun": {"tests": tests}}},
    )

    report = read(event)

    assert [(one.name, one.status, one.measured) for one in report.observations] == [
        ("fresh", "fail", {"value": "31", "threshold": "24"})
    ]
    assert report.renewals == (Renewal("flight_operations.flights", EIGHT),)


def test_oors_names_contract_column_and_figures():
    report = read(make.oors())

    assert report.contract == "flight-delays-curated"
    assert report.observations == (
        Observation(
            check_key="flight-delays-curated/carrier-known",
            name="Every carrier is known",
            status="fail",
            observed_at=EIGHT,
            source="Soda",
            dimension="conformity",
            measured={
                "column": "carrier",
                "severity": "error",
                "value": 3,
                "threshold": 0,
                "rows": 336776,
                "failed": 3,
            },
        ),
    )


def test_oors_tells_how_a_promise_was_kept():
    late = make.oors_check(
        id="latency",
        status="warn",
        relatesTo="slaProperties/latency",
        measure={"value": 20.5, "threshold": 24, "unit": "h"},
    )

    assert read(make.oors(late)).levels == (
        LevelDay("latency", date(2026, 3, 1), "at_risk", "Soda", 20.5, "24", "h"),
    )


def test_datacontract_cli_tells_checks_and_service_levels():
    level = make.datacontract_check(
        category="servicelevel", type="servicelevel_freshness", result="failed"
    )

    report = read(make.datacontract(make.datacontract_check(reason="all  there"), level))

    assert [(one.check_key, one.status, one.measured) for one in report.observations] == [
        (
            "flight-delays-curated/flights__carrier__field_required",
            "pass",
            {"column": "carrier", "detail": "all there"},
        )
    ]
    assert report.levels == (
        LevelDay("freshness", date(2026, 3, 1), "breached", "datacontract-cli soda"),
    )


def test_a_long_key_stays_apart_from_its_neighbour():
    name = "test.airline." + "x" * 300
    found = read(
        make.dbt(make.dbt_test(unique_id=f"{name}1"), make.dbt_test(unique_id=f"{name}2"))
    ).observations

    assert len({one.check_key for one in found}) == 2
    assert {len(one.check_key) for one in found} == {160}


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ([], [("", "not-an-object")]),
        ({}, [("", "unknown-format")]),
        ({"kind": "DataProduct"}, [("", "unknown-format")]),
        (make.dbt(dbt_schema_version="https://x/dbt/manifest/v12.json"), "version"),
        (make.dbt(dbt_schema_version="https://x/dbt/run-results/v3.json"), "version"),
        (make.dbt(make.dbt_test(status="fine")), [("/results/0/status", "unknown")]),
        (make.dbt(make.dbt_test(unique_id=7)), [("/results/0/unique_id", "not-a-text")]),
        ({**make.dbt(), "results": {}}, [("/results", "not-a-list")]),
        ({**make.dbt(), "results": [7]}, [("/results/0", "not-an-object")]),
        ({**make.dbt(), "results": []}, [("", "no-results")]),
        (make.dbt(generated_at="yesterday"), [("/metadata/generated_at", "no-moment")]),
        (
            make.openlineage({"assertion": "x", "success": "yes"}),
            [
                (
                    "/inputs/0/inputFacets/dataQualityAssertions/assertions/0/success",
                    "not-a-flag",
                )
            ],
        ),
        (make.oors(make.oors_check(status="ok")), [("/results/0/status", "unknown")]),
        (make.oors(make.oors_check(id="")), [("/results/0/id", "required")]),
        (
            make.datacontract(make.datacontract_check(result="meh")),
            [("/checks/0/result", "unknown")],
        ),
        (make.oors(observedAt="2026-03-01T99:00:00Z"), [("/observedAt", "no-moment")]),
        (make.oors(make.oors_check(name="a\x00b")), [("/results/0/name", "not-a-text")]),
    ],
)
def test_what_is_wrong_is_told_by_its_place(document, places):
    if places == "version":
        places = [("/metadata/dbt_schema_version", "unknown-version")]

    with pytest.raises(Unreadable) as refused:
        read(document)

    assert [(one.pointer, one.code) for one in refused.value.problems] == places


def test_every_wrong_place_is_told_at_once():
    with pytest.raises(Unreadable) as refused:
        read(make.oors(make.oors_check(status="ok"), make.oors_check(id=None)))

    assert [one.pointer for one in refused.value.problems] == [
        "/results/0/status",
        "/results/1/id",
    ]


def test_a_format_can_be_named_and_an_unknown_one_is_refused():
    assert read(make.oors(kind=None), "oors").format == "oors"
    with pytest.raises(Unreadable):
        read(make.oors(), "soda")
