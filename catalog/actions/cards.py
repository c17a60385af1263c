"""Derive what lists, facets, search and the product's address read, when the product changes.

Many products cost as many statements as one: a bundle may hold a thousand.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from catalog.actions.lineage import declare_edges
from catalog.actions.ports import bind_contracts
from catalog.descriptors.classification import strictest
from catalog.models import (
    DataProduct,
    InputPort,
    ManagementPort,
    OutputPort,
    SchemaColumn,
    SearchWord,
    ServiceLevel,
)
from catalog.queries.ports import ports_by_product

_WRITE = """
    UPDATE catalog_dataproduct AS product SET
        interfaces = given.interfaces, platforms = given.platforms,
        classification = given.classification, personal_data = given.personal_data,
        card = given.card, detail = given.detail,
        search = setweight(to_tsvector('emporion', texts[1]), 'A')
              || setweight(to_tsvector('emporion', texts[2]), 'B')
              || setweight(to_tsvector('emporion', texts[3]), 'C')
              || setweight(to_tsvector('emporion', texts[4]), 'D')
    FROM jsonb_to_recordset(%s::jsonb) AS given(
        id bigint, interfaces text[], platforms text[], classification text, personal_data bool,
        card jsonb, detail jsonb, texts text[])
    WHERE product.id = given.id
"""
_WRITE_STANDING = """
    UPDATE catalog_dataproduct AS product SET
        score = given.score, petals = given.petals, instant = given.instant,
        consumers = given.consumers, refreshed_at = given.refreshed_at,
        card = given.card, detail = given.detail
    FROM jsonb_populate_recordset(NULL::catalog_dataproduct, %s::jsonb) AS given
    WHERE product.id = given.id
"""
_COLUMN_TEXT_LIMIT = 200_000
_SHORTEST, _WORD_LIMIT = 4, 60  # shorter words mislead
_DERIVED = ("id", "interfaces", "platforms", "classification", "personal_data", "card", "detail")
_STANDING = ("id", "score", "petals", "instant", "consumers", "refreshed_at", "card", "detail")


def write_derived(*products: DataProduct) -> None:
    """Bring derived columns, card, detail, search words, service levels and lineage in step.

    What is not derived must have been saved before.
    """
    if not products:
        return
    bound = bind_contracts(products)
    inputs = _by_product(InputPort, products)
    management = _by_product(ManagementPort, products)
    rows = []
    words: set[str] = set()
    for product in products:
        ports, columns = bound[product.pk]
        product.interfaces = sorted({p.interface for p in ports})
        product.platforms = sorted({p.platform.key for p in ports if p.platform})
        product.classification = strictest(p.classification for p in ports)
        product.personal_data = any(p.personal_data for p in ports)
        product.card = card(product, ports)
        product.detail = detail(
            product, ports, inputs.get(product.pk, ()), management.get(product.pk, ())
        )
        texts = _texts(product, columns)
        words |= _whole_words(texts)
        rows.append({name: getattr(product, name) for name in _DERIVED} | {"texts": texts})
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [json.dumps(rows)])
    SearchWord.objects.bulk_create(
        [SearchWord(word=word) for word in sorted(words)], ignore_conflicts=True
    )
    offered = {product: bound[product.pk][0] for product in products}
    _write_service_levels(offered)
    declare_edges(offered)


def _by_product[Port: (InputPort, ManagementPort)](
    model: type[Port], products: Iterable[DataProduct]
) -> dict[int, list[Port]]:
    """Give the ports of products, by product, in their order."""
    found: dict[int, list[Port]] = {}
    for row in model.objects.filter(product__in=[product.pk for product in products]):
        found.setdefault(row.product_id, []).append(row)
    return found


def write_cards(*products: DataProduct) -> None:
    """Write the standing of locked products, with card and detail that show it: no more changed."""
    ports = ports_by_product(products)
    inputs = _by_product(InputPort, products)
    management = _by_product(ManagementPort, products)
    rows = []
    for product in products:
        of = ports[product.pk]
        product.card = card(product, of)
        product.detail = detail(
            product, of, inputs.get(product.pk, ()), management.get(product.pk, ())
        )
        rows.append({name: getattr(product, name) for name in _STANDING})
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_STANDING, [json.dumps(rows, default=str)])


def card(product: DataProduct, ports: list[OutputPort]) -> dict[str, Any]:
    """One row of a list: the same for every viewer."""
    return {
        "key": product.key,
        "name": product.name,
        "purpose": product.purpose,
        "domain": product.domain.slug,
        "domain_name": product.domain.name,
        "hue": product.domain.hue,
        "owner_team": product.owner_team.slug,
        "version": product.version_name,
        "status": product.status,
        "certification": product.certification,
        "classification": product.classification,
        "personal_data": product.personal_data,
        "tags": product.tags,
        "interfaces": product.interfaces,
        "ports": [
            {
                "name": p.name,
                "version": p.version_name,
                "interface": p.interface,
                "platform": p.platform.key if p.platform else None,
            }
            for p in ports
        ],
        "score": product.score,
        "petals": product.petals,
        "consumers": product.consumers,
        "instant": product.instant,
        "refreshed_at": product.refreshed_at.isoformat() if product.refreshed_at else None,
    }


def detail(
    product: DataProduct,
    ports: list[OutputPort],
    inputs: Iterable[InputPort],
    management: Iterable[ManagementPort],
) -> dict[str, Any]:
    """The product's own address, finished: the same for every viewer."""
    facts = {key: value for key, value in product.facts.items() if key != "contracts"}
    return {
        **card(product, ports),
        "type": product.type,
        "scope": product.scope,
        **facts,
        "ports": [
            {
                "name": p.name,
                "version": p.version_name,
                "description": p.description,
                "interface": p.interface,
                "status": p.status,
                "platform": p.platform.key if p.platform else None,
                "relation": p.relation or None,
                "contract": p.contract.contract.key if p.contract else None,
                "contract_version": p.contract.version_name if p.contract else None,
                "classification": p.classification,
                "personal_data": p.personal_data,
            }
            for p in ports
        ],
        "inputs": [{"name": i.name, "contract": i.contract_key or None} for i in inputs],
        "management": [{"name": m.name, "content": m.content, "url": m.url} for m in management],
        "etag": product.version,
    }


def _texts(product: DataProduct, columns: list[SchemaColumn]) -> list[str]:
    """The four texts that a product is found by, weightiest first."""
    plain = [
        product.name,
        " ".join([*product.tags, product.domain.name, product.slug.replace("-", " "), product.key]),
        " ".join([product.purpose, *(f"{c.name} {c.name.replace('_', ' ')}" for c in columns)]),
        " ".join(
            [
                str(product.facts.get("row_meaning", "")),
                str(product.facts.get("usage", "")),
                *(c.description for c in columns),
            ]
        ),
    ]
    return [" ".join(text.split())[:_COLUMN_TEXT_LIMIT] for text in plain]


def _whole_words(texts: Sequence[str]) -> set[str]:
    """The words of the first three texts that a misspelt one may be compared with."""
    words = {
        word.strip(".,;:()'\"").lower()
        for text in texts[:3]
        for word in text.replace("_", " ").replace("-", " ").split()
    }
    return {word for word in words if word.isalpha() and _SHORTEST <= len(word) <= _WORD_LIMIT}


def _write_service_levels(offered: Mapping[DataProduct, Sequence[OutputPort]]) -> None:
    ServiceLevel.objects.filter(product__in=[product.pk for product in offered]).delete()
    ServiceLevel.objects.bulk_create(
        ServiceLevel(
            product=product,
            property=name,
            element=element,
            objective=str(level["value"]),
            unit=str(level["unit"] or ""),
        )
        for product, ports in offered.items()
        for (name, element), level in _promised(ports).items()
    )


def _promised(ports: Sequence[OutputPort]) -> dict[tuple[str, str], dict[str, Any]]:
    """What contracts of ports promise, by property and element; the first port's word counts."""
    return {
        (str(level["property"]), str(level["element"] or "")): level
        for port in reversed(ports)
        if port.contract
        for level in port.contract.facts.get("service_levels", [])
    }
