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


def test_without_a_script_the_picture_is_drawn_by_the_server(granted, as_ana):
    page = as_ana.get("/lineage", {"node": NODE})
    text = page.content.decode()

    assert 'aria-label="Lineage of Flight delays: 2 nodes"' in text
    assert '<path class="lg-e granted"' in text
    assert f'href="/products/{FLIGHTS}" aria-label="Flight delays, ' in text
    assert 'style="' not in text
    nothing = as_ana.get("/lineage", {"node": NODE, "up": 0, "down": 0}).content.decode()
    assert 'aria-label="Lineage of Flight delays: 1 nodes"' in nothing
    assert ">+1</text>" in nothing


def test_the_depth_is_in_the_address_and_nonsense_is_the_usual_depth(granted, as_ana):
    steps = as_ana.get("/lineage", {"node": NODE, "up": 1, "down": 6}).context["steps"]
    odd = as_ana.get("/lineage", {"node": NODE, "up": "deep", "down": 99}).context

    assert "up=0&down=6" in steps["fewer_up"]
    assert steps["more_down"] == ""
    assert (odd["up"], odd["down"]) == (2, 3)


def test_impact_counts_domain_by_domain(granted, apply, as_ana):
    apply(
        make.product(
            "customer.late-travellers",
            ports=[make.port("late", resource="customer.late")],
            inputs=["flight-delays-curated"],
        )
    )

    page = as_ana.get("/lineage", {"node": NODE, "impact": 1})

    assert [
        (one["domain"], one["products"], one["consumers"]) for one in page.context["affected"]
    ] == [("Customer", 1, 0), ("Outside any domain", 0, 1)]
    assert page.content.decode().count(" imp") >= 2
    assert "impact=0" in page.context["steps"]["impact"]


def test_the_picture_is_a_file_too(granted, as_ana):
    answer = as_ana.get("/lineage.svg", {"node": NODE})

    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer.content.startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')
    assert b'stroke="#2f7d5d"' in answer.content
    assert as_ana.get("/lineage.svg", {"node": "product/customer.secret-plans"}).status_code == 404


def test_names_of_people_are_escaped_in_the_picture(mesh, as_ana):
    receive(
        SYSTEM,
        events=[
            {
                "eventTime": "2026-11-20T10:00:00Z",
                "producer": "https://example.org",
                "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
                "run": {"runId": "1"},
                "job": {"namespace": "n", "name": "<script>alert(1)</script>"},
                "outputs": [{"namespace": "n", "name": "b"}],
            }
        ],
    )

    text = as_ana.get("/lineage.svg", {"node": "dataset/n/b"}).content.decode()

    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_columns_are_shown_where_a_job_reported_them(mesh, as_ana, olaf):
    flow = {"namespace": "w", "name": "raw.flights", "field": "uniquecarrier"}
    facets = {"columnLineage": {"fields": {"carrier": {"inputFields": [flow]}}}}
    receive(
        olaf,
        events=[
            {
                "eventTime": "2026-11-20T10:00:00Z",
                "producer": "https://example.org",
                "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
                "run": {"runId": "1"},
                "job": {"namespace": "n", "name": "load"},
                "outputs": [
                    {"namespace": "w", "name": "flight_operations.flights", "facets": facets}
                ],
            }
        ],
    )

    text = as_ana.get(f"/products/{FLIGHTS}/lineage").content.decode()
    columns = as_ana.get(f"/products/{FLIGHTS}/schema").context["columns"]

    assert {one["name"]: one["origins"] for one in columns}["carrier"] == [
        {"column": "uniquecarrier", "name": "raw.flights"}
    ]
    assert [one["name"] for one in columns if one["origins"]] == ["carrier"]
    assert "<code>uniquecarrier</code>" in text
    assert "<code>carrier</code>" in text
