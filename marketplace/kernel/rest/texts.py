"""Text from outside: what no name, sentence, filter or key may hold.

NUL and other control characters end up in terminals and logs, and PostgreSQL refuses NUL;
bidirectional controls make a text read as something else than it is (CVE-2021-42574).
"""

import re
from collections.abc import Iterator
from typing import Any

from marketplace.kernel.errors import FieldProblem

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile(r"[\t\n\r -~]*")
_RULES = (
    (_CONTROL, "control-character", "A control character cannot be part of this text."),
    (_BIDI, "bidi-character", "A character that turns the reading direction is not taken."),
    (_SURROGATE, "broken-character", "Half of a surrogate pair is no character."),
)


def problem_of(text: str, pointer: str) -> FieldProblem | None:
    """Say what is wrong with a text; None when nothing is."""
    if _PLAIN.fullmatch(text):
        return None
    for rule, code, words in _RULES:
        if rule.search(text):
            return FieldProblem(pointer, code, words)
    return None


def problems_in(value: Any, pointer: str = "") -> Iterator[FieldProblem]:
    """Find every bad text in a JSON value, keys included."""
    if isinstance(value, str):
        found = problem_of(value, pointer)
        if found:
            yield found
    elif isinstance(value, dict):
        for key, inner in value.items():
            found = problem_of(key, pointer)
            if found:
                yield found
                continue
            yield from problems_in(inner, f"{pointer}/{escaped(key)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from problems_in(inner, f"{pointer}/{index}")


def escaped(key: str) -> str:
    """Give a key as a step of a JSON pointer (RFC 6901, section 3)."""
    return key.replace("~", "~0").replace("/", "~1")
