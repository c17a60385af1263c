"""Derive what lists, facets, search and the product's address read, when the product changes."""

from typing import Any

from django.db import connection

from catalog.actions.lineage import declare_edges
from catalog.actions.ports import bind_contracts
from catalog.descriptors.classification import strictest
from catalog.models import DataProduct, OutputPort, SchemaColumn, SearchWord, ServiceLevel
from catalog.queries.ports import ports_of

_SEARCH = """
    UPDATE catalog_dataproduct SET search =
        setweight(to_tsvector('emporion', %s), 'A') || setweight(to_tsvector('emporion', %s), 'B')
        || setweight(to_tsvector('emporion', %s), 'C')
        || setweight(to_tsvector('emporion', %s), 'D')
    WHERE id = %s
"""
_COLUMN_TEXT_LIMIT = 200_000
_WORD_LIMIT = 60


def write_derived(product: DataProduct) -> None:
    """Bring derived columns, card, detail, search words, service levels and lineage in step."""
    ports, columns = bind_contracts(product)
    product.interfaces = sorted({p.interface for p in ports})
    product.platforms = sorted({p.platform.key for p in ports if p.platform})
    product.classification = strictest(p.classification for p in ports)
    product.personal_data = any(p.personal_data for p in ports)
    product.card = card(product, ports)
    product.detail = detail(product, ports)
    product.save()
    _write_words(product, columns)
    _write_service_levels(product, ports)
    declare_edges(product, ports)


def write_cards(product: DataProduct) -> None:
    """Write card and detail alone: what is enough when only the product's standing changed."""
    ports = ports_of(product.pk)
    product.card, product.detail = card(product, ports), detail(product, ports)
    product.save(update_fields=["card", "detail"])


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


def detail(product: DataProduct, ports: list[OutputPort]) -> dict[str, Any]:
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
        "inputs": [
            {"name": i.name, "contract": i.contract_key or None} for i in product.inputs.all()
        ],
        "management": [
            {"name": m.name, "content": m.content, "url": m.url} for m in product.management.all()
        ],
        "etag": product.version,
    }


def _write_words(product: DataProduct, columns: list[SchemaColumn]) -> None:
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
    texts = [" ".join(text.split())[:_COLUMN_TEXT_LIMIT] for text in plain]
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH, [*texts, product.pk])
    whole_words = {
        word.strip(".,;:()'\"").lower()
        for text in texts[:3]
        for word in text.replace("_", " ").replace("-", " ").split()
    }
    SearchWord.objects.bulk_create(
        [
            SearchWord(word=word)
            for word in sorted(whole_words)
            if word.isalpha() and 3 < len(word) <= _WORD_LIMIT  # noqa: PLR2004 - short words mislead
        ],
        ignore_conflicts=True,
    )


def _write_service_levels(product: DataProduct, ports: list[OutputPort]) -> None:
    promised = {
        (str(level["property"]), str(level["element"] or "")): level
        for port in ports
        if port.contract
        for level in port.contract.facts.get("service_levels", [])
    }
    product.service_levels.all().delete()
    ServiceLevel.objects.bulk_create(
        ServiceLevel(
            product=product,
            property=name,
            element=element,
            objective=str(level["value"]),
            unit=str(level["unit"] or ""),
        )
        for (name, element), level in promised.items()
    )
