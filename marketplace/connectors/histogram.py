"""Bins of equal width over numbers and moments, with edges that people would choose. Pure.

Numbers get steps of 1, 2 or 5 and their tens, from a multiple of the step on: 12 bins, or one more.

A value becomes a number on a line: itself, days since 1970 for a date, minutes since 1970 (UTC) for
a timestamp. Whole kinds get bins of whole width, so that none says "3.75 to 7.5 passengers".
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

type Kind = Literal["integer", "number", "date", "timestamp"]
type Bins = tuple[tuple[str, str, int], ...]

MOST: Final = 12
_DAY_ZERO: Final = date(1970, 1, 1)
_MOMENT_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("timestamp", "timestamp"),
    ("datetime", "timestamp"),
    ("date", "date"),
    ("tinyint", "integer"),
    ("smallint", "integer"),
    ("mediumint", "integer"),
    ("integer", "integer"),
    ("int", "integer"),
    ("bigint", "integer"),
    ("hugeint", "integer"),
    ("numeric", "number"),
    ("decimal", "number"),
    ("double", "number"),
    ("float", "number"),
    ("real", "number"),
)


def kind_of(type_name: str) -> Kind | None:
    """Give on which line values of a platform's type stand; None where they stand on none."""
    words = type_name.strip().lower()
    if words.startswith("interval") or words.endswith("[]"):
        return None
    return next((kind for start, kind in _KINDS if words.startswith(start)), None)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where bins begin, how wide each is, and how many there are; the last one takes its end."""

    kind: Kind
    low: float
    width: float
    number: int

    def bins(self, counts: Mapping[int, int]) -> Bins:
        """Give (from, to, count) of each bin, as text; ``to`` is where the next one begins."""
        edges = [self._text(self.low + place * self.width) for place in range(self.number + 1)]
        return tuple(
            (edges[place], edges[place + 1], counts.get(place, 0)) for place in range(self.number)
        )

    def _text(self, at: float) -> str:
        if self.kind == "date":
            return (_DAY_ZERO + timedelta(days=at)).isoformat()
        if self.kind == "timestamp":
            return f"{_MOMENT_ZERO + timedelta(minutes=at):%Y-%m-%d %H:%M}"
        if self.kind == "integer":
            return str(int(at))
        digits = max(0, -math.floor(math.log10(self.width)))
        return f"{at:.{digits}f}"


def scale(kind: Kind, low: float | None, high: float | None) -> Scale | None:
    """Choose bins from the least to the most value; None where there is nothing to divide."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return None
    if not low < high:
        return None
    if kind in ("integer", "number"):
        width = _round(max((high - low) / MOST, 1 if kind == "integer" else 0))
        first = math.floor(low / width)
        return Scale(kind, first * width, width, math.floor(high / width) - first + 1)
    first, span = math.floor(low), math.floor(high) - math.floor(low) + 1
    width = max(1, math.ceil(span / MOST))
    found = Scale(kind, first, width, math.ceil(span / width))
    try:
        found.bins({})
    except (OverflowError, ValueError):  # a moment that no calendar of ours has
        return None
    return found


def _round(least: float) -> float:
    """Give the next of 1, 2, 5 and their tens that is not less."""
    power = math.floor(math.log10(least))
    steps = (step * 10.0**power for step in (1, 2, 5, 10))
    return next(step for step in steps if step >= least * (1 - 1e-9))


def bins_of(values: Iterable[Any]) -> Bins:
    """Count values that are in memory; empty where they are of several kinds, or of none."""
    there = [value for value in values if value is not None]
    kinds = {_kind(value) for value in there}
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    if len(kinds) != 1 or (kind := kinds.pop()) is None:
        return ()
    placed = [at for at in map(_place, there) if math.isfinite(at)]
    found = scale(kind, min(placed, default=None), max(placed, default=None))
    if found is None:
        return ()
    last = found.number - 1
    return found.bins(Counter(min(int((at - found.low) // found.width), last) for at in placed))


def _kind(value: Any) -> Kind | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, datetime):
        return "timestamp"
    return "date" if isinstance(value, date) else None


def _place(value: Any) -> float:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return (moment - _MOMENT_ZERO) // timedelta(minutes=1)
    if isinstance(value, date):
        return (value - _DAY_ZERO).days
    return float(value)
