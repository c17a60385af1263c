"""What a changed column type means for those who read it.

SQL type names of PostgreSQL, Snowflake and Databricks are brought to families with a size. Wider
inside the same family is harmless for SQL; whole numbers becoming decimals changes division, so
it is told as a risk; everything else may lose or reshape values.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from catalog.descriptors.model import Column


class TypeChange(StrEnum):
    """How a new type relates to the old one, for a reader."""

    SAME = "same"
    WIDER = "wider"
    KIN = "kin"
    OTHER = "other"


_WHOLE: Final = {
    "tinyint": 1, "byteint": 1, "smallint": 2, "int2": 2, "short": 2, "int": 4, "integer": 4,
    "int4": 4, "bigint": 8, "int8": 8, "long": 8,
}  # fmt: skip
_FLOAT: Final = {
    "real": 4, "float4": 4, "float": 8, "float8": 8, "double": 8, "double precision": 8,
}  # fmt: skip
_TEXT: Final = frozenset({"varchar", "character varying", "nvarchar", "text", "string", "bpchar"})
_FIXED: Final = frozenset({"char", "character", "nchar"})
_EXACT: Final = frozenset({"numeric", "decimal", "number", "dec"})
_OTHERS: Final = {
    "bool": "boolean", "timestamptz": "timestamp with time zone", "datetime": "timestamp",
    "timestamp without time zone": "timestamp", "timestamp_ntz": "timestamp",
    "timestamp_tz": "timestamp with time zone", "time without time zone": "time",
}  # fmt: skip
_SPELLING = re.compile(r"\s*([a-z_][a-z0-9_ ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*\Z")
_UNBOUNDED: Final = 1 << 30
_WHOLE_DIGITS: Final = {1: 3, 2: 5, 4: 10, 8: 19}


@dataclass(frozen=True, slots=True)
class _Type:
    """A family with a size; for exact numbers `size` counts whole digits, `scale` fractions."""

    family: str
    size: int = 0
    scale: int = 0


def compare(old: Column, new: Column) -> TypeChange:
    """How the type of a column changed: by physical types when both are stated, else logical."""
    if old.physical_type and new.physical_type:
        return compare_types(old.physical_type, new.physical_type)
    if old.logical_type and new.logical_type:
        return _compare_logical(old.logical_type, new.logical_type)
    return TypeChange.SAME


def compare_types(old: str, new: str) -> TypeChange:
    """How one SQL type relates to another, as a reader of values sees it."""
    before, after = _parse(old), _parse(new)
    if before == after:
        return TypeChange.SAME
    if before.family == after.family:
        return _same_family(before, after)
    if before.family == "whole" and after.family == "exact":
        fits = after.size >= _WHOLE_DIGITS[before.size]
        return TypeChange.KIN if fits else TypeChange.OTHER
    if before.family == "fixed" and after.family == "text":
        return TypeChange.KIN if after.size >= before.size else TypeChange.OTHER
    return TypeChange.OTHER


def _same_family(before: _Type, after: _Type) -> TypeChange:
    if before.family in ("whole", "float", "text", "exact"):
        wider = after.size >= before.size and after.scale >= before.scale
        return TypeChange.WIDER if wider else TypeChange.OTHER
    return TypeChange.OTHER


def _compare_logical(old: str, new: str) -> TypeChange:
    if old == new:
        return TypeChange.SAME
    return TypeChange.KIN if (old, new) == ("integer", "number") else TypeChange.OTHER


def _parse(spelling: str) -> _Type:
    """Family and size of a spelled type; what is not known is its own family."""
    words = " ".join(spelling.lower().split())
    found = _SPELLING.match(words)
    if not found:
        return _Type(words)
    name, first, second = found.group(1), found.group(2), found.group(3)
    size = int(first) if first else 0
    if name in _WHOLE:
        return _Type("whole", _WHOLE[name])
    if name in _FLOAT:
        return _Type("float", _FLOAT[name])
    if name in _TEXT:
        return _Type("text", size or _UNBOUNDED)
    if name in _FIXED:
        return _Type("fixed", size or 1)
    if name in _EXACT:
        scale = int(second) if second else 0
        return _Type("exact", size - scale, scale) if size else _Type("exact", _UNBOUNDED, 1000)
    return _Type(_OTHERS.get(name, name), size)
