"""Sample rows of a port that have a value, or stand in a bar of a histogram."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

SPAN: Final = ".."  # between the ends of a bar in the address
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?\Z")


@dataclass(frozen=True, slots=True)
class Where:
    """What sample rows are kept by: a value, or a span that begins at ``low``; None is open."""

    column: str
    value: str
    low: str | None = None
    high: str | None = None

    @property
    def is_span(self) -> bool:
        """Tell whether it is a bar of a histogram."""
        return self.low is not None

    @property
    def label(self) -> str:
        """Say it in words."""
        if not self.is_span:
            return f"{self.column} = {self.value}"
        ends = f"under {self.high}" if self.high else "more"
        return f"{self.column} from {self.low} to {ends}"

    def keeps(self, cell: Any) -> bool:
        """Tell whether a cell has it; what cannot be compared has not."""
        if cell is None:
            return False
        if not self.is_span:
            return str(cell) == self.value
        at, low = _comparable(cell), _comparable(self.low)
        high = _comparable(self.high) if self.high else None
        if type(at) is not type(low):
            return False
        return bool(low <= at and (high is None or at < high))

    def condition(self) -> str:
        """Give it as SQL."""
        name = quoted(self.column)
        if not self.is_span:
            return f"{name} = {_literal(self.value)}"
        until = f" AND {name} < {_literal(self.high)}" if self.high else ""
        return f"{name} >= {_literal(self.low or '')}{until}"


def _comparable(cell: Any) -> Any:
    """Give a number for what reads as one, else text; ISO dates and moments sort as text."""
    text = str(cell)
    try:
        return float(text)
    except ValueError:
        return text.replace("T", " ")


def _literal(text: str) -> str:
    """Write a value as SQL: a number bare, anything else quoted."""
    return text if _NUMBER.match(text) else "'" + text.replace("'", "''") + "'"


def where_of(text: str, names: Sequence[str]) -> Where | None:
    """Read a filter of the address (``column:value``, ``column:low..high``), of a known column."""
    name, colon, value = text.partition(":")
    if not colon or name not in names:
        return None
    low, dots, high = value.partition(SPAN)
    return Where(name, value, low, high or None) if dots and low else Where(name, value)


def matching(rows: list[list[Any]], names: Sequence[str], where: Where | None) -> list[list[Any]]:
    """Give the rows that a filter keeps; all of them without one."""
    if where is None:
        return rows
    at = names.index(where.column)
    return [row for row in rows if where.keeps(row[at])]


def quoted(name: str) -> str:
    """Write a column's name as SQL."""
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    return name if plain else '"' + name.replace('"', '""') + '"'
