"""A first descriptor of a product and its contract, to be finished by its owner.

Only what is known is written; what has to be said stands there as a comment that asks for it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from catalog.descriptors.writing import dump

_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """A column as far as its source tells; types are words of ODCS and of the platform."""

    name: str
    logical_type: str = "string"
    physical_type: str = ""
    description: str = ""
    required: bool = False
    primary_key: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new product is made from. ``resource`` is ``schema.table``; ``basis`` says whence."""

    domain: str
    team: str
    name: str
    purpose: str = ""
    platform: str = ""
    resource: str = ""
    columns: Sequence[DraftColumn] = field(default_factory=tuple)
    basis: str = ""

    @property
    def slug(self) -> str:
        """Give the name as a part of keys."""
        return slug_of(self.name)


def slug_of(name: str) -> str:
    """Give words as lower-case letters, digits and hyphens, from a letter on; maybe nothing."""
    return _NO_SLUG.sub("-", name.lower()).strip("-").lstrip("0123456789-")[:60].rstrip("-")


def write(draft: Draft) -> str:
    """Give product and contract as one text of two documents."""
    contract = f"{draft.slug}-curated"
    return f"{product_of(draft, contract)}---\n{_contract(draft, contract)}"


def product_of(draft: Draft, contract: str) -> str:
    """Give the product alone, for a contract that is there already; ``contract`` is its id."""
    ours = [
        _property(name, value)
        for name, value in (
            ("platform", draft.platform),
            ("interface", "sql"),
            ("resource", draft.resource),
        )
        if value
    ]
    port = {
        "name": "curated",
        "version": "1",
        "type": "table",
        "contractId": contract,
        "customProperties": ours,
    }
    head = {
        "apiVersion": "v1.1.0",
        "kind": "DataProduct",
        "id": f"{draft.domain}.{draft.slug}",
        "name": draft.name,
        "version": "0.1.0",
        "status": "draft",
        "type": "source-aligned",
        "domain": draft.domain,
        "description": {"purpose": draft.purpose or "Say in a sentence what it is for."},
        "team": {"name": draft.team},
        "outputPorts": [port],
        "customProperties": [_property("publicationScope", "organization")],
    }
    asks = (
        "  # - property: rowMeaning\n"
        "  #   value: Say what one row is.\n"
        "  # - property: goodFor\n"
        "  #   value: [a use, another use]\n"
        "  # - property: notFor\n"
        "  #   value: [what it must not be used for]\n"
    )
    whence = f"# Drafted from {draft.basis}.\n" if draft.basis else ""
    return f"{whence}{dump(head)}{asks}"


def _contract(draft: Draft, contract: str) -> str:
    columns = draft.columns or (DraftColumn("id", "integer", "bigint", primary_key=True),)
    head = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": contract,
        "name": f"{draft.name}, curated",
        "version": "1.0.0",
        "status": "active",
        "dataProduct": f"{draft.domain}.{draft.slug}",
        "schema": [
            {
                "name": contract.replace("-", "_"),
                "properties": [_column(one) for one in columns],
            }
        ],
        "customProperties": [
            _property("purposes", ["analytics", "reporting"]),
            _property("maxDurationDays", 365),
        ],
    }
    return dump(head)


def _column(one: DraftColumn) -> dict[str, Any]:
    said = {
        "name": one.name,
        "logicalType": one.logical_type,
        "physicalType": one.physical_type,
        "description": one.description,
        "classification": "internal",
        "required": one.required,
        "primaryKey": one.primary_key,
    }
    return {key: value for key, value in said.items() if value not in ("", False)}


def _property(name: str, value: Any) -> dict[str, Any]:
    return {"property": name, "value": value}
