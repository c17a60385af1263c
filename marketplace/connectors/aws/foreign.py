"""Whom a policy on a resource itself lets in."""

import fnmatch
from collections.abc import Iterator
from typing import Any


def let_in(document: dict[str, Any], action: str, resource: str) -> list[str]:
    """Name the principals that a resource's policy lets do an action (in small letters).

    A statement counts when it covers `resource`, or lies inside it; its conditions are not judged:
    better one too many in the report.
    """
    statements = document.get("Statement", [])
    found = {
        who
        for one in (statements if isinstance(statements, list) else [statements])
        if one.get("Effect") == "Allow" and _does(one, action) and _reaches(one, resource)
        for who in _principals(one.get("Principal", "everybody but some"))
    }
    return sorted(found)


def _does(statement: dict[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return True
    return any(fnmatch.fnmatchcase(action, one.lower()) for one in _list(statement.get("Action")))


def _reaches(statement: dict[str, Any], resource: str) -> bool:
    if "NotResource" in statement:
        return True
    return any(
        fnmatch.fnmatchcase(f"{resource}x", one) or one.startswith(resource)
        for one in _list(statement.get("Resource"))
    )


def _principals(given: Any) -> Iterator[str]:
    if given in ("*", {"AWS": "*"}):
        yield "everybody"
    elif isinstance(given, dict):
        for one in given.values():
            yield from _list(one)
    else:
        yield str(given)


def _list(given: Any) -> list[str]:
    return [str(one) for one in given] if isinstance(given, list) else [str(given)] if given else []
