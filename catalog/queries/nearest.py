# ruff: noqa: S608 - statements are made of our own words; every value is a parameter
"""What comes nearest to a search that found nothing, and what each of these products lacks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson
from django.db import connection

from catalog.queries.products import visible_sql
from catalog.queries.terms import Sql, condition
from catalog.queries.words import SearchQuery, facet_values, read_query, tsquery
from marketplace.kernel.actors import Actor

_TERMS: Final = 12
_TELLING: Final = 3  # shorter words ("by", "of") tell nobody what is missing
_FIELDS: Final = {
    "interface": "port",
    "column": "has",
    "certification": "certified",
    "classification": "class",
}


@dataclass(frozen=True, slots=True)
class Near:
    """A product that has some of what was asked for; ``missing`` names the rest as it is typed."""

    card: dict[str, Any]
    missing: tuple[str, ...]


def nearest(actor: Actor, query: SearchQuery, limit: int = 5) -> tuple[Near, ...]:
    """Give visible products that meet the most of a query's words and filters: one statement."""
    asked = list(_asked(read_query(query)))[:_TERMS]
    if len(asked) < 2:  # noqa: PLR2004 - whoever lacks the only thing that was asked is not near
        return ()
    seen = Sql(*visible_sql(actor))
    parts = ", ".join(f"COALESCE({sql.text}, FALSE)" for _, sql in asked)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT p.card::text, m.met FROM catalog_dataproduct p
            CROSS JOIN LATERAL (SELECT ARRAY[{parts}] AS met) m
            CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE one) AS n
                                FROM unnest(m.met) AS one) s
            WHERE {seen.text} AND p.status <> 'retired' AND s.n > 0
            ORDER BY s.n DESC, p.consumers DESC, p.id LIMIT %s
            """,
            [*(value for _, sql in asked for value in sql.values), *seen.values, limit],
        )
        rows = cursor.fetchall()
    names = [name for name, _ in asked]
    return tuple(
        Near(
            orjson.loads(card),
            tuple(n for n, one in zip(names, met, strict=True) if not one and len(n) >= _TELLING),
        )
        for card, met in rows
    )


def alike(actor: Actor, key: str, limit: int = 5) -> tuple[Near, ...]:
    """Give visible products whose key or name reads like a key that leads nowhere (pg_trgm).

    Of a key the part of the product counts; all of a domain would be alike by its first half.
    """
    seen = Sql(*visible_sql(actor))
    slug = key.rpartition(".")[2]
    words = " ".join(re.split(r"[\W_]+", slug)).strip()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT p.card::text FROM catalog_dataproduct p
            WHERE {seen.text} AND p.status <> 'retired'
                  AND (split_part(p.key, '.', 2) %% %s OR p.name %% %s)
            ORDER BY GREATEST(similarity(split_part(p.key, '.', 2), %s),
                              similarity(p.name, %s)) DESC,
                     p.consumers DESC, p.id LIMIT %s
            """,
            [*seen.values, slug, words, slug, words, limit],
        )
        rows = cursor.fetchall()
    return tuple(Near(orjson.loads(card), ()) for (card,) in rows)


def _asked(query: SearchQuery) -> Iterator[tuple[str, Sql]]:
    """Give each word and filter of a query as it is typed, with its condition."""
    for word in query.words:
        if word[:1] != "-" and word.lower() != "or":
            yield word.strip('"'), _word(word)
    for name, values in facet_values(query).items():
        field = _FIELDS.get(name, name)
        if name == "personal_data" and values:
            yield f"pii:{values[0]}", condition(name, values[0] == "yes")
        elif values:
            yield f"{field}:{' or '.join(values)}", condition(name, values)
    for name in ("tag", "owner"):
        values = getattr(query, name)
        if values:
            yield f"{name}:{' or '.join(values)}", condition(name, values)
    for column in query.column:
        yield f"has:{column}", condition("column", column)
    yield from _amounts(query)
    for term in query.without:
        plain = condition(term.field, term.value)
        yield term.text, Sql(f"NOT COALESCE({plain.text}, FALSE)", plain.values)


def _amounts(query: SearchQuery) -> Iterator[tuple[str, Sql]]:
    if query.min_score is not None:
        yield f"score:>={query.min_score}", condition("min_score", query.min_score)
    if query.max_score is not None:
        yield f"score:<={query.max_score}", condition("max_score", query.max_score)
    if query.fresh is not None:
        yield f"fresh:<{_span(query.fresh)}", condition("fresh", query.fresh)


def _word(word: str) -> Sql:
    text, values = tsquery((word,))
    return Sql(f"p.search @@ {text}", values)


def _span(age: timedelta) -> str:
    hours = int(age.total_seconds()) // 3600
    return f"{hours // 24}d" if hours and hours % 24 == 0 else f"{hours}h"
