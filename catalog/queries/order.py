"""In which order products stand, and where a page starts.

Every order ends with the id, so a page starts exactly after the last row of the one before,
whatever was added meanwhile: the hundredth page costs what the first does.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

import orjson

from catalog.queries.words import FRESH, NAME, RELEVANCE, SCORE, SORTS, USE, SearchQuery
from marketplace.kernel.errors import FieldProblem, Invalid

_KEYS: Final = {
    RELEVANCE: ("p.consumers", "float4"),  # what candidates are chosen by; then they are ranked
    USE: ("p.consumers", "integer"),
    NAME: ("p.name", "varchar"),
    SCORE: ("COALESCE(p.score, -1)", "integer"),
    FRESH: ("COALESCE(p.refreshed_at, '1970-01-01 00:00:00+00'::timestamptz)", "timestamptz"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """One order: its key over ``p``, the direction, and the condition that a page starts by."""

    sort: str
    key: str
    direction: str
    after: str
    values: tuple[Any, ...]


def order_of(query: SearchQuery) -> Order:
    """Give the order of a query: by relevance when it has words, else the most used first."""
    sort = query.sort or (RELEVANCE if query.words else USE)
    if sort not in SORTS:
        raise Invalid(FieldProblem("/sort", "unknown", f"Sort by one of {', '.join(SORTS)}."))
    if sort == RELEVANCE and not query.words:
        sort = USE
    key, kind = _KEYS[sort]
    direction, sign = ("ASC", ">") if sort == NAME else ("DESC", "<")
    if not query.cursor:
        return Order(sort, key, direction, "TRUE", ())
    value, last = _opened(query.cursor, sort)
    return Order(sort, key, direction, f"(k, id) {sign} (%s::{kind}, %s::bigint)", (value, last))


def cursor_of(sort: str, value: Any, last: int) -> str:
    """Name the row that the next page starts after."""
    return base64.urlsafe_b64encode(orjson.dumps([sort, value, last])).decode().rstrip("=")


def _opened(cursor: str, sort: str) -> tuple[Any, int]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        kind, value, last = orjson.loads(raw)
    except (ValueError, binascii.Error):
        kind, value, last = None, None, None
    numeric = sort in (RELEVANCE, USE, SCORE)
    fits = isinstance(value, int | float if numeric else str) and isinstance(last, int)
    if kind != sort or not fits:
        raise Invalid(FieldProblem("/cursor", "broken", "This page address is not one of ours."))
    return value, last
