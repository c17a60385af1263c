"""The synthetic mesh is what `apply` would have made of its own descriptors."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bench.mesh.planning import plan_mesh
from bench.mesh.texts import bundle, contract_text, ground_texts, product_text
from bench.mesh.vocabulary import AREAS, COLUMNS, KINDS, PROBES, PROSE, QUALITIES, TAGS
from catalog.actions.apply import apply_bundle
from catalog.models import (
    ContractVersion,
    DataProduct,
    LineageEdge,
    OutputPort,
    SchemaColumn,
    SearchWord,
)
from catalog.queries import SearchQuery, search
from marketplace.kernel.actors import SYSTEM

PRODUCTS = 40


@pytest.fixture
def made(db):
    call_command("make_mesh", products=PRODUCTS, columns=6, seed=3, verbosity=0)
    return plan_mesh(PRODUCTS, columns=6, seed=3)


def test_the_same_seed_gives_the_same_mesh():
    assert plan_mesh(30, seed=5) == plan_mesh(30, seed=5)
    assert plan_mesh(30, seed=5) != plan_mesh(30, seed=6)


def test_it_has_as_many_products_and_columns_as_asked_for(made):
    assert DataProduct.objects.count() == PRODUCTS
    assert SchemaColumn.objects.count() == PRODUCTS * 6
    assert OutputPort.objects.filter(interface="sql").count() == PRODUCTS


def test_a_second_mesh_of_the_same_plan_is_refused_and_changes_nothing(made):
    with pytest.raises(CommandError):
        call_command("make_mesh", products=PRODUCTS, columns=6, seed=3)
    assert DataProduct.objects.count() == PRODUCTS


def test_applying_its_own_descriptors_changes_nothing(made):
    outcome = apply_bundle(SYSTEM, text=bundle([*ground_texts(made), *_texts(made)]))
    assert [done for done in outcome.documents if done.outcome != "unchanged"] == []


def test_what_is_derived_is_what_apply_derives(made):
    before = _picture()
    DataProduct.objects.update(search=None, card={}, detail={}, interfaces=[], platforms=[])
    DataProduct.objects.update(descriptor_sha256="", version=0)  # so that it is written anew
    apply_bundle(SYSTEM, text=bundle(_texts(made)))
    after = _picture()
    for name, rows in before.items():
        assert after[name] == rows, name


def test_its_contracts_say_what_their_texts_say(made):
    before = list(ContractVersion.objects.order_by("contract__key").values_list("facts", flat=True))
    columns = _columns()
    ContractVersion.objects.update(sha256="")
    apply_bundle(SYSTEM, text=bundle(contract_text(one) for one in made.products))
    after = list(ContractVersion.objects.order_by("contract__key").values_list("facts", flat=True))
    assert after == before
    assert _columns() == columns


@pytest.mark.parametrize("word", ["passenger", "loyalty", "zeppelin"])
def test_a_probe_word_finds_exactly_its_share(made, word):
    assert search(SYSTEM, SearchQuery(q=word, limit=200)).total == made.probes[word]


def test_shares_run_from_17_percent_to_6_in_10000():
    shares = list(PROBES.values())
    assert len(shares) == 20
    assert shares[0] == 0.17
    assert shares[-1] == pytest.approx(0.0006)
    assert shares == sorted(shares, reverse=True)


def test_no_other_word_starts_like_a_probe():
    columns = [part for column in COLUMNS for part in (column[0].split("_") + column[3].split())]
    others = {*AREAS, *KINDS, *QUALITIES, *PROSE, *TAGS, *columns, "synthetic", "reference", "port"}
    others = {part.lower().strip(".") for word in others for part in word.split("-")}
    clashes = {(p, o) for p in PROBES for o in others if o.startswith(p[:5])}
    assert clashes == set()


def _texts(made):
    return [text for one in made.products for text in (product_text(one), contract_text(one))]


def _picture():
    """What apply derives, as plain values."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, search::text, card, detail, interfaces, platforms, classification, "
            "personal_data FROM catalog_dataproduct ORDER BY key"
        )
        products = cursor.fetchall()
    ports = OutputPort.objects.order_by("product__key", "name").values_list(
        "product__key",
        "name",
        "interface",
        "resource",
        "relation_schema",
        "relation_name",
        "platform__key",
        "contract__contract__key",
        "classification",
        "personal_data",
    )
    edges = LineageEdge.objects.filter(kind="declared").values_list(
        "source__urn", "target__urn", "reason"
    )
    return {
        "products": products,
        "ports": list(ports),
        "edges": sorted(edges),
        "words": sorted(SearchWord.objects.values_list("word", flat=True)),
    }


def _columns():
    return list(
        SchemaColumn.objects.order_by("contract_version__contract__key", "position").values_list(
            "contract_version__contract__key",
            "position",
            "name",
            "logical_type",
            "physical_type",
            "description",
            "classification",
            "nullable",
            "primary_key",
            "personal_data",
            "tags",
        )
    )
