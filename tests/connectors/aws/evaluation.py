"""Whether IAM would allow a request, after its documented evaluation logic.

moto checks signatures and keys, but its evaluation knows no dates, denies what it does not know,
and knows neither boundaries nor session policies. Here a request is allowed when no policy denies
it, and the identity's own policies, its boundary and its session's policy all allow it. What is
not written down here raises: a probe must never pass because something was not understood.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]
Context = Mapping[str, str]


def decide(
    action: str,
    resource: str,
    context: Context,
    identity: Iterable[Document],
    *limits: Iterable[Document],
) -> str:
    """allowed, explicitDeny or implicitDeny; each of `limits` must allow, too."""
    sets = [list(identity), *(list(one) for one in limits)]
    if any(matches(one, "Deny", action, resource, context) for some in sets for one in some):
        return "explicitDeny"
    allowed = all(
        any(matches(one, "Allow", action, resource, context) for one in some) for some in sets
    )
    return "allowed" if allowed else "implicitDeny"


def matches(
    document: Document,
    effect: str,
    action: str,
    resource: str,
    context: Context,
    *,
    principal: str | None = None,
) -> bool:
    """Whether a statement of this effect concerns the request."""
    statements = document["Statement"]
    return any(
        one["Effect"] == effect
        and _action(one, action)
        and _resource(one, resource, context)
        and _principal(one, principal)
        and _conditions(one.get("Condition", {}), context)
        for one in (statements if isinstance(statements, list) else [statements])
    )


def _list(given: Any) -> list[str]:
    return given if isinstance(given, list) else [given]


def _action(statement: Document, action: str) -> bool:
    if "NotAction" in statement:
        return not any(_like(action.lower(), one.lower()) for one in _list(statement["NotAction"]))
    return any(_like(action.lower(), one.lower()) for one in _list(statement["Action"]))


def _resource(statement: Document, resource: str, context: Context) -> bool:
    if "Resource" not in statement:
        return "Principal" in statement  # a trust policy
    return any(_like(resource, _filled(one, context)) for one in _list(statement["Resource"]))


def _filled(pattern: str, context: Context) -> str:
    """Put in what a policy's variables stand for; one without a value matches nothing."""
    return re.sub(
        r"\$\{(aws:[^}]+)\}", lambda one: context.get(one[1], "${$}" + one[1] + "\n"), pattern
    )


def _principal(statement: Document, principal: str | None) -> bool:
    if principal is None:
        return "Principal" not in statement
    given = statement["Principal"]
    return given == "*" or principal in _list(given["AWS"]) or "*" in _list(given["AWS"])


def _like(value: str, pattern: str) -> bool:
    """Compare as IAM does: `*` and `?`, and `${*}`, `${?}`, `${$}` for the characters."""
    parts = re.split(r"(\$\{[*?$]\}|[*?])", pattern)
    known = {"*": ".*", "?": "."}
    text = "".join(
        known[one] if one in known else re.escape(one[2] if one.startswith("${") else one)
        for one in parts
    )
    return re.fullmatch(text, value, re.DOTALL) is not None


def _conditions(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    return all(
        _condition(operator, context.get(key), _list(values))
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _condition(operator: str, value: str | None, wanted: list[str]) -> bool:
    if operator.endswith("IfExists"):
        return value is None or _condition(operator.removesuffix("IfExists"), value, wanted)
    if operator == "Null":
        return wanted == [str(value is None).lower()]
    if operator in {"StringNotEquals", "StringNotLike"}:
        return value is None or not _condition(operator.replace("Not", ""), value, wanted)
    if value is None:
        return False
    if operator in {"StringEquals", "ArnEquals"}:
        return value in wanted
    if operator in {"StringLike", "ArnLike"}:
        return any(_like(value, one) for one in wanted)
    if operator.startswith("Date"):
        return any(_date(operator, value, one) for one in wanted)
    raise NotImplementedError(operator)


def _date(operator: str, value: str, wanted: str) -> bool:
    ours, theirs = _moment(value), _moment(wanted)
    return {
        "DateLessThan": ours < theirs,
        "DateLessThanEquals": ours <= theirs,
        "DateGreaterThan": ours > theirs,
        "DateGreaterThanEquals": ours >= theirs,
    }[operator]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
