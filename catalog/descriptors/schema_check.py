"""JSON Schema as sentences: what is wrong, where, and what to write instead.

jsonschema-rs finds the faults; this turns each into a `Problem` that a person understands, and
drops those that only follow from another fault (a failed `$ref` makes every key "unevaluated").
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import jsonschema_rs

from catalog.descriptors.safe_yaml import MAX_PROBLEMS, Document, Problem

_KINDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "empty",
}
_UNKNOWN_KEYS: Final = frozenset({"additionalProperties", "unevaluatedProperties"})
_OWN_WORDS: Final = "x-form"  # our schemas say a pattern in words beside it
_CHOICES: Final = frozenset({"oneOf", "anyOf"})


class SchemaCheck:
    """A compiled JSON Schema that answers with problems.

    `elsewhere` says where a key belongs that the schema does not know, when there is such a place.
    """

    def __init__(self, schema: dict[str, Any], elsewhere: str = "") -> None:
        self._elsewhere = elsewhere
        self._schema = schema
        self._validator = jsonschema_rs.validator_for(schema)
        self._known = frozenset(_property_names(schema))

    def problems(self, document: Document, value: Any, at: str = "") -> list[Problem]:
        """What is wrong with a value that stands at the pointer `at` of the document."""
        if self._validator.is_valid(value):
            return []
        errors = list(_flatten(self._validator.iter_errors(value)))
        found = [
            document.problem(at + pointer, code, detail)
            for pointer, code, detail in self._told(errors, value)
        ]
        return sorted(found, key=lambda problem: problem.line)[:MAX_PROBLEMS]

    def _told(
        self, errors: Sequence[jsonschema_rs.ValidationError], value: Any
    ) -> Iterator[tuple[str, str, str]]:
        """Each fault once, as pointer, code and sentence."""
        causes = [tuple(e.instance_path) for e in errors if e.kind.name not in _UNKNOWN_KEYS]
        seen: set[tuple[str, str, str]] = set()
        for error in errors:
            for told in self._sentences(error, causes, value):
                if told not in seen:
                    seen.add(told)
                    yield told

    def _sentences(
        self,
        error: jsonschema_rs.ValidationError,
        causes: Iterable[tuple[str | int, ...]],
        value: Any,
    ) -> Iterator[tuple[str, str, str]]:
        path = tuple(error.instance_path)
        if error.kind.name not in _UNKNOWN_KEYS:
            found = _at(value, path)
            code, sentence = _sentence(error, found)
            words = self._in_words(error) if code == "bad-form" else None
            yield pointer_of(path), code, f"{_show(found)} is not {words}." if words else sentence
            return
        follows = any(cause[: len(path)] == path for cause in causes)
        kind: Any = error.kind
        for key in kind.unexpected:
            if not (follows and key in self._known):
                yield pointer_of((*path, key)), "unknown-key", self._unknown(key)

    def _in_words(self, error: jsonschema_rs.ValidationError) -> str | None:
        """What our schema says in words beside the pattern that failed."""
        place: Any = self._schema
        for part in list(error.schema_path)[:-1]:
            place = place[part]
        return place.get(_OWN_WORDS) if isinstance(place, dict) else None

    def _unknown(self, key: str) -> str:
        close = difflib.get_close_matches(key, self._known, n=1, cutoff=0.75)
        if close and close[0] != key:
            return f"The key `{_short(key)}` is not known here; did you mean `{close[0]}`?"
        return f"The key `{_short(key)}` is not known here{self._elsewhere}."


def pointer_of(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _flatten(
    errors: Iterable[jsonschema_rs.ValidationError],
) -> Iterator[jsonschema_rs.ValidationError]:
    """Where one of several forms was possible, speak about the form that was meant."""
    for error in errors:
        if error.kind.name not in _CHOICES or not hasattr(error.kind, "context"):
            yield error
            continue
        here = list(error.instance_path)
        meant = [
            branch
            for branch in error.kind.context
            if not any(e.kind.name == "type" and list(e.instance_path) == here for e in branch)
        ]
        if len(meant) == 1:
            yield from _flatten(meant[0])
        else:
            yield error


def _sentence(error: jsonschema_rs.ValidationError, found: Any) -> tuple[str, str]:
    """Code and sentence of one fault."""
    kind: Any = error.kind  # its fields depend on the kind
    match kind.name:
        case "required":
            return "missing", f"`{kind.property}` is missing."
        case "type":
            return "wrong-type", _wrong_type(kind.types, found)
        case "enum":
            return "not-allowed", f"{_show(found)} is not one of {_list(kind.options)}."
        case "const":
            return "not-allowed", f"{_show(found)} must be {_show(kind.expected_value)}."
        case "pattern":
            return "bad-form", f"{_show(found)} does not have the form {kind.pattern}."
        case "maxLength":
            return "too-long", f"The text is longer than {kind.limit} characters."
        case "minLength" | "minItems" | "minProperties":
            return "empty", "This may not be empty."
        case "maxItems":
            return "too-many", f"At most {kind.limit} entries."
        case "uniqueItems":
            return "duplicate", "An entry stands here twice."
        case "format":
            return "bad-form", f"{_show(found)} is not a valid {kind.format}."
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            return "out-of-range", f"{_show(found)} is out of range: {error.message}."
        case "oneOf" | "anyOf" if wanted := _one_of_keys(kind):
            return "missing", f"One of {_list(wanted)} is needed here."
        case "oneOf" | "anyOf":
            return "bad-form", f"{_show(found)} has none of the forms allowed here."
        case "falseSchema":
            return "unknown-key", "Nothing may stand here."
        case _:
            return "bad-form", f"{_show(found)} is not allowed here ({kind.name})."


def _one_of_keys(kind: Any) -> list[str]:
    """The keys of which one must stand, when that is what every possible form lacks."""
    lacking = [
        [error.kind for error in branch if error.kind.name == "required"]
        for branch in getattr(kind, "context", [])
    ]
    return [kinds[0].property for kinds in lacking] if lacking and all(lacking) else []


def _wrong_type(types: Sequence[str], found: Any) -> str:
    wanted = " or ".join(_KINDS.get(name, name) for name in types)
    if "string" in types and isinstance(found, int | float):
        word = str(found).lower() if isinstance(found, bool) else str(found)
        return f'This must be {wanted}; put it in quotes: "{_short(word)}".'
    return f"This must be {wanted}, not {_kind_of(found)}."


def _kind_of(found: Any) -> str:
    if found is None:
        return "empty"
    names = {bool: "true or false", str: "text", dict: "a mapping", list: "a list"}
    return names.get(type(found), "a number")


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for part in path:
        value = value[part]
    return value


def _list(options: Any) -> str:
    words = [str(option) for option in options] if isinstance(options, list) else [str(options)]
    return ", ".join(words)


def _show(found: Any) -> str:
    return "This" if isinstance(found, dict | list) else f"{_short(str(found))!r}"


def _short(words: str, limit: int = 60) -> str:
    return words if len(words) <= limit else words[: limit - 1] + "\u2026"


def _property_names(schema: Any) -> Iterator[str]:
    """Every property name that stands anywhere in a schema."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for inner in schema.values():
            yield from _property_names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _property_names(inner)
