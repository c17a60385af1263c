"""Discoverable: somebody who does not know the product finds it and sees what it is."""

from typing import Final

from governance.scoring.base import (
    ProductFacts,
    PropertyScore,
    all_or_nothing,
    graded,
    shared,
)

PURPOSE_LENGTH: Final = 40
_TAG_WORTH: Final = 5
_WANTED_TAGS: Final = 3
_TYPES: Final = ("sourceAligned", "aggregate", "consumerAligned")
_SCOPES: Final = {"organization": 20, "external": 20, "domain": 10}


def score(facts: ProductFacts) -> PropertyScore:
    """100 points for name, purpose, tags, type, publication and described ports."""
    length, tags = len(facts.purpose.strip()), len(set(facts.tags))
    scope = facts.publication_scope or "not stated"
    return PropertyScore(
        name="discoverable",
        points=(
            all_or_nothing(
                "name",
                10,
                earned=bool(facts.name.strip()),
                evidence=f"The name is {facts.name}." if facts.name.strip() else "No name.",
                fix="Give the product a name people would say.",
                pointer="DataProduct#/name",
            ),
            graded(
                "purpose",
                25,
                25 if length >= PURPOSE_LENGTH else 10 if length else 0,
                evidence=f"The purpose has {length} characters.",
                fix=f"Say in at least {PURPOSE_LENGTH} characters what the product is for.",
                pointer="DataProduct#/description/purpose",
            ),
            graded(
                "tags",
                15,
                _TAG_WORTH * tags,
                evidence=f"{tags} of {_WANTED_TAGS} tags.",
                fix=f"Add {max(_WANTED_TAGS - tags, 0)} more of the words people search for.",
                pointer="DataProduct#/tags",
            ),
            all_or_nothing(
                "type",
                10,
                earned=facts.type in _TYPES,
                evidence=f"The type is {facts.type}." if facts.type else "No type.",
                fix=f"Say whether it is {', '.join(_TYPES[:-1])} or {_TYPES[-1]}.",
                pointer="DataProduct#/type",
            ),
            graded(
                "published",
                20,
                _SCOPES.get(facts.publication_scope, 0),
                evidence=f"The publication scope is {scope}.",
                fix="Publish it to the organization, if others may know that it exists.",
                pointer="DataProduct#/customProperties",
            ),
            shared(
                "ports-described",
                20,
                facts.ports,
                lambda port: bool(port.description.strip()),
                name=lambda port: port.name,
                what=("ports", "are described"),
                fix="Describe {names}",
                pointer="DataProduct#/outputPorts",
            ),
        ),
    )
