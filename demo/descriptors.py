"""The YAML of the demo mesh as plain mappings, for the loader, the checks and the tests.

The catalogue reads the same files through its own validator; nothing here replaces that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
MESH = HERE / "mesh"
CHANGES = HERE / "changes"

Descriptor = dict[str, Any]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, where there is one


def files() -> list[Path]:
    """Return every descriptor file of the mesh, one document each, in a stable order."""
    return sorted(MESH.rglob("*.yaml"))


def read(path: Path) -> Descriptor:
    """Read one descriptor file."""
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe one
    if not isinstance(document, dict):
        raise TypeError(f"{path.name} holds no mapping")
    return document


def of_kind(kind: str) -> list[Descriptor]:
    """Return the descriptors of one kind: DataProduct, DataContract, Domain or Team."""
    return [document for document in map(read, files()) if document["kind"] == kind]


def contracts() -> list[Descriptor]:
    """Return the data contracts in force (ODCS)."""
    return of_kind("DataContract")


def products() -> list[Descriptor]:
    """Return the data products (ODPS)."""
    return of_kind("DataProduct")


def custom(element: Mapping[str, Any], name: str) -> Any:
    """Return the value of a custom property of an element, None without."""
    for entry in element.get("customProperties", ()):
        if entry["property"] == name:
            return entry["value"]
    return None


def ports() -> Iterator[tuple[Descriptor, Descriptor]]:
    """Yield each output port with its product, as (product, port)."""
    for product in products():
        for port in product["outputPorts"]:
            yield product, port


def is_table(contract: Mapping[str, Any]) -> bool:
    """Tell whether the contract describes a table of the warehouse (else files)."""
    return bool(contract["schema"][0]["physicalType"] == "table")
