# ruff: noqa: S608 - statements are made of our own words; every value is a parameter
"""Find products: words, filters, counts and order in one statement, hidden products in none.

Facets count the same permission-filtered set as the hits; each facet leaves its own filter out,
so that its other options keep their counts. Words are ranked over at most 2,000 candidates, the
most used ones first, and that is how far a list by relevance goes.

A search costs one statement; when nothing visible has a word of it, a second looks for another
spelling and a third searches with that. A list without words goes along an index and takes its
counts from this process's memory as long as nothing has happened since (else one statement more).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from django.db import connection

from catalog.queries.facets import HIT_COLUMNS, Facet, counting_sql, passes, read_facets
from catalog.queries.order import Order, cursor_of, order_of
from catalog.queries.products import rights_of, visible_sql
from catalog.queries.remembered import Remembered
from catalog.queries.spelling import corrected_words
from catalog.queries.terms import SHOWN, Sql, column_query, filters_of, is_plain, narrowing
from catalog.queries.words import (
    RELEVANCE,
    SearchQuery,
    facet_values,
    read_query,
    tsquery,
    with_words,
)
from marketplace.kernel.actors import Actor

CANDIDATES: Final = 2000
type _Counts = tuple[int, tuple[Facet, ...], tuple[int, ...]]
_remembered: Remembered[_Counts] = Remembered()


@dataclass(frozen=True, slots=True)
class Hit:
    """One product of a page: its stored card, and the column that made it a hit, if one did."""

    card: dict[str, Any]
    matched_column: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Give it as the API does."""
        return {**self.card, "matched_column": self.matched_column}


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What was found: hits of this page, how many there are in all, facets, and the next page.

    ``scores`` counts hits by score in steps of five, whatever score was asked for; ``corrected``
    is the text that was searched for instead, when the given one found nothing.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: tuple[Facet, ...]
    scores: tuple[int, ...] = ()
    next_cursor: str = ""
    corrected: str = ""


def search(
    actor: Actor, query: SearchQuery, *, also: Collection[str] = (), only: str = ""
) -> SearchPage:
    """Find what the actor may see; ``only`` says whether this one product is found.

    Raises Invalid for an unknown order or a broken cursor.
    """
    read = read_query(query)
    seen = Sql(*visible_sql(actor, also))
    if only:
        return _found(read, Sql(f"{seen.text} AND p.key = %s", [*seen.values, only]))
    if is_plain(read):
        return _listed(read, seen, rights_of(actor, also))
    page = _found(read, seen)
    if page.total or not read.words:
        return page
    words = corrected_words(read.words, seen.text, list(seen.values))
    if words is None:
        return page
    better = _found(with_words(read, words), seen)
    return replace(better, corrected=" ".join(words)) if better.total else page


def _found(query: SearchQuery, seen: Sql) -> SearchPage:
    """Give hits, counts and one page of a narrowed search: one statement."""
    order = order_of(query)
    words = Sql(*tsquery(query.words))
    filters = filters_of(query)
    hits = _hits(query, seen, words, order, filters)
    page = _page(query, order, words, passes(filters))
    matched = _matched_column(query, words)
    row = _one(
        f"""
        WITH hits AS MATERIALIZED ({hits.text}), page AS ({page.text})
        SELECT (SELECT json_agg(json_build_array(p.card, page.k, p.id, {matched.text})
                                ORDER BY page.k {order.direction}, p.id {order.direction})::text
                FROM page JOIN catalog_dataproduct p USING (id)),
               {_COUNTS.format(counting=counting_sql(filters))}
        """,
        [*hits.values, *page.values, *matched.values],
    )
    counts = read_facets(orjson.loads(row[1]), facet_values(query))
    return _assembled(query, order, row[0], counts)


_COUNTS: Final = """
    (SELECT json_agg(json_build_array(c.mask, json_build_array(d.slug, d.name), c.interfaces,
            c.platforms, c.instant, c.classification, c.certification, c.personal_data, c.status,
            c.score_step, c.n))::text
     FROM ({counting}) c LEFT JOIN catalog_domain d ON d.id = c.domain_id)
"""


def _hits(
    query: SearchQuery,
    seen: Sql,
    words: Sql,
    order: Order,
    filters: dict[str, tuple[str, list[Any]]],
) -> Sql:
    """Select what passes everything but the facets' own filters, with a flag for each of those."""
    where = [seen, *narrowing(query)]
    if words.text:
        where.append(Sql(f"p.search @@ {words.text}", words.values))
    flags = "".join(f", ({sql}) AS f_{name}" for name, (sql, _) in filters.items())
    text = (
        f"SELECT p.id, {HIT_COLUMNS}, {order.key} AS k{flags} FROM catalog_dataproduct p "
        f"WHERE {' AND '.join(one.text for one in where)}"
    )
    values = [value for _, given in filters.values() for value in given]
    return Sql(text, [*values, *(value for one in where for value in one.values)])


def _page(query: SearchQuery, order: Order, words: Sql, passing: str) -> Sql:
    """Select ids and sort keys of one page, and one row more to know whether there is a next."""
    down = order.direction
    if order.sort != RELEVANCE:
        source = Sql(f"SELECT id, k FROM hits WHERE {passing}")
    else:
        source = Sql(
            f"SELECT p.id, ts_rank(p.search, {words.text}) AS k FROM (SELECT id FROM hits "
            f"WHERE {passing} ORDER BY k DESC, id DESC LIMIT {CANDIDATES}) c "
            "JOIN catalog_dataproduct p USING (id)",
            words.values,
        )
    return Sql(
        f"SELECT id, k FROM ({source.text}) s WHERE {order.after} "
        f"ORDER BY k {down}, id {down} LIMIT {query.limit + 1}",
        [*source.values, *order.values],
    )


def _matched_column(query: SearchQuery, words: Sql) -> Sql:
    """Name the first shown column that has a word of the query, where name and tags have not."""
    asked = query.column or tuple(word for word in query.words if word[:1] not in '-"')
    if not asked:
        return Sql("NULL")
    named = column_query(asked)
    first = (
        f"(SELECT c.name FROM {SHOWN} AND o.product_id = p.id AND c.search @@ {named.text} "
        "ORDER BY o.position, c.position LIMIT 1)"
    )
    if query.column:
        return Sql(first, named.values)
    return Sql(
        f"CASE WHEN ts_filter(p.search, '{{a,b}}') @@ {words.text} THEN NULL ELSE {first} END",
        [*words.values, *named.values],
    )


def _listed(query: SearchQuery, seen: Sql, rights: Any) -> SearchPage:
    """Give a page of a list without words: along an index, with remembered counts."""
    order = order_of(query)
    filters = filters_of(query)
    where = [seen, *narrowing(query), *(Sql(*given) for given in filters.values())]
    where.append(Sql(order.after.replace("(k, id)", f"({order.key}, p.id)"), order.values))
    page, head = _one(
        f"""
        SELECT (SELECT json_agg(json_build_array(card, k, id, NULL))::text FROM (
                    SELECT p.card, {order.key} AS k, p.id FROM catalog_dataproduct p
                    WHERE {" AND ".join(one.text for one in where)}
                    ORDER BY {order.key} {order.direction}, p.id {order.direction}
                    LIMIT {query.limit + 1}) page),
               (SELECT hash FROM events_chain WHERE id = 1)
        """,
        [value for one in where for value in one.values],
    )
    chosen = facet_values(query)
    filtered = (query.tag, query.owner, query.min_score, query.max_score, query.without)
    subject = (rights, *chosen.values(), *filtered)
    kept = _remembered.get(subject, head or "")
    if kept is None:
        hits = _hits(query, seen, Sql(""), order, filters)
        counts = _COUNTS.format(counting=counting_sql(filters))
        counted = _one(f"WITH hits AS ({hits.text}) SELECT {counts}", list(hits.values))
        kept = read_facets(orjson.loads(counted[0]), chosen)
        _remembered.put(subject, head or "", kept)
    return _assembled(query, order, page, kept)


def _assembled(query: SearchQuery, order: Order, page: str | None, counts: _Counts) -> SearchPage:
    rows = orjson.loads(page) if page else []
    shown = rows[: query.limit]
    cursor = cursor_of(order.sort, shown[-1][1], shown[-1][2]) if len(rows) > query.limit else ""
    return SearchPage(tuple(Hit(row[0], row[3]) for row in shown), *counts, next_cursor=cursor)


def _one(sql: str, values: Sequence[Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
