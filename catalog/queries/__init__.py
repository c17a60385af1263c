"""Reads of the catalog. Each gives a queryset or a plain value, and changes nothing.

Whoever asks is the first thing every one of them takes, wherever something may be hidden.
"""

from catalog.queries.language import parse
from catalog.queries.lineage import Graph, graph, lineage_of
from catalog.queries.nearest import Near, alike, nearest
from catalog.queries.ports import (
    columns_of,
    connector_of,
    port_or_404,
    ports_by_product,
    ports_of,
    sample,
    schema,
    variant_of,
)
from catalog.queries.products import product_or_404, visible_products, wide_columns
from catalog.queries.sandbox import sandbox_table
from catalog.queries.search import SearchPage, search
from catalog.queries.snippets import snippets
from catalog.queries.words import SearchQuery, read_query

__all__ = [
    "Graph",
    "Near",
    "SearchPage",
    "SearchQuery",
    "alike",
    "columns_of",
    "connector_of",
    "graph",
    "lineage_of",
    "nearest",
    "parse",
    "port_or_404",
    "ports_by_product",
    "ports_of",
    "product_or_404",
    "read_query",
    "sample",
    "sandbox_table",
    "schema",
    "search",
    "snippets",
    "variant_of",
    "visible_products",
    "wide_columns",
]
