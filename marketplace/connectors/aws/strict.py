r"""What a call must look like before it leaves: the service's own model, taken at its word.

botocore checks types, names and least lengths of parameters, but neither greatest lengths, nor
patterns, nor the words of an enumeration: those would come back as an error of the service, or be
cut. Here they are checked as the model states them, before anything is sent.
"""

import functools
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from marketplace.connectors.base import Permanent

MANAGED_POLICY: Final = 6144
"""Characters of a managed policy without white space (IAM's quota; it cannot be raised)."""
TRUST_POLICY: Final = 2048
"""Characters of a trust policy without white space (IAM's default quota)."""
SESSION_POLICY: Final = 2048
"""Characters of a session policy (STS)."""
BUCKET_POLICY: Final = 20_480
"""Bytes of a bucket policy or of a stream's resource policy."""
POLICY_VERSIONS: Final = 5
"""Versions that a managed policy may have."""
_TAGS: Final = 50
_PAIRS: Final = r"\uD800\uDC00-\uDBFF\uDFFF"
"""How a pattern of Java's writes all characters beyond the first 65,536."""


def check(model: Any, params: dict[str, Any]) -> None:
    """Refuse parameters that the operation's model does not allow. Raises Permanent."""
    found = list(_wrong(model.input_shape, params, "")) if model.input_shape is not None else []
    if found:
        raise Permanent(f"AWS {model.name} would refuse {'; '.join(found[:3])}")


def fits(document: dict[str, Any], most: int, what: str) -> str:
    """Write a policy without white space. Raises Permanent when AWS would find it too large."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if len(text) > most:
        raise Permanent(f"{what} takes {len(text):,} characters, and AWS allows {most:,}")
    return text


def tags(facts: dict[str, str]) -> list[dict[str, str]]:
    """Write tags in order. Raises Permanent when there are more than AWS allows."""
    if len(facts) > _TAGS:
        raise Permanent(f"AWS allows {_TAGS} tags")
    return [{"Key": key, "Value": value} for key, value in sorted(facts.items())]


def _wrong(shape: Any, value: Any, where: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name, one in value.items():
            if name in shape.members:
                yield from _wrong(shape.members[name], one, f"{where}.{name}".lstrip("."))
    elif kind == "list" and isinstance(value, list | tuple):
        yield from _outside(shape, len(value), where, "entries")
        for one in value:
            yield from _wrong(shape.member, one, f"{where}[]")
    elif kind == "map" and isinstance(value, dict):
        yield from _outside(shape, len(value), where, "entries")
        for name, one in value.items():
            yield from _wrong(shape.key, name, f"{where}.key")
            yield from _wrong(shape.value, one, f"{where}.{name}")
    elif kind == "string" and isinstance(value, str):
        yield from _wrong_text(shape, value, where)
    elif kind in {"integer", "long"} and isinstance(value, int):
        yield from _outside(shape, value, where, "as a number")


def _outside(shape: Any, size: int, where: str, unit: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        yield f"{where}: {size} {unit}, and {least} to {most} are allowed"


def _wrong_text(shape: Any, value: str, where: str) -> Iterator[str]:
    yield from _outside(shape, len(value), where, "characters")
    if shape.enum and value not in shape.enum:
        yield f"{where}: {value!r} is none of {', '.join(shape.enum[:8])}"
    pattern = shape.metadata.get("pattern")
    if pattern and not _pattern(pattern).fullmatch(value):
        yield f"{where}: {value[:60]!r} is not of the form {pattern}"


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    r"""Read a pattern of Java's: `\p{L}` becomes what Python calls a letter, and so on.

    One that Python cannot read lets all through: the service checks it then.
    """
    for category, ours in (("L", r"\w"), ("N", r"\d"), ("Z", r"\s")):
        text = text.replace(rf"\p{{{category}}}", ours)
    text = text.replace(_PAIRS, "\U00010000-\U0010ffff")
    text = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda one: re.escape(chr(int(one[1], 16))), text)
    try:
        return re.compile(text, re.DOTALL)
    except re.error:
        return re.compile(".*", re.DOTALL)
