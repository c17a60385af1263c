"""Versions of things as entity tags: ``"v7"`` (RFC 9110, sections 8.8.3 and 13)."""

import re
from typing import Any

from marketplace.kernel.errors import PreconditionNeeded, Stale

_TAG = re.compile(r'(?:W/)?"v(\d{1,9})"')


def etag_of(version: int) -> str:
    """Give the tag of a version."""
    return f'"v{version}"'


def expected(request: Any) -> int | None:
    """Give the version that If-Match names; None when nothing, or anything, will do.

    A tag that is none of ours can match nothing, so it is stale.
    """
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        return None
    tags = [part.strip() for part in given.split(",")]
    matches = [_TAG.fullmatch(tag) for tag in tags]
    if len(matches) != 1 or matches[0] is None:
        raise Stale
    return int(matches[0][1])


def needed(request: Any, *, exists: bool) -> int | None:
    """Give the version that a replacing write was made for; refuse one that names none."""
    if request.headers.get("If-None-Match", "").strip() == "*" and exists:
        raise Stale("It exists already.")
    if not exists:
        if request.headers.get("If-Match"):
            raise Stale("There is nothing that could match.")
        return None
    if not request.headers.get("If-Match", "").strip():
        raise PreconditionNeeded
    return expected(request)


def unchanged(request: Any, version: int) -> bool:
    """Tell whether the caller has this version already (If-None-Match)."""
    given: str = request.META.get("HTTP_IF_NONE_MATCH", "")
    return bool(given) and etag_of(version) in given.replace("W/", "").split(", ")
