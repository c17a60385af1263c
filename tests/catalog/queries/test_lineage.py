"""The graph: level by level, capped, and hidden products are neither in it nor counted."""

import pytest

from catalog.actions.lineage import draw_granted
from catalog.actions.openlineage import receive
from catalog.models import DataProduct, LineageEdge, LineageNode
from catalog.queries import graph, lineage_of
from marketplace.kernel.actors import NOBODY, SYSTEM
from marketplace.kernel.errors import NotFound
from tests.factories import descriptors as make

DELAYS = "product/flight-operations.flight-delays"
BOOKINGS = "product/customer.bookings"
SECRET = "product/customer.secret-plans"
REPORT = "product/customer.report"


def names(found):
    return {node.id: node.level for node in found.nodes}


@pytest.fixture
def fed(apply, mesh):
    """Delays and the secret plans feed a report; bookings feed the secret plans; growth reads."""
    apply(
        make.product(
            "customer.report",
            inputs=["flight-delays-curated", "plans"],
            ports=[make.port("r", resource="customer.report")],
        ),
        make.product(
            "customer.secret-plans",
            scope="team",
            version="1.1.0",
            inputs=["bookings-full"],
            ports=[make.port("plans", contract="plans", resource="customer.plans")],
        ),
    )
    draw_granted(
        SYSTEM,
        product_key="customer.report",
        kind="team",
        key="growth",
        name="Growth",
        reason="agreement 1",
    )


def test_declared_and_granted_edges_make_the_graph(fed, petra):
    found = graph(petra, REPORT)

    assert names(found) == {REPORT: 0, DELAYS: -1, SECRET: -1, BOOKINGS: -2, "team/growth": 1}
    assert {(e.source, e.target, e.kind, e.reason) for e in found.edges} == {
        (BOOKINGS, SECRET, "declared", "contract bookings-full"),
        (SECRET, REPORT, "declared", "contract plans"),
        (REPORT, "team/growth", "granted", "agreement 1"),
        (DELAYS, REPORT, "declared", "contract flight-delays-curated"),
    }
    assert (found.total_nodes, found.truncated) == (5, False)
    assert found.nodes[1].as_json() == {
        "id": DELAYS,
        "kind": "product",
        "name": "Flight delays",
        "level": -1,
        "product": "flight-operations.flight-delays",
        "domain": "flight-operations",
        "hue": found.nodes[1].hue,
        "status": "active",
        "score": None,
    }


def test_what_is_hidden_is_not_in_the_graph_and_nothing_is_reached_through_it(fed, ana, sid):
    for actor in (ana, sid):
        found = graph(actor, REPORT)

        assert names(found) == {REPORT: 0, DELAYS: -1, "team/growth": 1}
        assert found.total_nodes == 3
        assert len(found.edges) == 2
        assert names(graph(actor, BOOKINGS)) == {BOOKINGS: 0}
        with pytest.raises(NotFound):
            graph(actor, SECRET)


def test_a_hidden_product_changes_no_byte_for_a_stranger(fed, sid):
    before = [graph(sid, urn) for urn in (REPORT, BOOKINGS, DELAYS, "team/growth")]
    LineageEdge.objects.filter(source__urn=SECRET).delete()
    LineageEdge.objects.filter(target__urn=SECRET).delete()

    assert [graph(sid, urn) for urn in (REPORT, BOOKINGS, DELAYS, "team/growth")] == before


def test_depth_is_as_asked(fed, petra):
    assert names(graph(petra, REPORT, up=1, down=0)) == {REPORT: 0, DELAYS: -1, SECRET: -1}
    assert names(graph(petra, "customer.report", up=0, down=0)) == {REPORT: 0}


def test_the_graph_is_capped_nearest_first_and_says_how_much_there_is(fed, petra):
    found = graph(petra, REPORT, limit=3)

    assert len(found.nodes) == 3
    assert BOOKINGS not in names(found)
    assert (found.total_nodes, found.truncated) == (5, True)
    shown = set(names(found))
    assert all({edge.source, edge.target} <= shown for edge in found.edges)


def test_a_circle_ends(fed, petra):
    nodes = {node.urn: node for node in LineageNode.objects.all()}
    LineageEdge.objects.create(source=nodes["team/growth"], target=nodes[DELAYS], kind="observed")

    found = graph(petra, REPORT, up=10, down=10)

    assert found.total_nodes == 5
    assert len(found.edges) == 5


def test_a_graph_costs_a_statement_per_level(fed, petra, django_assert_num_queries):
    # The node, three steps up and two down (the last find nothing), the nodes shown, their edges.
    with django_assert_num_queries(1 + 3 + 2 + 1 + 1):
        graph(petra, REPORT, up=5, down=5)


def test_nobody_sees_only_products_for_the_world(fed, sid):
    with pytest.raises(NotFound):
        graph(NOBODY, REPORT)
    with pytest.raises(NotFound):
        graph(NOBODY, "team/growth")
    DataProduct.objects.filter(key="customer.report").update(scope="external")

    assert names(graph(NOBODY, REPORT)) == {REPORT: 0}
    report = DataProduct.objects.get(key="customer.report")
    assert names(lineage_of(report)) == {REPORT: 0}
    assert names(lineage_of(report, sid)) == {REPORT: 0, DELAYS: -1, "team/growth": 1}


def test_observed_datasets_of_a_hidden_product_are_hidden_too(fed, petra, sid):
    job = {"namespace": "airflow", "name": "copy"}
    receive(
        SYSTEM,
        events=[
            {
                "eventTime": "2026-01-01T00:00:00Z",
                "producer": "https://example.org",
                "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
                "eventType": "COMPLETE",
                "run": {"runId": "0190a0a0-0000-7000-8000-000000000000"},
                "job": job,
                "inputs": [{"namespace": "warehouse", "name": "warehouse.customer.plans"}],
                "outputs": [{"namespace": "warehouse", "name": "somewhere.else"}],
            }
        ],
    )

    assert set(names(graph(petra, "job/airflow/copy"))) == {
        "job/airflow/copy",
        "dataset/warehouse/warehouse.customer.plans",
        "dataset/warehouse/somewhere.else",
    }
    assert set(names(graph(sid, "job/airflow/copy"))) == {
        "job/airflow/copy",
        "dataset/warehouse/somewhere.else",
    }
