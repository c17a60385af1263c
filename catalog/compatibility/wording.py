"""Differences in words: descriptions, names, tags and whatever no query depends on."""

from collections.abc import Iterator, Mapping
from typing import Any

from catalog.compatibility.difference import CHANGE, PATCH, SAFE, Difference


def words(
    path: str, column: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Difference]:
    """A PATCH for every field that says something else than before.

    ``name`` is the column's; empty for the fields of the contract itself.
    """
    for field in dict.fromkeys((*old, *new)):
        if old.get(field) != new.get(field):
            yield Difference(
                kind=CHANGE,
                path=f"{path}/{field}",
                impact=PATCH,
                verdict=SAFE,
                sentence=_sentence(name, field),
                column=column,
                old=shown(old.get(field)),
                new=shown(new.get(field)),
            )


def _sentence(name: str, field: str) -> str:
    """Say it whole: a translation finds the sentence by its own words."""
    if name:
        return f"The column {name}'s {field} reads differently."
    return f"The contract's {field} reads differently."


def rest(extra: Mapping[str, Any]) -> dict[str, Any]:
    """The left-over keys of the standard, as fields to compare."""
    return dict(extra)


def shown(value: Any) -> Any:
    """A value for the record: plain JSON values as they are, structures by their count."""
    if isinstance(value, tuple):
        plain = all(isinstance(entry, str | int | float | bool) for entry in value)
        return list(value) if plain else f"{len(value)} entries"
    return value
