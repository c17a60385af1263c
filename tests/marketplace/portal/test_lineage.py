"""The graph as a page, a list and data; proven access is an edge of its own kind."""

import pytest
from django.test import Client

from catalog.actions.openlineage import receive
from marketplace.kernel.actors import SYSTEM
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS

pytestmark = pytest.mark.django_db
NODE = f"product/{FLIGHTS}"


def test_the_team_stands_there_because_access_was_proven(granted, as_ana):
    edges = as_ana.get("/lineage", {"node": NODE}).context["edges"]

    assert [(e["direction"], e["name"], e["node_kind"], e["kind"]) for e in edges] == [
        ("to", "Growth", "Team", "granted")
    ]


def test_the_three_kinds_are_told_apart_in_words(granted, apply, as_ana):
    apply(
        make.product(
            "customer.late-travellers",
            ports=[make.port("late", resource="customer.late")],
            inputs=["flight-delays-curated"],
        )
    )
    receive(
        SYSTEM,
        events=[
            {
                "eventTime": "2026-11-20T10:00:00Z",
                "producer": "https://example.org",
                "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
                "run": {"runId": "1"},
                "job": {"namespace": "n", "name": "j"},
                "inputs": [{"namespace": "n", "name": "a"}],
                "outputs": [{"namespace": "n", "name": "b"}],
            }
        ],
    )

    product = as_ana.get("/lineage", {"node": NODE})
    job = as_ana.get("/lineage", {"node": "job/n/j"})

    assert [e["kind"] for e in product.context["edges"]] == ["declared", "granted"]
    assert [e["kind"] for e in job.context["edges"]] == ["observed", "observed"]
    assert "its descriptor says so" in product.content.decode()
    assert "a job reported it" in job.content.decode()


def test_the_list_says_the_same_as_the_graph(granted, as_ana):
    page = as_ana.get("/lineage", {"node": NODE})
    data = as_ana.get("/lineage/graph", {"node": NODE}).json()

    assert [(r["hops"], r["direction"], r["name"]) for r in page.context["rows"]] == [
        (1, "is fed by it", "Growth")
    ]
    assert data["edges"][0]["kind"] == "granted"
    assert {n["id"]: (n["kind"], n["kind_label"], n["href"]) for n in data["nodes"]} == {
        NODE: ("product", "Product", f"/products/{FLIGHTS}"),
        "team/growth": ("consumer", "Team", "/lineage?node=team/growth"),
    }
    assert page.context["src"] == f"/lineage/graph?node={NODE}&up=6&down=6"


def test_hidden_products_are_no_nodes(mesh, as_ana):
    for address in ("/lineage", "/lineage/graph"):
        answer = as_ana.get(address, {"node": "product/customer.secret-plans"})
        assert answer.status_code == 404


def test_without_a_node_it_offers_where_to_start(granted, as_ana, browser):
    starts = as_ana.get("/lineage").context["starts"]

    assert [one["name"] for one in starts] == ["Growth", "Flight delays"]
    assert "Nothing to start from" in browser("sid").get("/lineage").content.decode()


@pytest.mark.parametrize("wrong", ["up=eleven", "down=11", "up=-1"])
def test_a_wrong_depth_is_refused_with_its_name(mesh, as_ana, wrong):
    answer = as_ana.get(f"/lineage/graph?node=product/{BOOKINGS}&{wrong}")

    assert answer.status_code == 400
    assert f"/{wrong.partition('=')[0]}".encode() in answer.content


def test_who_is_not_signed_in_signs_in(mesh):
    assert Client().get("/lineage").status_code == 302
    assert Client().get("/lineage/graph", {"node": NODE}).status_code == 404
