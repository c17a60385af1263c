"""A message's schema as a tree of fields, from Avro, JSON Schema, Protobuf, or from messages.

Pure. Only what a reader of a page needs is read: names, types, what must be there, words. Depth and
number are bounded, because a schema comes from outside and may refer to itself. Sources: the Avro
1.12 specification, JSON Schema 2020-12, the Protocol Buffers language guides (proto2 and proto3).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

DEEPEST: Final = 8
MOST: Final = 500

_PROTO_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[\w.]+|[{}\[\]()=;<>,:-]')
_PROTO_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_LABELS: Final = frozenset({"optional", "required", "repeated"})
_INTEGERS: Final = (f"{sign}{size}" for sign in ("int", "uint", "sint") for size in (32, 64))
_FIXED: Final = {"fixed32", "fixed64", "sfixed32", "sfixed64"}
SCALARS: Final = frozenset({"double", "float", "bool", "string", "bytes", *_INTEGERS, *_FIXED})


class UnreadableSchema(ValueError):
    """The text is no schema of the format it is said to be."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `type` in the format's words, `children` for a record or what an array holds."""

    name: str
    type: str
    required: bool
    description: str = ""
    children: tuple["Field", ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values, children within."""
        facts = {"name": self.name, "type": self.type, "required": self.required}
        children = [one.as_json() for one in self.children]
        return facts | {"description": self.description, "children": children}


def tree_of(form: str, text: str) -> tuple[Field, ...]:
    """Read a schema: "avro", "json-schema" or "protobuf". Raises UnreadableSchema."""
    readers = {"avro": _avro_text, "json-schema": _json_text, "protobuf": _protobuf}
    if form not in readers:
        raise UnreadableSchema(f"{form!r} is no format that is read here")
    try:
        return readers[form](text)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, StopIteration) as error:
        raise UnreadableSchema(f"this is no {form} schema: {type(error).__name__}") from None
    except RecursionError:
        raise UnreadableSchema("the schema is nested too deeply") from None


def tree_of_messages(payloads: Iterable[Any]) -> tuple[Field, ...]:
    """Infer the tree from JSON payloads: a field is required when no payload lacks it."""
    return _inferred([one for one in payloads if isinstance(one, dict)], 0)


# --- Avro ------------------------------------------------------------------------------------


def _avro_text(text: str) -> tuple[Field, ...]:
    top = json.loads(text)
    if isinstance(top, dict) and top.get("type") == "record":
        return _avro_fields(top, {}, 0)
    return (_avro("value", top, "", {}, 0),)


def _avro_fields(record: Mapping[str, Any], known: dict[str, Any], depth: int) -> tuple[Field, ...]:
    known[str(record["name"])] = record
    return tuple(
        _avro(str(one["name"]), one["type"], str(one.get("doc", "")), known, depth)
        for one in record["fields"][:MOST]
    )


def _avro(name: str, kind: Any, doc: str, known: dict[str, Any], depth: int) -> Field:
    if isinstance(kind, list):
        others = [one for one in kind if one != "null"]
        if len(others) == 1:
            found = _avro(name, others[0], doc, known, depth)
        else:
            found = Field(name, " | ".join(_avro_word(one) for one in others), required=True)
        required = "null" not in kind
        return Field(name, found.type, required, doc or found.description, found.children)
    children: tuple[Field, ...] = ()
    if isinstance(kind, dict) and depth < DEEPEST:
        inner = {"array": "items", "map": "values"}.get(str(kind.get("type")))
        if kind.get("type") == "record":
            children = _avro_fields(kind, known, depth + 1)
        elif inner is not None:
            children = _avro(name, kind[inner], "", known, depth + 1).children
        elif isinstance(kind.get("type"), dict | list):
            return _avro(name, kind["type"], doc, known, depth + 1)
    return Field(name, _avro_word(kind), required=True, description=doc, children=children)


def _avro_word(kind: Any) -> str:
    if isinstance(kind, list):
        return " | ".join(_avro_word(one) for one in kind)
    if not isinstance(kind, dict):
        return str(kind).rsplit(".", 1)[-1]
    word = str(kind["type"]) if isinstance(kind["type"], str) else _avro_word(kind["type"])
    if word == "array":
        return f"array of {_avro_word(kind['items'])}"
    if word == "map":
        return f"map of {_avro_word(kind['values'])}"
    if word in {"record", "enum", "fixed"}:
        return f"{word} {kind.get('name', '')}".strip()
    return str(kind.get("logicalType", word))


# --- JSON Schema -----------------------------------------------------------------------------


def _json_text(text: str) -> tuple[Field, ...]:
    top = json.loads(text)
    if not isinstance(top, dict):
        raise TypeError
    return _properties(top, top, 0) or (_json_field("value", top, top, 0, required=True),)


def _properties(node: Any, top: Mapping[str, Any], depth: int) -> tuple[Field, ...]:
    node = _resolved(node, top)
    needed = set(node.get("required", ()))
    return tuple(
        _json_field(name, one, top, depth, required=name in needed)
        for name, one in list(node.get("properties", {}).items())[:MOST]
    )


def _json_field(
    name: str, node: Any, top: Mapping[str, Any], depth: int, *, required: bool
) -> Field:
    node = _resolved(node, top)
    kinds = node.get("type", "object" if "properties" in node else "any")
    listed = kinds if isinstance(kinds, list) else [kinds]
    word = " | ".join(str(one) for one in listed if one != "null")
    children: tuple[Field, ...] = ()
    if depth < DEEPEST:
        inside = node.get("items") if "array" in listed else node
        children = _properties(inside, top, depth + 1) if isinstance(inside, dict) else ()
    if "array" in listed and isinstance(node.get("items"), dict):
        word = f"array of {_resolved(node['items'], top).get('type', 'any')}"
    word = str(node.get("format", word)) if word == "string" else word
    description = str(node.get("description", node.get("title", "")))
    return Field(name, word, required and "null" not in listed, description, children)


def _resolved(node: Any, top: Mapping[str, Any], hops: int = 0) -> dict[str, Any]:
    """Follow references inside the same document; another document is not fetched."""
    if not isinstance(node, dict):
        return {}
    where = node.get("$ref")
    if not isinstance(where, str) or not where.startswith("#/") or hops > DEEPEST:
        return node
    found: Any = top
    for part in where[2:].split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return _resolved(found, top, hops + 1)


# --- Protobuf --------------------------------------------------------------------------------


def _protobuf(text: str) -> tuple[Field, ...]:
    """Show the first message of a file, as a schema registry does."""
    tokens = proto_tokens(text)
    messages: dict[str, list[tuple[str, str, bool]]] = {}
    enums: set[str] = set()
    first = ""
    for part in tokens:
        if part == "message":
            name = next(tokens)
            first = first or name
            _proto_message(name, tokens, messages, enums)
        elif part == "enum":
            enums.add(next(tokens))
            _skip_block(tokens)
        elif part == "service":
            next(tokens)
            _skip_block(tokens)
        else:
            skip_statement(part, tokens)
    if not first:
        raise ValueError
    return _proto_tree(first, messages, 0)


def _proto_message(
    name: str,
    tokens: Iterator[str],
    messages: dict[str, list[tuple[str, str, bool]]],
    enums: set[str],
) -> None:
    """Read one message, and those inside it, up to its closing brace."""
    fields = messages.setdefault(name, [])
    oneof = 0
    if next(tokens) != "{":
        raise ValueError
    for part in tokens:
        if part == "}":
            if not oneof:
                return
            oneof -= 1
        elif part == "message":
            _proto_message(next(tokens), tokens, messages, enums)
        elif part == "enum":
            enums.add(next(tokens))
            _skip_block(tokens)
        elif part == "oneof":
            next(tokens)
            next(tokens)  # the brace
            oneof += 1
        elif part in {"option", "reserved", "extensions"}:
            skip_statement(part, tokens)
        elif part != ";":
            fields.append(_proto_field(part, tokens, choice=bool(oneof)))
    raise ValueError


def _proto_field(part: str, tokens: Iterator[str], *, choice: bool) -> tuple[str, str, bool]:
    label = part if part in _LABELS else ""
    kind = next(tokens) if label else part
    if kind == "map":
        next(tokens)  # <
        key, _, value, _ = (next(tokens) for _ in range(4))
        kind = f"map of {key} to {value}"
    name = next(tokens)
    skip_statement(name, tokens)
    word = f"repeated {kind}" if label == "repeated" else kind
    return name, word, label == "required" or (label == "" and not choice)


def _proto_tree(
    message: str, messages: Mapping[str, list[tuple[str, str, bool]]], depth: int
) -> tuple[Field, ...]:
    found = []
    for name, word, required in messages[message][:MOST]:
        inner = word.rsplit(" ", 1)[-1].rsplit(".", 1)[-1]
        deeper = inner in messages and inner not in SCALARS and depth < DEEPEST
        children = _proto_tree(inner, messages, depth + 1) if deeper else ()
        found.append(Field(name, word, required, children=children))
    return tuple(found)


def proto_tokens(text: str) -> Iterator[str]:
    """Cut a .proto text into its words and signs, without comments."""
    return iter(_PROTO_TOKEN.findall(_PROTO_COMMENT.sub(" ", text)))


def skip_statement(part: str, tokens: Iterator[str]) -> None:
    """Go on to the end of a statement, over what is in braces."""
    while part != ";":
        if part == "{":
            _skip_block(tokens, opened=True)
        part = next(tokens)


def _skip_block(tokens: Iterator[str], *, opened: bool = False) -> None:
    depth = int(opened)
    for part in tokens:
        depth += {"{": 1, "}": -1}.get(part, 0)
        if depth == 0:
            return
    raise ValueError


# --- messages --------------------------------------------------------------------------------


def _inferred(payloads: list[dict[str, Any]], depth: int) -> tuple[Field, ...]:
    names = list(dict.fromkeys(name for one in payloads for name in one))[:MOST]
    return tuple(_inferred_field(name, payloads, depth) for name in names)


def _inferred_field(name: str, payloads: list[dict[str, Any]], depth: int) -> Field:
    values = [one[name] for one in payloads if one.get(name) is not None]
    word = " | ".join(dict.fromkeys(_json_word(one) for one in values)) or "null"
    inner = [one for one in values if isinstance(one, dict)]
    inner += [
        one for value in values if isinstance(value, list) for one in value if isinstance(one, dict)
    ]
    children = _inferred(inner, depth + 1) if inner and depth < DEEPEST else ()
    return Field(name, word, required=len(values) == len(payloads), children=children)


def _json_word(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, dict) else "string"
