import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.descriptors.bundle import parse_bundle
from catalog.descriptors.model import (
    Column,
    ContractDescriptor,
    ContractReference,
    CustomProperty,
    Definition,
    DomainDescriptor,
    EnumValue,
    InputPortDescriptor,
    ManagementPortDescriptor,
    Member,
    OutputPortDescriptor,
    ProductDescriptor,
    QualityRule,
    Relationship,
    Role,
    RowFilter,
    SavedQueryDescriptor,
    SchemaObject,
    Server,
    ServiceLevelObjective,
    SupportChannel,
    TeamDescriptor,
)
from catalog.descriptors.writing import build_odcs, build_odps, bundle_to_yaml, to_yaml
from tests.catalog.descriptors.texts import ALL, CONTRACT, DOMAIN, PRODUCT, TEAM


def everything(bundle):
    return (*bundle.domains, *bundle.teams, *bundle.products, *bundle.contracts)


@pytest.mark.parametrize("text", [PRODUCT, CONTRACT, TEAM, DOMAIN])
def test_what_was_read_and_not_changed_is_written_verbatim(text):
    words = f"# olaf's own words\n{text}"

    assert to_yaml(everything(parse_bundle(words))[0]) == words


def test_what_was_changed_is_written_anew():
    product = replace(parse_bundle(PRODUCT).products[0], name="Delays of flights")

    text = to_yaml(product)

    assert parse_bundle(text).products[0] == product
    assert "name: Delays of flights\n" in text


def test_a_bundle_is_written_as_one_text():
    bundle = parse_bundle(ALL)

    again = parse_bundle(bundle_to_yaml(everything(bundle)))

    assert everything(again) == everything(bundle)


def test_a_product_made_without_a_text_gets_one():
    product = ProductDescriptor(
        key="fleet.planes",
        domain="fleet",
        name="NO",
        output_ports=(OutputPortDescriptor(name="all", version="1"),),
    )

    assert build_odps(product) == (
        "apiVersion: v1.1.0\n"
        "kind: DataProduct\n"
        "id: fleet.planes\n"
        "name: 'NO'\n"
        "domain: fleet\n"
        "outputPorts:\n"
        "- name: all\n"
        '  version: "1"\n'
    )


TEXT = st.text(st.characters(codec="utf-8", categories=("Lu", "Ll", "Nd", "Po", "Zs")), max_size=12)
TEXT = TEXT.map(lambda words: unicodedata.normalize("NFC", words))
NAME = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_]{0,8}\Z")
SLUG = st.from_regex(r"\A[a-z0-9]{1,6}(-[a-z0-9]{1,4}){0,2}\Z")
KEY = st.from_regex(r"\A[a-z0-9]{1,6}\.[a-z0-9]{1,6}(-[a-z0-9]{1,4})?\Z")
VERSION = st.sampled_from(["1", "2", "1.0.0", "0.1", "1e3"])
URL = st.sampled_from(["https://example.org/a", "mailto:ana@example.org"])
TAGS = st.lists(NAME, max_size=2).map(tuple)
VALUE = st.one_of(TEXT, st.integers(-9, 10**12), st.booleans(), st.none(), st.just([1, {"a": "b"}]))


def some(one, *, most=2, by=None):
    return st.lists(one, max_size=most, unique_by=by).map(tuple)


CUSTOM = some(
    st.builds(
        CustomProperty,
        property=NAME.map(lambda name: f"x{name}"),
        value=VALUE,
        extra=st.sampled_from([{}, {"vendor": "sap"}, {"description": "why"}]),
    )
)
DEFINITION = st.builds(Definition, type=NAME, url=URL, extra=st.just({}))
SUPPORT = st.builds(
    SupportChannel, channel=NAME, url=URL, tool=TEXT, scope=TEXT,
    extra=st.sampled_from([{}, {"description": "ask"}]),
)  # fmt: skip
MEMBER = st.builds(Member, username=NAME, role=TEXT, extra=st.just({}))
QUERY = st.builds(
    SavedQueryDescriptor, name=SLUG, title=NAME, sql=st.just("select 1\nfrom {relation}"),
    description=TEXT,
)  # fmt: skip
FILTER = st.one_of(
    st.builds(RowFilter, column=NAME, op=st.sampled_from(["=", "<", ">="]),
              value=st.one_of(TEXT, st.integers(-5, 5), st.booleans())),
    st.builds(RowFilter, column=NAME, op=st.just("in"), value=st.just(["a", 1])),
    st.builds(RowFilter, column=NAME, op=st.just("is_null")),
)  # fmt: skip
OUTPUT = st.builds(
    OutputPortDescriptor,
    name=NAME, version=VERSION, description=TEXT, type=TEXT,
    contract_id=st.one_of(st.just(""), SLUG),
    input_contracts=some(st.builds(ContractReference, id=SLUG, version=VERSION)),
    deprecated=st.booleans(), tags=TAGS, platform=st.one_of(st.just(""), SLUG),
    interface=st.sampled_from(["", "sql", "stream"]),
    resource=st.sampled_from(["", "mart.flights"]),
    columns=some(NAME, by=lambda name: name), row_filter=some(FILTER),
    queries=some(QUERY, by=lambda query: query.name), custom=CUSTOM,
    extra=st.sampled_from([{}, {"sbom": [{"url": "https://example.org/sbom"}]}]),
)  # fmt: skip
INPUT = st.builds(
    InputPortDescriptor, name=NAME, version=VERSION, contract_id=st.one_of(st.just(""), SLUG),
    tags=TAGS, custom=CUSTOM, extra=st.sampled_from([{}, {"deprecated": True}]),
)  # fmt: skip
MANAGEMENT = st.builds(
    ManagementPortDescriptor, name=NAME, content=st.sampled_from(["", "control"]),
    type=st.sampled_from(["rest", "topic"]), url=st.one_of(st.just(""), URL), channel=TEXT,
    description=TEXT, tags=TAGS, custom=CUSTOM, extra=st.just({}),
)  # fmt: skip
PRODUCTS = KEY.flatmap(
    lambda key: st.builds(
        ProductDescriptor,
        key=st.just(key), domain=st.just(key.partition(".")[0]), name=TEXT,
        version=st.one_of(st.just(""), VERSION),
        status=st.sampled_from(["", "draft", "active"]), type=TEXT, purpose=TEXT, usage=TEXT,
        limitations=TEXT, deprecated=st.booleans(), tenant=TEXT, tags=TAGS,
        owner_team=st.one_of(st.just(""), SLUG), members=some(MEMBER), support=some(SUPPORT),
        definitions=some(DEFINITION),
        input_ports=some(INPUT, by=lambda port: (port.name, port.version)),
        output_ports=some(OUTPUT, by=lambda port: port.key),
        management_ports=some(MANAGEMENT, by=lambda port: port.name),
        publication_scope=st.sampled_from(["", "team", "organization"]),
        certification=st.sampled_from(["", "gold"]),
        row_meaning=st.one_of(st.just(""), NAME), good_for=some(NAME), not_for=some(NAME),
        custom=CUSTOM, api_version=st.just("v1.1.0"), source=st.none(),
        extra=st.sampled_from([
            {}, {"context": {"instructions": "a"}}, {"team": {"description": "b"}},
            {"description": {"customProperties": [{"property": "p", "value": None}]}},
        ]),
    )
)  # fmt: skip

RULE = st.builds(
    QualityRule, name=TEXT, type=st.just("library"), metric=st.just("rowCount"), description=TEXT,
    dimension=st.sampled_from(["", "coverage"]), severity=TEXT, query=st.just(""), unit=TEXT,
    extra=st.sampled_from([{"mustBe": 1}, {"mustBeGreaterThan": 0}]),
)  # fmt: skip
RELATION = st.builds(
    Relationship,
    to=st.just(("crew.name",)),
    source=st.just(()),
    type=st.just(""),
    extra=st.just({}),
)


def columns(children):
    column = st.builds(
        Column,
        name=NAME, position=st.just(1), logical_type=st.sampled_from(["", "object"]),
        physical_type=TEXT, description=TEXT, business_name=TEXT, classification=TEXT,
        required=st.booleans(), unique=st.booleans(), primary_key=st.booleans(),
        primary_key_position=st.sampled_from([-1, 1]), deprecated=st.booleans(), tags=TAGS,
        examples=some(VALUE), enum=some(st.builds(EnumValue, value=TEXT, label=TEXT,
        extra=st.just({})), by=lambda entry: entry.value), options=st.just({}),
        relationships=some(RELATION), quality=some(RULE, most=1), children=children, custom=CUSTOM,
        extra=st.sampled_from([{}, {"partitioned": True}]),
    )  # fmt: skip
    return some(column, by=lambda one: one.name).map(
        lambda found: tuple(replace(one, position=at) for at, one in enumerate(found, start=1))
    )


OBJECT = st.builds(
    SchemaObject,
    name=NAME, physical_name=TEXT, physical_type=TEXT, description=TEXT, business_name=TEXT,
    granularity=TEXT, tags=TAGS, columns=columns(columns(st.just(()))),
    relationships=some(st.builds(Relationship, to=st.just(("a.b", "a.c")),
    source=st.just(("d.b", "d.c")), type=st.just(""), extra=st.just({})), most=1),
    quality=some(RULE, most=1), custom=CUSTOM, extra=st.just({}),
)  # fmt: skip
CONTRACTS = st.builds(
    ContractDescriptor,
    id=SLUG, version=VERSION, name=TEXT, status=st.sampled_from(["", "active"]), domain=TEXT,
    data_product=TEXT, tenant=TEXT, purpose=TEXT, usage=TEXT, limitations=TEXT, tags=TAGS,
    team=TEXT, objects=some(OBJECT, by=lambda one: one.name),
    service_levels=some(st.builds(ServiceLevelObjective, property=NAME,
        value=st.one_of(TEXT, st.integers(0, 9), st.booleans(), st.none()), unit=TEXT,
        element=TEXT, driver=TEXT, description=TEXT, extra=st.just({}))),
    roles=some(st.builds(Role, role=NAME, access=TEXT, description=TEXT,
        first_level_approvers=TEXT, second_level_approvers=TEXT, extra=st.just({}))),
    servers=some(st.builds(Server, server=NAME, type=st.just("postgres"), description=TEXT,
        environment=TEXT, extra=st.just(
            {"host": "db", "port": 1, "database": "d", "schema": "s"}))),
    support=some(SUPPORT), definitions=some(DEFINITION),
    purposes=some(st.sampled_from(["analytics", "research"]), by=lambda word: word),
    max_duration_days=st.one_of(st.none(), st.integers(1, 3650)), custom=CUSTOM,
    extra=st.sampled_from([{}, {"team": {"members": [{"username": "olaf"}]}}]),
    api_version=st.just("v3.2.0"), source=st.none(),
)  # fmt: skip


@pytest.mark.slow
@given(product=PRODUCTS)
@settings(max_examples=50, deadline=None)
def test_any_product_survives_being_written_and_read(product):
    assert parse_bundle(build_odps(product)).products == (product,)


@pytest.mark.slow
@given(contract=CONTRACTS)
@settings(max_examples=50, deadline=None)
def test_any_contract_survives_being_written_and_read(contract):
    assert parse_bundle(build_odcs(contract)).contracts == (contract,)


@pytest.mark.slow
@given(
    domain=st.builds(
        DomainDescriptor, id=SLUG, name=NAME, description=TEXT, parent=st.just("top"),
        owner_team=st.one_of(st.just(""), SLUG), hue=st.one_of(st.none(), st.integers(0, 360)),
        source=st.none(),
    ).filter(lambda one: one.id != "top"),
    team=st.builds(
        TeamDescriptor, id=SLUG, name=NAME, description=TEXT, domain=st.one_of(st.just(""), SLUG),
        email=st.sampled_from(["", "a@example.org"]), source=st.none(),
        members=some(st.builds(Member, username=NAME, role=st.just("lead"), extra=st.just({})),
                     by=lambda one: one.username),
    ),
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_any_domain_and_team_survive_being_written_and_read(domain, team):
    bundle = parse_bundle(bundle_to_yaml([domain, team]))

    assert (bundle.domains, bundle.teams) == ((domain,), (team,))
