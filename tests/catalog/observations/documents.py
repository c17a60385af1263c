"""Reports in the form of each tool, small."""

from typing import Any


def dbt(*results: dict[str, Any], **about: Any) -> dict[str, Any]:
    """Give a run_results.json."""
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json",
            "dbt_version": "1.9.1",
            "generated_at": "2026-03-01T08:00:00.000000Z",
            **about,
        },
        "results": list(results or [dbt_test()]),
        "elapsed_time": 2.5,
    }


def dbt_test(**more: Any) -> dict[str, Any]:
    """Give one test of a run."""
    return {
        "unique_id": "test.airline.not_null_flights_carrier.5c86a04d9a",
        "status": "pass",
        "failures": 0,
        "message": None,
        "timing": [
            {
                "name": "execute",
                "started_at": "2026-03-01T07:59:57Z",
                "completed_at": "2026-03-01T07:59:58Z",
            }
        ],
        "compiled_code": 'select * from "warehouse"."flight_operations"."flights"\n'
        "where carrier is null",
        "relation_name": None,
        **more,
    }


def dbt_model(**more: Any) -> dict[str, Any]:
    """Give one model of a run."""
    return dbt_test(
        unique_id="model.airline.flights",
        status="success",
        relation_name='"warehouse"."flight_operations"."flights"',
        **more,
    )


def openlineage(*assertions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give an event with assertions about flight_operations.flights."""
    given = list(assertions or [{"assertion": "not_null", "success": True, "column": "carrier"}])
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-03-01T08:00:00Z",
        "producer": "https://example.org/checks",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
        "run": {"runId": "0190a0a0-0000-7000-8000-000000000001"},
        "job": {"namespace": "checks", "name": "nightly"},
        "inputs": [
            {
                "namespace": "postgres://warehouse:5432",
                "name": "warehouse.flight_operations.flights",
                "inputFacets": {"dataQualityAssertions": {"assertions": given}},
            }
        ],
        **more,
    }


def oors(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give results of the contract flight-delays-curated."""
    return {
        "apiVersion": "v0.8.1",
        "kind": "ObservabilityResults",
        "id": "run-1",
        "observedAt": "2026-03-01T08:00:00Z",
        "source": {"process": "nightly", "vendor": "Soda"},
        "contract": {"id": "flight-delays-curated", "version": "1.0.0"},
        "results": list(results or [oors_check()]),
        **more,
    }


def oors_check(**more: Any) -> dict[str, Any]:
    """Give one check."""
    return {
        "id": "carrier-known",
        "type": "check",
        "name": "Every carrier is known",
        "status": "fail",
        "relatesTo": "schema/flights/properties/carrier/quality/carrier-known",
        "severity": "error",
        "dimension": "conformity",
        "measure": {"value": 3, "threshold": 0, "rowCount": 336776, "failedRowCount": 3},
        **more,
    }


def datacontract(*checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give a run of datacontract test."""
    return {
        "runId": "0a1b",
        "dataContractId": "flight-delays-curated",
        "dataContractVersion": "1.0.0",
        "timestampStart": "2026-03-01T07:59:00+00:00",
        "timestampEnd": "2026-03-01T08:00:00+00:00",
        "result": "warning",
        "checks": list(checks or [datacontract_check()]),
        "logs": [],
        **more,
    }


def datacontract_check(**more: Any) -> dict[str, Any]:
    """Give one check of it."""
    return {
        "id": "6b4f",
        "key": "flights__carrier__field_required",
        "category": "quality",
        "type": "field_required",
        "name": "Check that field carrier has no missing values",
        "model": "flights",
        "field": "carrier",
        "engine": "soda",
        "result": "passed",
        "reason": None,
        **more,
    }
