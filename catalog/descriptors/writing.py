"""Descriptors out: the original text when nothing changed, otherwise text built from the fields.

What is built reads back as an equal descriptor (tested as a property). Scalars are quoted
wherever our reader, which follows YAML 1.2, would take them for something else.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from catalog.descriptors import extras, odcs, odps, safe_yaml
from catalog.descriptors.model import (
    ContractDescriptor,
    Descriptor,
    DomainDescriptor,
    ProductDescriptor,
    TeamDescriptor,
)
from catalog.descriptors.safe_yaml import Document

_WIDTH = 100


class _Dumper(yaml.CSafeDumper):
    """Writes text so that the 1.2 core schema reads it back as text, and no aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _text(dumper: yaml.CSafeDumper, words: str) -> yaml.ScalarNode:
    style = None
    if not safe_yaml.reads_as_text(words):
        style = '"'
    elif _is_block(words):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", words, style=style)


def _is_block(words: str) -> bool:
    """Whether several lines can stand as they are: no edge case of block scalars."""
    lines = words.split("\n")
    return len(lines) > 1 and all(line and line == line.strip() for line in lines[:-1])


_Dumper.add_representer(str, _text)


def to_yaml(descriptor: Descriptor) -> str:
    """The descriptor as YAML: verbatim what was read when it still says the same."""
    source = descriptor.source
    if source is not None and _read(source) == descriptor:
        return source.text
    return dump(_mapping(descriptor))


def bundle_to_yaml(descriptors: Iterable[Descriptor]) -> str:
    """Several descriptors as one text of several documents."""
    texts = []
    for descriptor in descriptors:
        text = to_yaml(descriptor)
        start = "" if text.startswith("---") else "---\n"
        texts.append(f"{start}{text}" if text.endswith("\n") else f"{start}{text}\n")
    return "".join(texts)


def build_odps(product: ProductDescriptor) -> str:
    """ODPS text for a product that has none, such as one made over the API."""
    return dump(odps.write(product))


def build_odcs(contract: ContractDescriptor) -> str:
    """ODCS text for a contract that has none."""
    return dump(odcs.write(contract))


def dump(data: dict[str, Any]) -> str:
    """A mapping of JSON values as YAML that `safe_yaml.load` reads back as the same."""
    return yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, indent=2
    )


def _mapping(descriptor: Descriptor) -> dict[str, Any]:
    match descriptor:
        case ProductDescriptor():
            return odps.write(descriptor)
        case ContractDescriptor():
            return odcs.write(descriptor)
        case DomainDescriptor():
            return extras.write_domain(descriptor)
        case TeamDescriptor():
            return extras.write_team(descriptor)


def _read(document: Document) -> Descriptor:
    match document.data["kind"]:
        case odps.KIND:
            return odps.read(document)
        case odcs.KIND:
            return odcs.read(document)
        case "Domain":
            return extras.read_domain(document)
        case _:
            return extras.read_team(document)
