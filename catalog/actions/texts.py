"""The text of a descriptor as it is kept, and the fingerprint by which a change is told."""

import hashlib

from catalog.descriptors.safe_yaml import Document

_SEPARATOR = "---"


def kept_text(source: Document | None) -> str:
    """Give a document's text verbatim, without the line that parts it from the one before."""
    if source is None:
        return ""
    first, newline, rest = source.text.partition("\n")
    return rest if newline and first.rstrip() == _SEPARATOR else source.text


def fingerprint(text: str) -> str:
    """Give the SHA-256 of a text; blank lines at its ends do not count. Empty for no text."""
    return hashlib.sha256(text.strip().encode()).hexdigest() if text else ""
