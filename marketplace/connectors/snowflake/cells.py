"""Cells of a result: the SQL API sends each as text, with the type in the column's description."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_ZERO: Final = date(1970, 1, 1)
_OFFSET_ZERO: Final = 1440
"""A time zone is sent as minutes after UTC, plus this."""


def _fixed(text: str, scale: int) -> int | Decimal:
    return Decimal(text) if scale else int(text)


def _moment(text: str) -> datetime:
    seconds, _, fraction = text.partition(".")
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    sign = -1 if seconds.startswith("-") else 1
    return _EPOCH + timedelta(seconds=int(seconds), microseconds=sign * micros)


def _zoned(text: str) -> datetime:
    moment, _, zone = text.partition(" ")
    minutes = int(zone or _OFFSET_ZERO) - _OFFSET_ZERO
    return _moment(moment).astimezone(timezone(timedelta(minutes=minutes)))


def _time(text: str) -> time:
    return _moment(text).time()


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "real": float,
    "boolean": lambda text: text.lower() in {"true", "1"},
    "date": lambda text: _DAY_ZERO + timedelta(days=int(text)),
    "time": _time,
    "timestamp_ntz": lambda text: _moment(text).replace(tzinfo=None),
    "timestamp_ltz": _moment,
    "timestamp_tz": _zoned,
    "binary": bytes.fromhex,
}


def read(cell: str | None, kind: str, scale: int) -> Any:
    """Read one cell; what has no type of its own in Python (variant, array) stays text."""
    if cell is None:
        return None
    if kind == "fixed":
        return _fixed(cell, scale)
    return _READERS.get(kind, str)(cell)
