# ruff: noqa: S608 - statements are made of our own words; every value is a parameter
"""Filters as conditions on ``catalog_dataproduct p``: of a search, and of what is near to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalog.queries.facets import FACETS, conditions
from catalog.queries.words import SearchQuery, facet_values


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of a statement and its parameters, in their order."""

    text: str
    values: Sequence[Any] = ()


SHOWN: Final = """
    catalog_outputport o JOIN catalog_schemacolumn c ON c.contract_version_id = o.contract_id
    WHERE o.status <> 'retired' AND (cardinality(o.columns) = 0 OR c.name = ANY(o.columns))
"""
_HAS_COLUMN: Final = f"p.id = ANY(ARRAY(SELECT o.product_id FROM {SHOWN} AND {{condition}}))"
_OWNED: Final = "p.owner_team_id = ANY(ARRAY(SELECT id FROM identity_team WHERE slug = ANY(%s)))"
_SLOW: Final = ("column", "fresh")  # what an index of a list cannot serve, or changes by itself


def filters_of(query: SearchQuery) -> dict[str, tuple[str, list[Any]]]:
    """Give the filters that are counted beside: facets, and the score for its histogram."""
    found = conditions(facet_values(query))
    least, most = query.min_score, query.max_score
    if least is not None or most is not None:
        found["score"] = (
            "COALESCE(p.score BETWEEN %s AND %s, FALSE)",
            [0 if least is None else least, 100 if most is None else most],
        )
    return found


def narrowing(query: SearchQuery) -> list[Sql]:
    """Give the filters that are no facets, and everything that is not wanted."""
    found = [condition("tag", query.tag)] if query.tag else []
    if query.owner:
        found.append(condition("owner", query.owner))
    if query.fresh is not None:
        found.append(condition("fresh", query.fresh))
    found += [condition("column", name) for name in query.column]
    for term in query.without:
        plain = condition(term.field, term.value)
        found.append(Sql(f"NOT COALESCE({plain.text}, FALSE)", plain.values))
    return found


def condition(name: str, value: Any) -> Sql:
    """Give one filter; ``value`` is one value of its field, or several of which any will do."""
    several = list(value) if isinstance(value, tuple) else [value]
    if name == "tag":
        return Sql("p.tags && %s::varchar[]", [several])
    if name == "owner":
        return Sql(_OWNED, [several])
    if name == "fresh":
        return Sql("p.refreshed_at > now() - %s::interval", [value])
    if name == "column":
        named = column_query([str(one) for one in several])
        return Sql(_HAS_COLUMN.format(condition=f"c.search @@ {named.text}"), named.values)
    if name in ("min_score", "max_score"):
        return Sql(f"p.score {'>=' if name == 'min_score' else '<='} %s", [value])
    if name == "personal_data":
        several = ["yes" if value else "no"]
    assert name in FACETS
    text, values = conditions({name: tuple(several)})[name]
    return Sql(text, values)


def column_query(names: Sequence[str]) -> Sql:
    """Give a tsquery that any of these names passes, each as the start of a column's words."""
    quoted = ["'" + name.replace("\\", " ").replace("'", "''") + "':*" for name in names]
    return Sql("to_tsquery('emporion', %s)", [" | ".join(quoted)])


def is_plain(query: SearchQuery) -> bool:
    """Tell whether the query goes along an index: no words, and nothing that time changes."""
    asked = query.words or query.column or query.fresh
    return not asked and all(term.field not in _SLOW for term in query.without)
