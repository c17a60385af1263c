"""Which columns feed which: as jobs reported it, as far as one may know."""

import pytest

from catalog.actions.openlineage import receive
from catalog.models import ColumnEdge, LineageEvent
from catalog.queries import graph
from catalog.queries.lineage import column_flows
from marketplace.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db
NODE = "product/flight-operations.flight-delays"


def event(fields, **more):
    facet = {"fields": fields, **more}
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-03-01T08:00:00Z",
        "producer": "https://example.org",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
        "run": {"runId": "1"},
        "job": {"namespace": "n", "name": "load"},
        "inputs": [{"namespace": "w", "name": "raw.flights"}],
        "outputs": [
            {
                "namespace": "w",
                "name": "flight_operations.flights",
                "facets": {"columnLineage": facet},
            }
        ],
    }


def field(name, dataset="raw.flights", **more):
    steps = [{"type": "DIRECT", "subtype": "IDENTITY", **more}]
    return {"namespace": "w", "name": dataset, "field": name, "transformations": steps}


def words(actor):
    found = column_flows(actor, graph(actor, NODE))
    return [
        (f.source_name, f.source_column, f.target_name, f.target_column, f.transformation)
        for f in found
    ]


def test_columns_of_a_product_s_dataset_are_known(mesh, olaf, ana):
    fields = {"carrier": {"inputFields": [field("uniquecarrier", masking=True)]}}
    rows = [{"namespace": "w", "name": "raw.flights", "field": "year", "transformations": []}]
    receive(olaf, events=[event(fields, dataset=rows)])
    receive(olaf, events=[event(fields, dataset=rows)])

    assert words(ana) == [
        ("raw.flights", "year", "flight_operations.flights", "", ""),
        (
            "raw.flights",
            "uniquecarrier",
            "flight_operations.flights",
            "carrier",
            "DIRECT/IDENTITY",
        ),
    ]
    assert ColumnEdge.objects.get(target_column="carrier").masking
    assert ColumnEdge.objects.count() == 2


def test_columns_of_a_hidden_product_are_not_told(mesh, ana, petra):
    fields = {"carrier": {"inputFields": [field("zeppelin", dataset="customer.plans")]}}
    receive(SYSTEM, events=[event(fields)])

    assert words(ana) == []
    assert [one[1] for one in words(petra)] == ["zeppelin"]


@pytest.mark.parametrize(
    "facet",
    [
        {"fields": []},
        {"fields": {"carrier": 7}},
        {"fields": {"carrier": {"inputFields": [{"namespace": "w"}, 7]}}},
    ],
)
def test_a_facet_that_is_not_as_specified_is_kept_and_counts_nothing(mesh, olaf, facet):
    told = event({})
    told["outputs"][0]["facets"]["columnLineage"] = facet

    receive(olaf, events=[told])

    assert LineageEvent.objects.count() == 1
    assert not ColumnEdge.objects.exists()
