"""Interoperable: it can be read and joined with standard means."""

from typing import Final

from governance.scoring.base import (
    ProductFacts,
    PropertyScore,
    all_or_nothing,
    shared,
)

INTERFACES: Final = frozenset({"sql", "stream", "file", "api", "graphql", "share", "mcp"})


def score(facts: ProductFacts) -> PropertyScore:
    """100 points for interfaces, types, descriptor and keys."""
    kinds = sorted({port.interface for port in facts.ports} & INTERFACES)
    return PropertyScore(
        name="interoperable",
        points=(
            shared(
                "interface",
                25,
                facts.ports,
                lambda port: port.interface in INTERFACES,
                name=lambda port: port.name,
                what=("ports", "have a standard interface"),
                fix="Say the interface of {names}",
                pointer="DataProduct#/outputPorts",
            ),
            shared(
                "types",
                25,
                facts.columns,
                lambda column: bool(column.type),
                name=lambda column: column.name,
                what=("columns", "have a type"),
                fix="Say the type of {names}",
                pointer="DataContract#/schema/0/properties",
            ),
            all_or_nothing(
                "descriptor",
                20,
                earned=facts.descriptor_kept,
                evidence="An ODPS descriptor is kept."
                if facts.descriptor_kept
                else "No ODPS descriptor is kept.",
                fix="Apply the product from an ODPS descriptor.",
                pointer="DataProduct#",
            ),
            shared(
                "keys",
                20,
                facts.ports,
                lambda port: any(column.primary_key for column in port.columns),
                name=lambda port: port.name,
                what=("ports", "say their key"),
                fix="Mark the primary key of {names}",
                pointer="DataContract#/schema/0/properties",
            ),
            all_or_nothing(
                "second-interface",
                10,
                earned=len(kinds) > 1,
                evidence=f"Interfaces: {', '.join(kinds)}." if kinds else "No interface.",
                fix="Offer a second kind of interface, such as files beside SQL.",
                pointer="DataProduct#/outputPorts",
            ),
        ),
    )
