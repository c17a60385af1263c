"""From a table as a platform describes it to a draft contract and a draft product. Pure."""

import re
from typing import Final

from catalog.descriptors.model import (
    Column,
    ContractDescriptor,
    OutputPortDescriptor,
    ProductDescriptor,
    SchemaObject,
)
from catalog.descriptors.writing import bundle_to_yaml
from marketplace.connectors.base import ColumnInfo, Schema

_KEY: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*\Z")
# What ODCS 3 calls the types that platforms spell in many ways; the first that fits is taken.
_LOGICAL: Final = tuple(
    (re.compile(pattern), logical)
    for pattern, logical in (
        (r"bool|tinyint\(1\)|bit\(1\)", "boolean"),
        (r"timestamp|datetime", "timestamp"),
        (r"date", "date"),
        (r"time", "time"),
        (r".*\[\]|list|array", "array"),
        (r"json|struct|map|record|object|variant", "object"),
        (r"(tiny|small|medium|big|huge|u|ubig)?int(eger)?\d*\b|(big|small)?serial|year", "integer"),
        (r"number\(\d+, ?0\)", "integer"),  # Snowflake has one type for both
        (r"number|numeric|decimal|real|float|double|money", "number"),
    )
)


def draft(table: Schema, *, product: str, team: str, platform: str) -> str:
    """Write a bundle of two documents for one table, to be read and completed by its owner.

    `product` is the key `domain.product`. What a platform cannot know is left out and not guessed:
    classifications, personal data, purposes and promises. Raises ValueError for a bad key.
    """
    if not _KEY.match(product):
        raise ValueError("a product's key is domain.product, in a-z, 0-9 and hyphens")
    domain, _, slug = product.partition(".")
    title = slug.replace("-", " ").capitalize()
    contract_id = f"{slug}-contract"
    contract = ContractDescriptor(
        id=contract_id,
        version="0.1.0",
        name=title,
        status="draft",
        domain=domain,
        data_product=product,
        team=team,
        objects=(
            SchemaObject(
                name=table.name,
                physical_name=f"{table.schema}.{table.name}",
                physical_type=table.kind,
                description=table.comment,
                columns=tuple(
                    _column(one, position) for position, one in enumerate(table.columns, start=1)
                ),
            ),
        ),
    )
    described = ProductDescriptor(
        key=product,
        domain=domain,
        name=title,
        version="0.1.0",
        status="draft",
        owner_team=team,
        purpose=table.comment,
        output_ports=(
            OutputPortDescriptor(
                name="table",
                type="sql",
                contract_id=contract_id,
                platform=platform,
                interface="sql",
                resource=f"{table.schema}.{table.name}",
            ),
        ),
    )
    return bundle_to_yaml([contract, described])


def logical_type(physical: str) -> str:
    """Give the ODCS word for a platform's type; what is unknown is read as text."""
    words = physical.lower()
    return next((logical for fits, logical in _LOGICAL if fits.match(words)), "string")


def _column(one: ColumnInfo, position: int) -> Column:
    return Column(
        name=one.name,
        position=position,
        logical_type=logical_type(one.type),
        physical_type=one.type,
        description=one.comment,
        required=not one.nullable,
        primary_key=one.primary_key,
        primary_key_position=1 if one.primary_key else -1,
    )
