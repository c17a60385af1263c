"""Applying bundles: all or nothing, what comes of it, and who may."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import (
    ContractVersion,
    DataProduct,
    Domain,
    InputPort,
    LineageEdge,
    ManagementPort,
    OutputPort,
    SavedQuery,
    SchemaColumn,
    ServiceLevel,
)
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import Invalid, NotAllowed
from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.models import Membership, Team
from tests.factories import descriptors as make

DELAYS = "flight-operations.flight-delays"


def outcomes(outcome):
    return {(d.kind, d.key): d.outcome for d in outcome.documents}


def events(after=0):
    return list(Event.objects.filter(seq__gt=after).order_by("seq").values_list("name", flat=True))


def last_seq():
    return Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def test_the_mesh_is_in_the_catalog(mesh):
    assert sorted(mesh) == ["customer.bookings", "customer.secret-plans", DELAYS]
    bookings = mesh["customer.bookings"]
    assert (bookings.personal_data, bookings.classification) == (True, "confidential")
    assert (bookings.interfaces, bookings.platforms) == (["sql"], ["warehouse"])
    port = OutputPort.objects.get(product=bookings)
    assert (port.classification, port.personal_data) == ("confidential", True)
    assert port.resource == "customer.bookings"
    assert port.relation.endswith(".bookings_full")
    assert port.provisioned


def test_applying_twice_changes_nothing_and_says_so(mesh, apply):
    before = list(DataProduct.objects.values_list("key", "version", "updated_at"))
    seq = last_seq()

    done = apply(make.product(tags=["delays"]), make.contract())

    assert outcomes(done) == {
        ("DataProduct", DELAYS): "unchanged",
        ("DataContract", "flight-delays-curated 1.0.0"): "unchanged",
    }
    assert list(DataProduct.objects.values_list("key", "version", "updated_at")) == before
    assert events(seq) == ["bundle.applied"]


def test_a_change_is_one_version_more_and_one_event(mesh, apply):
    seq = last_seq()

    done = apply(make.product(purpose="Late flights, each.", tags=["delays"]))

    assert outcomes(done) == {("DataProduct", DELAYS): "updated"}
    product = DataProduct.objects.get(key=DELAYS)
    assert (product.version, product.card["purpose"]) == (2, "Late flights, each.")
    assert events(seq) == ["product.updated", "bundle.applied"]


def test_one_bad_document_stops_all(mesh, apply):
    seq, count = last_seq(), Domain.objects.count()

    with pytest.raises(Invalid) as refused:
        apply(
            make.domain("fleet", team="customer"),
            make.product("fleet.aircraft", team="nobody", ports=[make.port(resource="f.a")]),
        )

    assert refused.value.facts["errors"] == [
        {
            "pointer": "/team/name",
            "code": "unknown-team",
            "detail": "There is no team nobody.",
        }
    ]
    assert Domain.objects.count() == count
    assert events(seq) == []


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        (make.product("nowhere.x", team="customer"), "/domain", "unknown-domain"),
        (make.domain("new", team="nobody"), "/ownerTeam", "unknown-team"),
        (make.domain("new", team="customer", parent="nowhere"), "/parent", "unknown-domain"),
        (make.team("new", {"nobody": "member"}), "/members", "unknown-person"),
        (make.contract("c", product="customer.none"), "/dataProduct", "unknown-product"),
        (
            make.contract("flight-delays-curated", product="customer.bookings", version="9"),
            "/id",
            "taken",
        ),
        (
            make.product("customer.x", ports=[make.port(platform="nowhere")]),
            "/outputPorts/0/customProperties/platform",
            "unknown-platform",
        ),
        (
            make.product(
                version="2.0.0",
                ports=[make.port(contract="flight-delays-curated", columns=["no_such"])],
            ),
            "/outputPorts/0/columns",
            "unknown-column",
        ),
        (make.product("customer.x", status="retired"), "/status", "impossible-start"),
        (make.product(status="draft", version="2.0.0"), "/status", "impossible-move"),
        (make.product("customer.x", name="n" * 161), "/name", "too-long"),
        (make.product("customer.x", tags=["t" * 61]), "/tags/0", "too-long"),
        (make.team("new", {}) + f"description: x\nemail: {'e' * 260}@example.org\n", None, None),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(mesh, apply, document, pointer, code):
    products = list(DataProduct.objects.values_list("key", "version"))

    with pytest.raises(Invalid) as refused:
        apply(document)

    if pointer is not None:
        found = [(e["pointer"], e["code"]) for e in refused.value.facts["errors"]]
        assert found == [(pointer, code)]
    assert list(DataProduct.objects.values_list("key", "version")) == products


def test_a_text_that_is_no_yaml_is_refused_with_its_line(people, apply):
    with pytest.raises(Invalid) as refused:
        apply("id: [unclosed")

    assert "Line" in refused.value.facts["errors"][0]["detail"]


def test_owners_apply_in_their_own_domain_only(mesh, apply, olaf, ana, sid):
    apply(make.product("flight-operations.new", ports=[make.port(resource="f.new")]), by=olaf)
    assert DataProduct.objects.get(key="flight-operations.new").owner_team.slug == (
        "flight-operations"
    )

    for actor, document in (
        (sid, make.product("flight-operations.other", ports=[make.port(resource="f.o")])),
        (ana, make.product("flight-operations.other", ports=[make.port(resource="f.o")])),
        (olaf, make.product("customer.x", ports=[make.port(resource="c.x")])),
        (olaf, make.product("customer.x", team="flight-operations", ports=[make.port()])),
        (olaf, make.domain("new", team="flight-operations")),
        (olaf, make.team("new")),
    ):
        with pytest.raises(NotAllowed):
            apply(document, by=actor)

    assert not DataProduct.objects.filter(key__in=["customer.x", "flight-operations.other"])
    assert not Domain.objects.filter(slug="new").exists()
    assert not Team.objects.filter(slug="new").exists()


def test_a_contract_for_a_hidden_product_is_refused_as_for_an_absent_one(mesh, apply, olaf):
    answers = []
    for product in ("customer.secret-plans", "customer.no-such"):
        with pytest.raises(Invalid) as refused:
            apply(make.contract("olafs", product=product), by=olaf)
        errors = refused.value.facts["errors"]
        answers.append(
            [(e["pointer"], e["code"], e["detail"].replace(product, "X")) for e in errors]
        )

    assert answers[0] == answers[1]


def test_nobody_certifies_their_own_product(mesh, apply, olaf):
    apply(make.product(certification="gold", version="1.1.0"), by=olaf)
    assert DataProduct.objects.get(key=DELAYS).certification == "none"

    apply(make.product(certification="gold", version="1.2.0"), by=SYSTEM)
    assert DataProduct.objects.get(key=DELAYS).certification == "gold"


def test_a_refusal_is_on_record(mesh, apply, sid):
    seq = last_seq()

    with pytest.raises(NotAllowed):
        apply(make.product("flight-operations.x", ports=[make.port()]), by=sid)

    row = Event.objects.filter(seq__gt=seq).get()
    assert (row.name, row.actor) == ("access.denied", "sid")
    assert row.data["permission"] == "may_publish"


def test_ports_follow_the_descriptor_and_are_never_deleted(mesh, apply):
    apply(
        make.product(
            version="2.0.0",
            inputs=["bookings-full"],
            ports=[
                make.port(
                    "full",
                    contract="flight-delays-curated",
                    columns=["flight_id"],
                    queries=[
                        {"name": "count", "title": "How many", "sql": "SELECT 1 FROM {relation}"}
                    ],
                )
            ],
            managementPorts=[
                {"name": "quality", "content": "observability", "url": "https://example.org/q"}
            ],
        )
    )

    rows = OutputPort.objects.filter(product__key=DELAYS).order_by("name")
    assert [(p.name, p.status) for p in rows] == [("curated", "retired"), ("full", "active")]
    assert rows[1].contract.version_name == "1.0.0"
    assert SavedQuery.objects.get().declared
    assert InputPort.objects.get().contract_key == "bookings-full"
    assert ManagementPort.objects.get().url == "https://example.org/q"
    detail = DataProduct.objects.get(key=DELAYS).detail
    assert [p["name"] for p in detail["ports"]] == ["full"]
    assert detail["inputs"] == [{"name": "bookings-full", "contract": "bookings-full"}]


def test_a_compatible_contract_version_moves_the_ports(mesh, apply):
    columns = {**make.FLIGHT_COLUMNS, "gate": {"logicalType": "string"}}

    done = apply(make.contract(version="1.1.0", columns=columns))

    assert outcomes(done) == {("DataContract", "flight-delays-curated 1.1.0"): "created"}
    port = OutputPort.objects.get(product__key=DELAYS)
    assert port.contract.version_name == "1.1.0"
    assert [c.name for c in SchemaColumn.objects.filter(contract_version=port.contract)] == [
        "flight_id",
        "carrier",
        "origin",
        "dep_delay",
        "gate",
    ]
    old = ContractVersion.objects.get(version_name="1.0.0", contract__key="flight-delays-curated")
    assert old.status == "retired"
    released = Event.objects.get(name="contract.released", data__version="1.1.0")
    assert (released.data["impact"], released.data["before"]) == ("MINOR", "1.0.0")


def test_a_breaking_version_is_not_slipped_in(mesh, apply, olaf):
    columns = {k: v for k, v in make.FLIGHT_COLUMNS.items() if k != "origin"}

    with pytest.raises(Exception, match="Propose it") as refused:
        apply(make.contract(version="2.0.0", columns=columns), by=olaf)

    assert refused.value.code == "breaking-change"
    assert [d["column"] for d in refused.value.facts["differences"]] == ["origin"]
    assert OutputPort.objects.get(product__key=DELAYS).contract.version_name == "1.0.0"


def test_a_draft_may_still_break(mesh, apply):
    apply(
        make.product("customer.new", status="draft", ports=[make.port("p", contract="new")]),
        make.contract("new", product="customer.new"),
    )

    apply(make.contract("new", product="customer.new", version="2", columns=make.BOOKING_COLUMNS))

    port = OutputPort.objects.get(product__key="customer.new")
    assert (port.contract.version_name, port.personal_data) == ("2", True)


def test_promises_become_service_levels(mesh, apply):
    apply(
        make.contract(
            version="1.1.0",
            slaProperties=[
                {"property": "latency", "value": 24, "unit": "h"},
                {"property": "availability", "value": "99.5", "unit": "%"},
            ],
        )
    )

    rows = ServiceLevel.objects.filter(product__key=DELAYS).order_by("property")
    assert [str(level) for level in rows] == ["availability 99.5%", "latency 24h"]


def test_of_two_ports_that_promise_the_same_the_first_ones_word_is_shown(mesh, apply):
    def promising(key, percent, version="1.0.0"):
        level = {"property": "availability", "value": percent, "unit": "percent"}
        return make.contract(key, version=version, slaProperties=[level])

    first, second = "flight-delays-curated", "flight-delays-later"
    ports = [make.port(contract=first), make.port("later", contract=second)]
    apply(
        make.product(ports=ports),
        promising(first, "99.9", version="1.1.0"),
        promising(second, "99.5"),
    )

    (level,) = ServiceLevel.objects.filter(product__key=DELAYS, property="availability")
    assert level.objective == "99.9"


def test_members_of_a_team_are_those_of_its_document(people, apply):
    apply(make.team("growth", {"ana": "lead", "sid": "member"}))

    rows = Membership.objects.filter(team__slug="growth").values_list("user__username", "role")
    assert sorted(rows) == [("ana", "lead"), ("sid", "member")]
    apply(make.team("growth", {"sid": "member"}))
    assert list(Membership.objects.filter(team__slug="growth").values_list("user__username")) == [
        ("sid",)
    ]


def test_a_domain_is_never_inside_itself(mesh, apply):
    apply(make.domain("customer", parent="flight-operations"))

    with pytest.raises(Invalid) as refused:
        apply(make.domain("flight-operations", parent="customer"))

    assert refused.value.facts["errors"][0]["code"] == "circle"
    assert Domain.objects.get(slug="flight-operations").parent is None


def chain(first, count):
    """Products that each read the one before, with their contracts."""
    for number in range(first, first + count):
        yield make.product(
            f"flight-operations.chain-{number}",
            inputs=[f"chain-{number - 1}-curated"],
            ports=[make.port(contract=f"chain-{number}-curated", resource=f"fo.chain_{number}")],
        )
        yield make.contract(f"chain-{number}-curated", product=f"flight-operations.chain-{number}")


def test_a_bundle_of_many_costs_four_rows_written_for_each(mesh, apply):
    def statements(first, count):
        with CaptureQueriesContext(connection) as asked:
            apply(*chain(first, count))
        return len(asked)

    statements(100, 1)  # what a process asks once
    few, many = statements(200, 2), statements(300, 12)

    # The product, its contract, that one's version and its columns; all else is asked for all.
    assert many - few == 4 * 10


def test_products_of_one_bundle_feed_each_other(mesh, apply):
    apply(*chain(1, 3))

    edges = LineageEdge.objects.filter(kind="declared", target__urn__contains="chain-")
    assert sorted(edges.values_list("source__urn", "target__urn", "reason")) == [
        (
            f"product/flight-operations.chain-{number}",
            f"product/flight-operations.chain-{number + 1}",
            f"contract chain-{number}-curated",
        )
        for number in (1, 2)
    ]
    details = {p.slug: p.detail for p in DataProduct.objects.filter(slug__startswith="chain-")}
    assert [
        (slug, [(p["contract"], p["contract_version"]) for p in one["ports"]], one["inputs"])
        for slug, one in sorted(details.items())
    ] == [
        (
            f"chain-{number}",
            [(f"chain-{number}-curated", "1.0.0")],
            [{"name": f"chain-{number - 1}-curated", "contract": f"chain-{number - 1}-curated"}],
        )
        for number in (1, 2, 3)
    ]
