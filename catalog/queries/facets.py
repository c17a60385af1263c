# ruff: noqa: S608 - statements are made of our own words; every value is a parameter
"""The eight facets of a search and its scores, counted in one pass over its hits.

The counting is one aggregate with grouping sets. A facet that is filtered by counts the hits that
pass all *other* filters: each row carries, per filter in use, whether it passes (``f_<facet>``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# The name of each facet, and the column of `hits` that it counts.
FACETS: Final = {
    "domain": "domain_id",
    "interface": "interfaces",
    "platform": "platforms",
    "access": "instant",
    "classification": "classification",
    "certification": "certification",
    "personal_data": "personal_data",
    "status": "status",
}
SCORE_STEP: Final = 5
_COUNTED: Final = {**FACETS, "score": "score_step"}
_TOP: Final = 100 // SCORE_STEP - 1  # a score of 100 stands with those from 95
HIT_COLUMNS: Final = ", ".join(
    (
        *(f"p.{column}" for column in FACETS.values()),
        f"CASE WHEN p.score = 100 THEN {_TOP} ELSE p.score / {SCORE_STEP} END AS score_step",
    )
)
_ARRAYS: Final = ("interface", "platform")
_WORDS: Final = {
    "access": {True: "instant", False: "review"},
    "personal_data": {True: "yes", False: "no"},
}
_ALL_BITS: Final = (1 << len(_COUNTED)) - 1


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet: how many products it would leave, and whether it is chosen."""

    value: str
    label: str
    count: int
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its options, the most frequent first."""

    name: str
    options: tuple[Option, ...]

    def as_json(self) -> list[dict[str, Any]]:
        """Give it as the API does."""
        return [
            {"value": o.value, "label": o.label, "count": o.count, "selected": o.selected}
            for o in self.options
        ]


def conditions(chosen: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, list[Any]]]:
    """Give the filter of each facet that is in use: SQL over ``p``, with its parameters.

    Retired products are left out unless they are asked for.
    """
    found: dict[str, tuple[str, list[Any]]] = {}
    for name, values in chosen.items():
        if name == "domain" and values:
            found[name] = (
                "p.domain_id = ANY(ARRAY(SELECT id FROM catalog_domain WHERE slug = ANY(%s)))",
                [list(values)],
            )
        elif name in _ARRAYS and values:
            found[name] = (f"p.{FACETS[name]} && %s::varchar[]", [list(values)])
        elif name in _WORDS and values:
            wanted = [key for key, word in _WORDS[name].items() if word in values]
            found[name] = (f"p.{FACETS[name]} = ANY(%s::boolean[])", [wanted])
        elif values:
            found[name] = (f"p.{FACETS[name]} = ANY(%s)", [list(values)])
    found.setdefault("status", ("p.status <> 'retired'", []))
    return found


def passes(names: Iterable[str]) -> str:
    """Give the condition on ``hits`` that all these filters pass."""
    return " AND ".join(f"f_{name}" for name in names) or "TRUE"


def counting_sql(filters: Iterable[str]) -> str:
    """Give the counting statement over the CTE ``hits``: (which facet, value columns, count)."""
    names = list(filters)
    columns = list(_COUNTED.values())
    everything = passes(names)
    own = "".join(
        f" WHEN {_mask(name)} THEN count(*) FILTER (WHERE {passes(n for n in names if n != name)})"
        for name in names
    )
    sets = ", ".join(f"({column})" for column in columns)
    counted = (
        f"CASE GROUPING({', '.join(columns)}){own} ELSE count(*) FILTER (WHERE {everything}) END"
    )
    return f"""
        SELECT GROUPING({", ".join(columns)}) AS mask, {", ".join(columns)}, {counted} AS n
        FROM hits GROUP BY GROUPING SETS ({sets}, ())
    """


def read_facets(
    rows: Iterable[Sequence[Any]], chosen: Mapping[str, tuple[str, ...]]
) -> tuple[int, tuple[Facet, ...], tuple[int, ...]]:
    """Turn rows of the counting statement into the total, the facets and the scores by step.

    A row is the mask, the nine values and the count; a domain is [slug, name].
    """
    masks = {_mask(name): index for index, name in enumerate(_COUNTED)}
    counts: dict[str, Counter[Any]] = {name: Counter() for name in _COUNTED}
    labels: dict[str, str] = {}
    total = 0
    names = list(_COUNTED)
    for mask, *values, n in rows:
        if mask == _ALL_BITS:
            total = n
            continue
        index = masks[mask]
        name, value = names[index], values[index]
        if name == "domain":
            slug, label = value
            counts[name][slug] += n
            labels[slug] = label
        elif name in _ARRAYS:
            for one in value:
                counts[name][one] += n
        else:
            counts[name][_WORDS.get(name, {}).get(value, value)] += n
    facets = tuple(_facet(name, counts[name], labels, chosen[name]) for name in FACETS)
    return total, facets, tuple(counts["score"][step] for step in range(_TOP + 1))


def _facet(
    name: str, counts: Counter[str], labels: Mapping[str, str], chosen: tuple[str, ...]
) -> Facet:
    shown = {value: n for value, n in counts.items() if n or value in chosen}
    ordered = sorted(shown.items(), key=lambda pair: (-pair[1], pair[0]))
    label = labels if name == "domain" else {}
    return Facet(
        name,
        tuple(Option(value, label.get(value, value), n, value in chosen) for value, n in ordered),
    )


def _mask(name: str) -> int:
    """GROUPING() sets a bit for every column that is not grouped by; the last is the lowest."""
    position = list(_COUNTED).index(name)
    return _ALL_BITS ^ (1 << (len(_COUNTED) - 1 - position))
