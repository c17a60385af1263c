import pytest

from catalog.descriptors.bundle import parse_bundle
from catalog.descriptors.model import (
    ContractReference,
    CustomProperty,
    Definition,
    InputPortDescriptor,
    ManagementPortDescriptor,
    Member,
    RowFilter,
    SavedQueryDescriptor,
    SupportChannel,
)
from catalog.descriptors.safe_yaml import Problem, Refused
from tests.catalog.descriptors.texts import PRODUCT


def refused(text):
    with pytest.raises(Refused) as refusal:
        parse_bundle(text)
    return refusal.value.problems


def test_olafs_product_is_read_in_full():
    product = parse_bundle(PRODUCT).products[0]

    assert product.key == "flight-operations.flight-delays"
    assert (product.domain, product.slug, product.title) == (
        "flight-operations",
        "flight-delays",
        "Flight delays",
    )
    assert (product.version, product.status, product.type) == ("1.0.0", "active", "aggregate")
    assert product.purpose == "How late each flight left and arrived."
    assert product.usage == "Join by flight_id."
    assert product.limitations == "Flights of 2013 only."
    assert product.owner_team == "flight-operations"
    assert product.members == (
        Member(username="olaf", role="owner", extra={"dateIn": "2020-01-01"}),
    )
    assert product.support == (
        SupportChannel(
            channel="mail", url="mailto:flights@example.org", tool="email", scope="issues"
        ),
    )
    assert product.definitions == (
        Definition(type="documentation", url="https://example.org/flights"),
    )
    assert product.documentation_url == "https://example.org/flights"
    assert product.input_ports == (
        InputPortDescriptor(name="flights", version="1", contract_id="flights-raw"),
    )
    assert product.management_ports == (
        ManagementPortDescriptor(
            name="health", content="observability", url="https://example.org/health"
        ),
    )
    assert (product.publication_scope, product.certification) == ("organization", "gold")
    assert product.row_meaning == "One flight."
    assert (product.good_for, product.not_for) == (("punctuality reports",), ("billing",))
    assert product.custom == (
        CustomProperty(property="costCentre", value="4711", extra={"vendor": "sap"}),
    )
    assert product.source is not None
    assert product.source.text == PRODUCT


def test_an_output_ports_properties_are_lifted_out():
    product = parse_bundle(PRODUCT).products[0]
    port = product.output_port("curated", "1")

    assert port is product.output_ports[0]
    assert port.contract_id == "flight-delays-curated"
    assert port.input_contracts == (ContractReference(id="flights-raw", version="1.0.0"),)
    assert (port.platform, port.interface, port.resource) == (
        "warehouse",
        "sql",
        "mart.flight_delays",
    )
    assert port.columns == ("flight_id", "delay")
    assert port.row_filter == (RowFilter(column="delay", op=">=", value=15),)
    assert port.queries == (
        SavedQueryDescriptor(name="worst", title="Worst days", sql="select * from {relation}"),
    )
    assert port.custom == (CustomProperty(property="costCentre", value="4711"),)
    assert product.output_port("nowhere") is None


def test_what_is_not_stated_is_empty():
    product = parse_bundle(
        "apiVersion: v1.1.0\nkind: DataProduct\nid: fleet.plane-registry\n"
        "outputPorts: [{name: all}]\n"
    ).products[0]

    assert (product.domain, product.name, product.title) == ("fleet", "", "Plane registry")
    assert (product.status, product.owner_team, product.documentation_url) == ("", "", "")
    assert product.output_ports[0].key == ("all", "1")
    assert product.output_ports[0].columns == ()


def test_sections_without_a_field_are_kept():
    text = PRODUCT + (
        "context: {instructions: Be careful.}\n"
        "synonyms: [{synonym: Punctuality}]\n"
        "productCreatedTs: 2024-01-01T00:00:00Z\n"
    )

    assert parse_bundle(text).products[0].extra == {
        "context": {"instructions": "Be careful."},
        "synonyms": [{"synonym": "Punctuality"}],
        "productCreatedTs": "2024-01-01T00:00:00Z",
    }


def test_a_team_written_as_a_list_is_read():
    text = (
        "apiVersion: v0.9.0\nkind: DataProduct\nid: fleet.planes\n"
        "team: [{username: olaf, role: owner}]\n"
    )

    product = parse_bundle(text).products[0]

    assert product.members == (Member(username="olaf", role="owner"),)
    assert product.owner_team == ""


@pytest.mark.parametrize(
    ("old", "new", "pointer", "line", "code", "detail"),
    [
        ("apiVersion: v1.1.0", "apiVersion: v9", "/apiVersion", 1, "not-allowed",
         "'v9' is not one of v1.1.0, v1.0.0, v0.9.0."),
        ("id: flight-operations.flight-delays", "id: Flights", "/id", 3, "bad-form",
         ("'Flights' is not domain.product, each in lower-case letters and digits joined by "
         "hyphens.")),
        ("id: flight-operations.flight-delays\n", "", "", 1, "missing", "`id` is missing."),
        ("domain: flight-operations", "domain: fleet", "/domain", 4, "domain-mismatch",
         ("The id 'flight-operations.flight-delays' stands in domain 'flight-operations', but "
         "`domain` says otherwise.")),
        ("version: 1.0.0\nstatus", "version: 1\nstatus", "/version", 6, "wrong-type",
         'This must be text; put it in quotes: "1".'),
        ("status: active", "status: live", "/status", 7, "not-allowed",
         "'live' is not one of proposed, draft, active, deprecated, retired."),
        ("tags: [delay, flights]", "tags: delay", "/tags", 9, "wrong-type",
         "This must be a list, not text."),
        ("usage: Join by flight_id.", "used: x", "/description/used", 12, "unknown-key",
         ("The key `used` is not known here; what the standard does not know belongs in "
         "`customProperties`.")),
        ("tags: [delay", "tag: [delay", "/tag", 9, "unknown-key",
         "The key `tag` is not known here; did you mean `tags`?"),
        ("  name: flight-operations", "  name: Flight Ops", "/team/name", 15, "bad-form",
         "'Flight Ops' is not lower-case letters and digits joined by hyphens."),
        ("  - name: curated\n    version", "  - version", "/outputPorts/0", 25, "missing",
         "`name` is missing."),
        ("- name: curated", "- name: cu rated", "/outputPorts/0/name", 25, "bad-form",
         "'cu rated' is not letters, digits, hyphens and underscores."),
        ("{name: files", "{name: curated", "/outputPorts/1", 41, "duplicate-port",
         "The port 'curated' version 1 stands here twice; name and version are its key."),
        ("interface, value: sql", "interface, value: jdbc",
         "/outputPorts/0/customProperties/1/value", 33, "not-allowed",
         "'jdbc' is not one of sql, stream, file, api, graphql, share, mcp."),
        ("columns, value: [flight_id, delay]", "columns, value: [delay, delay]",
         "/outputPorts/0/customProperties/3/value", 35, "duplicate",
         "An entry stands here twice."),
        ('op: ">="', "op: like", "/outputPorts/0/customProperties/4/value/0/op", 36, "not-allowed",
         "'like' is not one of =, !=, <, <=, >, >=, in, not_in, is_null, not_null."),
        ('op: ">="', "op: in", "/outputPorts/0/customProperties/4/value/0/value", 36, "wrong-type",
         "This must be a list, not a number."),
        ('op: ">="', "op: is_null", "/outputPorts/0/customProperties/4/value/0/value", 36,
         "wrong-type", "This must be empty, not a number."),
        ("title: Worst days, ", "", "/outputPorts/0/customProperties/5/value/0", 39, "missing",
         "`title` is missing."),
        ("content: observability", "content: weather", "/managementPorts/0/content", 43,
         "not-allowed",
         "'weather' is not one of discoverability, observability, control, dictionary."),
        ("publicationScope, value: organization", "publicationScope, value: world",
         "/customProperties/0/value", 45, "not-allowed",
         "'world' is not one of none, team, domain, organization, external."),
        ("property: certification, value: gold", "property: publicationScope, value: team",
         "/customProperties/1", 46, "duplicate",
         "The custom property `publicationScope` stands here twice."),
        ('url: "https://example.org/health"', "url: nowhere", "/managementPorts/0/url", 43,
         "bad-form", "'nowhere' is not an address such as https://example.org/page."),
    ],
)  # fmt: skip
def test_a_wrong_product_is_refused_with_place_and_sentence(
    *, old, new, pointer, line, code, detail
):
    assert PRODUCT.count(old) == 1

    assert refused(PRODUCT.replace(old, new)) == (Problem(pointer, line, code, detail),)


def test_all_problems_are_told_at_once():
    text = PRODUCT.replace("status: active", "status: live").replace("gold", "platinum")

    assert [problem.pointer for problem in refused(text)] == ["/status"]
    assert [
        p.pointer for p in refused(PRODUCT.replace("gold", "tin").replace("sql}", "jdbc}"))
    ] == [
        "/outputPorts/0/customProperties/1/value",
        "/customProperties/1/value",
    ]


@pytest.mark.parametrize(
    ("old", "long"),
    [
        ("name: Flight delays", f"name: {'n' * 161}"),
        ("version: 1.0.0\nstatus", f"version: {'1' * 41}x\nstatus"),
        ("tags: [delay", f"tags: [{'t' * 61}"),
        ("purpose: How", f"purpose: {'p' * 20_000}How"),
    ],
)
def test_a_text_that_is_too_long_is_refused(old, long):
    assert PRODUCT.count(old) == 1

    assert [problem.code for problem in refused(PRODUCT.replace(old, long))] == ["too-long"]


def test_a_query_stands_once():
    query = '{name: worst, title: Again, sql: "select 1"}'
    text = PRODUCT.replace(
        "      - {property: costCentre", f"          - {query}\n      - {{property: costCentre", 1
    )

    assert [(p.pointer, p.detail) for p in refused(text)] == [
        ("/outputPorts/0/customProperties/5/value/1", "The query 'worst' stands here twice.")
    ]
