"""Our own custom properties: which there are on a product, a port, a contract, and their rules."""

import json
from functools import cache
from importlib import resources
from typing import Any, Final

from catalog.descriptors.safe_yaml import Document, Problem
from catalog.descriptors.schema_check import SchemaCheck

PRODUCT: Final = "product"
PORT: Final = "port"
CONTRACT: Final = "contract"
CUSTOM_HINT: Final = "; what the standard does not know belongs in `customProperties`"


@cache
def emporion_schema() -> dict[str, Any]:
    """The JSON Schema of our kinds and properties."""
    text = resources.files("catalog.descriptors").joinpath("emporion-v1.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def ours(place: str) -> dict[str, SchemaCheck]:
    """Our properties at that place, each with the check of its value."""
    schema = emporion_schema()
    return {
        name: SchemaCheck(schema | {"$ref": f"#/$defs/{place}/{name}"})
        for name in schema["$defs"][place]
    }


def check_custom(document: Document, place: str, entries: Any, at: str) -> list[Problem]:
    """What is wrong with the custom properties that stand at a pointer of the document."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for index, entry in enumerate(entries or ()):
        name, pointer = entry["property"], f"{at}/{index}"
        check = ours(place).get(name)
        if check is None:
            continue
        if name in seen:
            detail = f"The custom property `{name}` stands here twice."
            problems.append(document.problem(pointer, "duplicate", detail))
        seen.add(name)
        problems += check.problems(document, entry["value"], f"{pointer}/value")
    return problems
