"""How sensitive a column is: four ranked classes, and the tags that mark personal data.

Two rules close the gaps that descriptors leave. A column without a class counts as `internal`
(the usual default of an organisation for what nobody labelled); a class that we do not know
counts as `restricted`, since a word such as "secret" must never open more than we understand.
"""

from collections.abc import Iterable
from typing import Final

PUBLIC: Final = "public"
INTERNAL: Final = "internal"
CONFIDENTIAL: Final = "confidential"
RESTRICTED: Final = "restricted"
CLASSIFICATIONS: Final = (PUBLIC, INTERNAL, CONFIDENTIAL, RESTRICTED)
UNSTATED: Final = INTERNAL

PERSONAL_TAGS: Final = frozenset({"pii", "phi", "pci"})
_PERSONAL_CLASSES: Final = frozenset({"pii", "phi", "pci", "personal"})


def normal(value: str) -> str:
    """One of the four classes for what a descriptor says."""
    word = value.strip().lower()
    if not word:
        return UNSTATED
    return word if word in CLASSIFICATIONS else RESTRICTED


def rank(value: str) -> int:
    """0 for public up to 3 for restricted."""
    return CLASSIFICATIONS.index(normal(value))


def strictest(values: Iterable[str]) -> str:
    """The strictest class of several; `internal` when there is none."""
    return max((normal(value) for value in values), key=rank, default=UNSTATED)


def marks_personal_data(tags: Iterable[str], classification: str) -> bool:
    """Whether tags or class say that the value is about a person."""
    words = {tag.strip().lower() for tag in tags}
    return bool(words & PERSONAL_TAGS) or classification.strip().lower() in _PERSONAL_CLASSES
