"""Change single values of a descriptor's text; comments, order and unknown keys stay.

The text is the truth, so a form does not write it anew: each value is found by its place in the
YAML and only its own lines are replaced. Whatever was written, the result is read again and must
say exactly what was wanted, or nothing is given back.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import yaml

from catalog.descriptors import safe_yaml
from catalog.descriptors.writing import dump

JSON = Any
Path = tuple[str, ...]
CUSTOM: Final = "customProperties"
_TEXT_STYLES: Final = ("|", ">")


class CannotEdit(ValueError):
    """The place cannot be changed line by line; the words say why."""


def set_values(text: str, values: Mapping[Path, JSON]) -> str:
    """Give one document's text with values set; an empty value ("", [] or None) is left out.

    A path names keys from the top: ``("description", "purpose")``. One that starts with
    ``customProperties`` names the property: ``("customProperties", "rowMeaning")``. Raises
    ``Refused`` when the text cannot be read, ``CannotEdit`` when a place cannot be changed so.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    before = _data(text)
    wanted = deepcopy(before)
    for path, value in values.items():
        if _value(before, path) == value or (_empty(value) and _value(before, path) is None):
            continue
        _put(wanted, path, value)
        text = _set(text, path, value)
    if _data(text) != wanted:
        raise CannotEdit("This text is laid out in a way that a form cannot change safely.")
    return text


def _data(text: str) -> dict[str, JSON]:
    documents = safe_yaml.load(text)
    if len(documents) != 1:
        raise CannotEdit("One document is changed at a time.")
    return documents[0].data


def _empty(value: JSON) -> bool:
    return value is None or value in ("", [])


def _value(data: JSON, path: Path) -> JSON:
    """Give what stands at a path; None when nothing does."""
    if path[0] == CUSTOM:
        listed = data.get(CUSTOM) or []
        return next((one.get("value") for one in listed if one.get("property") == path[1]), None)
    for key in path:
        if not isinstance(data, dict) or key not in data:
            return None
        data = data[key]
    return data


def _put(data: dict[str, JSON], path: Path, value: JSON) -> None:
    """Do to the data what is done to the text."""
    if path[0] == CUSTOM:
        _put_custom(data, path[1], value)
        return
    *parents, last = path
    for key in parents:
        if not isinstance(data.setdefault(key, {}), dict):
            raise CannotEdit(f"{key} holds no fields.")
        data = data[key]
    if _empty(value):
        data.pop(last, None)
    else:
        data[last] = value


def _put_custom(data: dict[str, JSON], name: str, value: JSON) -> None:
    listed = data.setdefault(CUSTOM, [])
    found = next((one for one in listed if one.get("property") == name), None)
    if _empty(value):
        if found is not None:
            listed.remove(found)
    elif found is not None:
        found["value"] = value
    else:
        listed.append({"property": name, "value": value})
    if not listed:
        del data[CUSTOM]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key with its value in block style: its lines (from 0, the last included), its column."""

    first: int
    last: int
    column: int
    value: yaml.Node


def _set(text: str, path: Path, value: JSON) -> str:
    lines = text.split("\n")
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    assert root is not None  # it was read before
    if path[0] == CUSTOM:
        return _set_custom(lines, root, path[1], value)
    node: yaml.Node = root
    for depth, key in enumerate(path):
        mapping = _block(node)
        entry = _entry(mapping, key, lines)
        if entry is None:
            if _empty(value):
                return text
            return _added(lines, mapping, _nested(path[depth:], value))
        if depth == len(path) - 1:
            return _replaced(lines, mapping, entry, key, value)
        node = entry.value
    return text


def _set_custom(lines: list[str], root: yaml.Node, name: str, value: JSON) -> str:
    entry = _entry(_block(root), CUSTOM, lines)
    new = {"property": name, "value": value}
    if entry is None:
        return _added(lines, _block(root), {CUSTOM: [new]})
    items = _items(entry.value)
    for item in items:
        mapping = _block(item)
        if _entry_text(mapping, "property") != name:
            continue
        if not _empty(value):
            at = _entry(mapping, "value", lines)
            if at is None:
                return _added(lines, mapping, {"value": value})
            return _replaced(lines, mapping, at, "value", value)
        if len(items) == 1:
            return _spliced(lines, entry.first, entry.last, [])
        return _spliced(lines, item.start_mark.line, _end(item, lines), [])
    column = items[-1].start_mark.column - 2
    return _spliced(lines, entry.last + 1, entry.last, _indented(dump_list([new]), column))


def dump_list(items: Sequence[JSON]) -> str:
    """Write a list as block YAML without its key."""
    return "\n".join(dump({"x": list(items)}).split("\n")[1:])


def _entry_text(mapping: yaml.MappingNode, key: str) -> str:
    return next((str(v.value) for k, v in mapping.value if k.value == key), "")


def _block(node: yaml.Node) -> yaml.MappingNode:
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
        raise CannotEdit("A part of this text is written in one line; change it in the YAML.")
    return node


def _items(node: yaml.Node) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise CannotEdit(f"{CUSTOM} is written in one line; change it in the YAML.")
    return list(node.value)


def _entry(mapping: yaml.MappingNode, key: str, lines: list[str]) -> _Entry | None:
    for name, value in mapping.value:
        if name.value == key:
            mark = name.start_mark
            return _Entry(mark.line, _end(value, lines), mark.column, value)
    return None


def _end(node: yaml.Node, lines: list[str]) -> int:
    """Give the last line of a value: without the blank lines and comments that follow it."""
    if isinstance(node, yaml.ScalarNode):
        return _scalar_end(node, lines)
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.line)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last, lines)


def _scalar_end(node: yaml.ScalarNode, lines: list[str]) -> int:
    start, end = int(node.start_mark.line), int(node.end_mark.line)
    if node.style not in _TEXT_STYLES:
        return end
    # A block scalar ends where something less indented begins; what is blank belongs to nobody.
    body = [line for line in lines[start + 1 : end] if line.strip()]
    if not body:
        return start
    least = len(body[0]) - len(body[0].lstrip())
    last = min(end, len(lines)) - 1
    while last > start and (
        not lines[last].strip() or len(lines[last]) - len(lines[last].lstrip()) < least
    ):
        last -= 1
    return last


def _nested(path: Path, value: JSON) -> dict[str, JSON]:
    """Give a value below the keys that lead to it."""
    for key in reversed(path):
        value = {key: value}
    found: dict[str, JSON] = value
    return found


def _added(lines: list[str], mapping: yaml.MappingNode, new: dict[str, JSON]) -> str:
    """Add an entry at the end of a mapping."""
    column = mapping.value[0][0].start_mark.column
    last = _end(mapping, lines)
    return _spliced(lines, last + 1, last, _indented(dump(new), column))


def _replaced(
    lines: list[str], mapping: yaml.MappingNode, entry: _Entry, key: str, value: JSON
) -> str:
    if _empty(value):
        if len(mapping.value) == 1 or lines[entry.first][: entry.column].strip():
            raise CannotEdit(f"{key} cannot be left out here; change it in the YAML.")
        return _spliced(lines, entry.first, entry.last, [])
    kept = _items_kept(lines, entry, value)
    if kept is not None:
        return kept
    new = _indented(dump({key: value}), entry.column)
    before = lines[entry.first][: entry.column]  # "- " of a list, or spaces
    new[0] = before + new[0][entry.column :]
    mark = entry.value.end_mark
    tail = lines[mark.line][mark.column :] if _plain(entry.value) else ""
    if "#" in tail and len(new) == 1:
        new[0] += tail
    elif "#" in tail:
        new.insert(0, " " * entry.column + tail.strip())
    return _spliced(lines, entry.first, entry.last, new)


def _plain(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style not in _TEXT_STYLES


def _items_kept(lines: list[str], entry: _Entry, value: JSON) -> str | None:
    """Change a list of plain words item by item, so that comments beside them stay.

    None when the list is written otherwise, or when items changed their places.
    """
    node = entry.value
    if not (isinstance(value, list) and isinstance(node, yaml.SequenceNode)):
        return None
    if node.flow_style or not node.value or not all(_plain(item) for item in node.value):
        return None
    old = [str(item.value) for item in node.value]
    stay = [one for one in old if one in value]
    if not stay or value[: len(stay)] != stay or not all(isinstance(v, str) for v in value):
        return None
    column = node.value[0].start_mark.column - 2
    text = (
        _spliced(
            lines, entry.last + 1, entry.last, _indented(dump_list(value[len(stay) :]), column)
        )
        if len(value) > len(stay)
        else "\n".join(lines)
    )
    result = text.split("\n")
    for item in reversed(node.value):
        if item.value not in stay:
            del result[item.start_mark.line : _end(item, lines) + 1]
    return "\n".join(result)


def _indented(text: str, column: int) -> list[str]:
    own = text.rstrip("\n").split("\n")
    least = min((len(line) - len(line.lstrip()) for line in own if line), default=0)
    return [" " * column + line[least:] if line else line for line in own]


def _spliced(lines: list[str], first: int, last: int, new: list[str]) -> str:
    """Give the text with the lines from ``first`` to ``last`` (included) replaced."""
    return "\n".join([*lines[:first], *new, *lines[last + 1 :]])
