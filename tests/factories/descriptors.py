"""Documents of a bundle as YAML text. Each works alone; a keyword changes one thing."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

FLIGHT_COLUMNS: dict[str, dict[str, Any]] = {
    "flight_id": {"logicalType": "integer", "physicalType": "bigint", "primaryKey": True},
    "carrier": {"logicalType": "string", "physicalType": "text", "required": True},
    "origin": {"logicalType": "string", "physicalType": "text"},
    "dep_delay": {
        "logicalType": "integer",
        "physicalType": "integer",
        "description": "Minutes late at departure.",
    },
}
BOOKING_COLUMNS: dict[str, dict[str, Any]] = {
    "booking_id": {"logicalType": "integer", "physicalType": "bigint", "primaryKey": True},
    "email": {
        "logicalType": "string",
        "physicalType": "text",
        "classification": "confidential",
        "tags": ["pii"],
    },
    "fare": {"logicalType": "number", "physicalType": "numeric", "classification": "confidential"},
}


def bundle(*documents: str) -> str:
    """Several documents as one text."""
    return "---\n".join(documents)


def team(slug: str, members: Mapping[str, str] | None = None, *, domain: str = "") -> str:
    """A team; `members` maps usernames to roles."""
    people = [{"username": name, "role": role} for name, role in (members or {}).items()]
    return _text(
        {
            "apiVersion": "emporion/v1",
            "kind": "Team",
            "id": slug,
            "name": slug.replace("-", " ").capitalize(),
            "domain": domain,
            "email": f"{slug}@example.org",
            "members": people,
        }
    )


def domain(slug: str, *, team: str = "", parent: str = "") -> str:
    """A domain, owned by the team of the same name unless told otherwise."""
    return _text(
        {
            "apiVersion": "emporion/v1",
            "kind": "Domain",
            "id": slug,
            "name": slug.replace("-", " ").capitalize(),
            "ownerTeam": team or slug,
            "parent": parent,
        }
    )


def port(
    name: str = "curated",
    *,
    version: str = "1",
    contract: str = "",
    platform: str = "warehouse",
    interface: str = "sql",
    resource: str = "flight_operations.flights",
    columns: Sequence[str] = (),
    row_filter: Sequence[Mapping[str, Any]] = (),
    masks: Sequence[Mapping[str, Any]] = (),
    queries: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """An output port for `product(ports=[...])`."""
    ours = {
        "platform": platform,
        "interface": interface,
        "resource": resource,
        "columns": list(columns),
        "rowFilter": [dict(one) for one in row_filter],
        "masks": [dict(one) for one in masks],
        "queries": [dict(one) for one in queries],
    }
    return {
        "name": name,
        "version": version,
        "type": interface,
        **({"contractId": contract} if contract else {}),
        "customProperties": [{"property": k, "value": v} for k, v in ours.items() if v],
    }


def product(
    key: str = "flight-operations.flight-delays",
    *,
    name: str = "",
    team: str = "",
    status: str = "active",
    scope: str = "organization",
    certification: str = "",
    purpose: str = "Late flights, by flight.",
    tags: Sequence[str] = (),
    version: str = "1.0.0",
    ports: Sequence[Mapping[str, Any]] | None = None,
    inputs: Sequence[str] = (),
    **extra: Any,
) -> str:
    """A product with one SQL port on the contract `<product>-curated`."""
    owner, _, slug = key.partition(".")
    ours = {"publicationScope": scope, "certification": certification, "rowMeaning": "One row."}
    return _text(
        {
            "apiVersion": "v1.1.0",
            "kind": "DataProduct",
            "id": key,
            "domain": owner,
            "name": name or slug.replace("-", " ").capitalize(),
            "version": version,
            "status": status,
            "tags": list(tags),
            "description": {"purpose": purpose},
            "team": {"name": team or owner},
            "inputPorts": [{"name": one, "version": "1", "contractId": one} for one in inputs],
            "outputPorts": list(ports) if ports else [port(contract=f"{slug}-curated")],
            "customProperties": [{"property": k, "value": v} for k, v in ours.items() if v],
            **extra,
        }
    )


def contract(
    key: str = "flight-delays-curated",
    *,
    product: str = "flight-operations.flight-delays",
    version: str = "1.0.0",
    columns: Mapping[str, Mapping[str, Any]] | None = None,
    purposes: Sequence[str] = ("analytics", "reporting"),
    max_duration_days: int = 365,
    **extra: Any,
) -> str:
    """A contract with one object; `columns` maps names to ODCS properties."""
    wanted = FLIGHT_COLUMNS if columns is None else columns
    return _text(
        {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": key,
            "name": key.replace("-", " ").capitalize(),
            "version": version,
            "status": "active",
            "dataProduct": product,
            "schema": [
                {
                    "name": key.replace("-", "_"),
                    "properties": [{"name": name, **facts} for name, facts in wanted.items()],
                }
            ],
            "customProperties": [
                {"property": "purposes", "value": list(purposes)},
                {"property": "maxDurationDays", "value": max_duration_days},
            ],
            **extra,
        }
    )


def _text(document: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in document.items() if value not in ("", [], {})}
    return yaml.dump(kept, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
