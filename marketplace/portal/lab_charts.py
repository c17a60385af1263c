"""A chart by the shape of a result: a line over time or steps, bars over names, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.connectors.base import Rows

MOST_BARS: Final = 20
_LEAST_STEPS: Final = 3
_WIDE, _TALL, _ROOM = 640, 160, 8
_NUMBERS: Final = ("int2", "int4", "int8", "float4", "float8", "numeric")
_WHOLE: Final = ("int2", "int4", "int8")
_TIMES: Final = ("date", "timestamp", "timestamptz")
_NAMES: Final = ("text", "varchar", "bpchar", "bool", "name")


@dataclass(frozen=True, slots=True)
class Bar:
    """One name with its value; ``share`` of the largest, 0 to 100."""

    name: str
    value: str
    share: float


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: ``kind`` line or bars, of which columns, and how many rows it shows."""

    kind: str
    title: str
    shown: int
    of: int
    bars: tuple[Bar, ...] = ()
    line: SafeString | str = ""
    ends: tuple[str, str] = ("", "")
    least: str = ""
    most: str = ""


def chart(rows: Rows) -> Chart | None:
    """Choose and draw: the first column is what it runs over, the first number beside it how much.

    None where the result has no such shape; nothing is added up or left out but by saying so.
    """
    kinds = [column.type for column in rows.columns]
    value = next((n for n, kind in enumerate(kinds) if n and kind in _NUMBERS), None)
    if value is None or not rows.rows:
        return None
    pairs = [(row[0], float(row[value])) for row in rows.rows if _pair(row[0], row[value])]
    title = f"{rows.columns[value].name} by {rows.columns[0].name}"
    rising = len(pairs) >= _LEAST_STEPS and all(
        before[0] < after[0] for before, after in pairwise(pairs)
    )
    if kinds[0] in (*_TIMES, *_WHOLE) and rising:
        return _line(title, pairs, len(rows.rows))
    if kinds[0] in _NAMES and len({name for name, _ in pairs}) == len(pairs) > 1:
        return _bars(title, pairs, len(rows.rows))
    return None


def _pair(step: Any, value: Any) -> bool:
    finite = isinstance(value, int | float | Decimal) and value == value  # noqa: PLR0124 - no NaN
    return step is not None and finite and abs(value) < 1e300  # noqa: PLR2004 - no infinity


def _bars(title: str, pairs: Sequence[tuple[Any, float]], of: int) -> Chart | None:
    if any(value < 0 for _, value in pairs):
        return None
    shown = pairs[:MOST_BARS]
    most = max(value for _, value in shown) or 1.0
    bars = tuple(Bar(str(name), _words(value), 100 * value / most) for name, value in shown)
    return Chart("bars", title, len(shown), of, bars=bars)


def _line(title: str, pairs: Sequence[tuple[Any, float]], of: int) -> Chart:
    values = [value for _, value in pairs]
    least, most = min(values), max(values)
    span = (most - least) or 1.0
    points = " ".join(
        f"{place * _WIDE / (len(values) - 1):.1f},"
        f"{_TALL - _ROOM - (value - least) / span * (_TALL - 2 * _ROOM):.1f}"
        for place, value in enumerate(values)
    )
    drawn = format_html(
        '<svg class="linechart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}: from {} to {}, least {}, most {}"><polyline points="{}"/></svg>',
        _WIDE,
        _TALL,
        title,
        _words(values[0]),
        _words(values[-1]),
        _words(least),
        _words(most),
        points,
    )
    ends = (_step(pairs[0][0]), _step(pairs[-1][0]))
    return Chart(
        "line", title, len(pairs), of, line=drawn, ends=ends, least=_words(least), most=_words(most)
    )


def _step(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def _words(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"
