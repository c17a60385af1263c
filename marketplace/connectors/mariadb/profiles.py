"""What a column holds: counted, compared, ranked and put in bins by the server itself."""

from typing import Final

from marketplace.connectors.base import ColumnProfile
from marketplace.connectors.histogram import Bins, Kind, kind_of, scale
from marketplace.connectors.mariadb import statements
from marketplace.connectors.mariadb.connections import Session

_SHOWN: Final = 100
_TOP: Final = 5
# A value as a place on its line; what is no day of the calendar ('0000-00-00') has none.
_PLACES: Final[dict[Kind, str]] = {
    "integer": "{} + 0e0",
    "number": "{} + 0e0",
    "date": "DATEDIFF({}, DATE '1970-01-01') + 0e0",
    "timestamp": ("FLOOR(TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', {}) / 60) + 0e0"),
}
# One pass over the rows; what stands outside reads only the distinct values.
_FACTS: Final = """
SELECT shown, times, SUM(times) OVER (), SUM(IF(there = 0, times, 0)) OVER (),
       SUM(there > 0) OVER (), LEFT(CONVERT(MIN(low) OVER (), CHAR), {most}),
       LEFT(CONVERT(MAX(high) OVER (), CHAR), {most}), {first}, {last}
  FROM (SELECT MIN(LEFT({text}, {most})) AS shown, COUNT(*) AS times, COUNT({column}) AS there,
               MIN({column}) AS low, MAX({column}) AS high
          FROM {source} GROUP BY {exact}) AS kept
 ORDER BY there = 0, times DESC, {order} LIMIT {top}
"""
_COUNTED: Final = """
SELECT LEAST(FLOOR((place - ({low!r})) / ({width!r})), {last}), COUNT(*)
  FROM (SELECT {place} AS place FROM {source}) AS line
 WHERE place IS NOT NULL GROUP BY 1
"""


def profile_column(session: Session, source: str, name: str, type_: str) -> ColumnProfile:
    """Profile one column of ``source``, a table expression of ours, in two statements at most."""
    column = statements.name(name)
    text = f"CONVERT({column}, CHAR)"
    kind = None if type_.lower().startswith("tinyint(1)") else kind_of(type_)
    place = _PLACES[kind] if kind else "NULL"
    rows = session.publisher_rows(
        _FACTS.format(
            most=_SHOWN,
            top=_TOP,
            text=text,
            column=column,
            source=source,
            exact=statements.exactly(text),
            order=statements.exactly("shown"),
            first=place.format("MIN(low) OVER ()"),
            last=place.format("MAX(high) OVER ()"),
        )
    )
    if not rows:
        return ColumnProfile(name, 0, 0, 0, None, None, ())
    _, _, sampled, nulls, distinct, low, high, first, last = rows[0]
    return ColumnProfile(
        name=name,
        sampled=int(sampled),
        nulls=int(nulls),
        distinct=int(distinct),
        minimum=low,
        maximum=high,
        top=tuple((shown, int(times)) for shown, times, *_ in rows if shown is not None),
        bins=_bins(session, source, kind, place.format(column), (first, last)),
    )


def _bins(
    session: Session,
    source: str,
    kind: Kind | None,
    place: str,
    ends: tuple[float | None, float | None],
) -> Bins:
    """Count numbers and moments by bins of equal width; other types have none."""
    if kind is None:
        return ()
    low, high = (None if end is None else float(end) for end in ends)
    found = scale(kind, low, high)
    if found is None:
        return ()
    counted = session.publisher_rows(
        _COUNTED.format(
            low=float(found.low),
            width=float(found.width),
            last=found.number - 1,
            place=place,
            source=source,
        )
    )
    return found.bins({int(at): int(times) for at, times in counted})
