"""Edges: declared by descriptors, granted by proofs, observed by pipelines."""

import pytest

from catalog.actions.lineage import draw_granted, erase_granted
from catalog.actions.openlineage import receive
from catalog.models import LineageEdge, LineageEvent, LineageNode
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.errors import Invalid, NotAllowed
from marketplace.kernel.events.models import Event
from tests.factories import descriptors as make

DELAYS = "flight-operations.flight-delays"


def run_event(**more):
    return {
        "eventTime": "2026-01-01T00:00:00Z",
        "producer": "https://example.org/airflow",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
        "eventType": "COMPLETE",
        "run": {"runId": "0190a0a0-0000-7000-8000-000000000000"},
        "job": {"namespace": "airflow", "name": "copy"},
        "inputs": [{"namespace": "w", "name": "raw.flights"}],
        "outputs": [{"namespace": "w", "name": "flight_operations.flights"}],
        **more,
    }


def edges():
    return {(e.source.urn, e.target.urn, e.kind) for e in LineageEdge.objects.all()}


def grant(kind="team", key="growth"):
    return {"product_key": DELAYS, "kind": kind, "key": key}


def test_inputs_declare_edges_whichever_comes_first(mesh, apply):
    apply(make.product("customer.late", inputs=["later"], ports=[make.port(resource="c.late")]))
    assert edges() == set()

    apply(
        make.product("customer.early", ports=[make.port(resource="c.early", contract="later")]),
        make.contract("later", product="customer.early"),
    )
    assert edges() == {("product/customer.early", "product/customer.late", "declared")}

    apply(make.product("customer.late", version="2", ports=[make.port(resource="c.late")]))
    assert edges() == set()


def test_a_granted_edge_comes_and_goes_and_twice_is_once(mesh):
    for _ in range(2):
        draw_granted(SYSTEM, **grant(), name="Growth", reason="agreement 1")
    assert edges() == {(f"product/{DELAYS}", "team/growth", "granted")}

    for _ in range(2):
        erase_granted(SYSTEM, **grant())
    assert edges() == set()
    told = Event.objects.filter(name="lineage.edge").values_list("data__how", flat=True)
    assert list(told) == ["drawn", "drawn", "erased", "erased"]


def test_a_consumer_that_is_a_product_is_that_product(mesh):
    draw_granted(SYSTEM, **grant("data_product", "customer.bookings"), name="B", reason="r")

    assert edges() == {(f"product/{DELAYS}", "product/customer.bookings", "granted")}
    erase_granted(SYSTEM, **grant("data_product", "customer.bookings"))
    assert edges() == set()


def test_only_the_system_draws_granted_edges(mesh, olaf):
    with pytest.raises(NotAllowed):
        draw_granted(olaf, **grant(), name="Growth", reason="x")

    assert edges() == set()


def test_observed_runs_draw_edges_once(mesh, olaf):
    assert receive(olaf, events=[run_event()]) == 1
    assert receive(olaf, events=[run_event()]) == 1

    assert LineageEvent.objects.count() == 1
    assert edges() == {
        ("dataset/w/raw.flights", "job/airflow/copy", "observed"),
        ("job/airflow/copy", "dataset/w/flight_operations.flights", "observed"),
    }
    observed = LineageNode.objects.get(urn="dataset/w/flight_operations.flights")
    assert observed.product.key == DELAYS


def test_a_dataset_that_was_observed_first_is_adopted(mesh, apply, olaf):
    receive(olaf, events=[run_event(inputs=[{"namespace": "w", "name": "db.f.new"}])])
    assert LineageNode.objects.get(name="db.f.new").product is None

    apply(make.product("flight-operations.new", ports=[make.port(resource="f.new")]))

    assert LineageNode.objects.get(name="db.f.new").product.key == "flight-operations.new"


def test_dataset_and_job_events_are_taken_too(people, olaf):
    dataset = {k: v for k, v in run_event().items() if k not in ("run", "job", "eventType")}
    dataset["dataset"] = {"namespace": "w", "name": "t"}
    job = {k: v for k, v in run_event().items() if k not in ("run", "eventType")}

    assert receive(olaf, events=[dataset, job]) == 2
    assert LineageNode.objects.filter(urn__in=["dataset/w/t", "job/airflow/copy"]).count() == 2


@pytest.mark.parametrize(
    ("wrong", "pointers"),
    [
        ({"eventTime": None}, ["/eventTime"]),
        ({"producer": 3, "schemaURL": None}, ["/producer", "/schemaURL"]),
        ({"run": {}}, ["/run/runId"]),
        ({"eventType": "DONE"}, ["/eventType"]),
        ({"job": None}, ["/job/namespace", "/job/name"]),
        ({"inputs": [{"name": "x"}]}, ["/inputs/0/namespace"]),
        ({"inputs": "all"}, ["/inputs"]),
        ({"outputs": {"a": 1}}, ["/outputs"]),
        ({"job": {"namespace": "n", "name": "a\x00b"}}, ["/job/name"]),
        ({"run": {"runId": "x", "facets": {"deep": ["a", "\ud800"]}}}, ["/run/facets/deep/1"]),
    ],
)
def test_what_is_no_openlineage_event_is_refused(people, olaf, wrong, pointers):
    with pytest.raises(Invalid) as refused:
        receive(olaf, events=[run_event(**wrong)])

    assert [e["pointer"] for e in refused.value.facts["errors"]] == pointers
    assert not LineageEvent.objects.exists()


def test_one_bad_event_of_a_batch_stops_all_and_is_named(people, olaf):
    with pytest.raises(Invalid) as refused:
        receive(olaf, events=[run_event(), "nonsense"])

    assert refused.value.facts["errors"][0]["pointer"] == "/1"
    assert not LineageEvent.objects.exists()


def test_a_token_without_the_scope_reports_nothing(people):
    reader = Actor("bot", kind="service", scopes=frozenset({"read"}), via="token")

    with pytest.raises(NotAllowed):
        receive(reader, events=[run_event()])
