# ruff: noqa: S608 - statements are made of our own words; every value is a parameter
"""Who feeds whom, as far as the actor may know.

The graph is walked level by level, one statement each, because a depth column in a recursive
statement multiplies paths. Hidden products are left out at every level, so nothing behind them is
reached through them, and they are not counted.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from catalog.models import ColumnEdge, DataProduct
from catalog.queries.products import visible_products, visible_sql
from marketplace.kernel.actors import NOBODY, Actor
from marketplace.kernel.errors import NotFound

DEPTH: Final = 10
REACH: Final = 2_000  # nodes counted in one direction before the walk stops

_NODES: Final = """
    SELECT n.id, n.urn, n.kind, n.name, p.key, d.slug, d.hue, p.status, p.score
    FROM catalog_lineagenode n
    LEFT JOIN catalog_dataproduct p ON p.id = n.product_id
    LEFT JOIN catalog_domain d ON d.id = p.domain_id
"""
# Arrays are cast to the type of the ids: only then are they looked up by hash.
_LEVEL: Final = """
    SELECT n.id
    FROM (SELECT DISTINCT e.{far} AS id FROM catalog_lineageedge e
          WHERE e.{near} = ANY(%s::bigint[])) reached
    JOIN catalog_lineagenode n USING (id)
    LEFT JOIN catalog_dataproduct p ON p.id = n.product_id
    WHERE n.id <> ALL(%s::bigint[]) AND ({unowned} {seen})
    ORDER BY n.id LIMIT %s
"""
_UNOWNED: Final = "n.product_id IS NULL OR"  # datasets, jobs, consumers: for who signed in


@dataclass(frozen=True, slots=True)
class Node:
    """One node; ``level`` is 0 for the one asked for, below 0 upstream, above 0 downstream."""

    id: str
    kind: str
    name: str
    level: int
    product: str | None
    domain: str | None
    hue: int | None
    status: str | None
    score: int | None

    def as_json(self) -> dict[str, Any]:
        """Give it as the API does."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Edge:
    """Data flows from source to target; ``kind`` is declared, granted or observed."""

    source: str
    target: str
    kind: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """Give it as the API does."""
        return {"from": self.source, "to": self.target, "kind": self.kind, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes nearest first, the edges between them, and how many nodes there are in reach.

    ``total_nodes`` counts at most 2,000 in either direction; ``truncated`` says that fewer are
    shown than counted.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    total_nodes: int
    truncated: bool


@dataclass(frozen=True, slots=True)
class ColumnFlow:
    """A column feeds a column of another dataset; an empty ``target_column`` means its rows."""

    source: str
    source_name: str
    source_column: str
    target: str
    target_name: str
    target_column: str
    transformation: str
    masking: bool
    job: str

    def as_json(self) -> dict[str, Any]:
        """Give it as the API does."""
        return {
            "from": self.source,
            "from_column": self.source_column,
            "to": self.target,
            "to_column": self.target_column,
            "transformation": self.transformation,
            "masking": self.masking,
            "job": self.job,
        }


def graph(actor: Actor, urn: str, up: int = 2, down: int = 2, limit: int = 150) -> Graph:
    """Give what feeds a node (``up`` levels) and what it feeds (``down``), at most 10 each.

    ``urn`` is a node's, or a product's key alone. Raises NotFound for absent and hidden alike.
    Costs one statement per level and direction, one for the node that is asked for, one for the
    nodes that are shown and one for their edges.
    """
    seen, values = visible_sql(actor)
    unowned = _UNOWNED if actor.signed_in else "n.product_id IS NOT NULL AND"
    root = _root(urn if "/" in urn else f"product/{urn}", f"({unowned} {seen})", values)
    if root is None:
        raise NotFound
    levels: dict[int, int] = {}
    for near, far, sign, depth in (
        ("target_id", "source_id", -1, up),
        ("source_id", "target_id", 1, down),
    ):
        step = _LEVEL.format(near=near, far=far, unowned=unowned, seen=seen)
        for key, level in _walk(step, root, min(depth, DEPTH), values).items():
            levels.setdefault(key, sign * level)
    nearest = sorted(levels, key=lambda key: (abs(levels[key]), key))
    shown = {root: 0} | {key: levels[key] for key in nearest[: max(limit, 1) - 1]}
    nodes = _nodes(shown)
    return Graph(tuple(nodes.values()), _edges(nodes), len(levels) + 1, len(shown) <= len(levels))


def column_flows(actor: Actor, found: Graph, limit: int = 2_000) -> tuple[ColumnFlow, ...]:
    """Give which columns feed which, where an end is a node of the graph or its product's dataset.

    Columns of hidden products are left out; those of datasets that nobody owns are for people who
    signed in.
    """
    keys = {node.product for node in found.nodes if node.kind == "product" and node.product}
    urns = [node.id for node in found.nodes]
    near = Q(source__urn__in=urns) | Q(source__product__key__in=keys)
    near |= Q(target__urn__in=urns) | Q(target__product__key__in=keys)
    return _flows(actor, near, limit)


def columns_into(actor: Actor, key: str, limit: int = 2_000) -> tuple[ColumnFlow, ...]:
    """Give which columns feed those of a product, as jobs reported it: one statement."""
    return _flows(actor, Q(target__product__key=key) & ~Q(target_column=""), limit)


def _flows(actor: Actor, near: Q, limit: int) -> tuple[ColumnFlow, ...]:
    seen = visible_products(actor).values("pk")
    rows = ColumnEdge.objects.filter(near)
    for end in ("source", "target"):
        known = Q(**{f"{end}__product__in": seen})
        rows = rows.filter(known | Q(**{f"{end}__product": None}) if actor.signed_in else known)
    named = rows.order_by("target__urn", "target_column", "source__urn", "source_column")
    columns = (
        "source__urn", "source__name", "source_column", "target__urn", "target__name",
        "target_column", "transformation", "masking", "job",
    )  # fmt: skip
    return tuple(ColumnFlow(*row) for row in named.values_list(*columns)[:limit])


def lineage_of(product: DataProduct, actor: Actor = NOBODY) -> Graph:
    """Give a product's own graph, three levels each way, as this actor may know it."""
    return graph(actor, f"product/{product.key}", 3, 3)


def _root(urn: str, seen: str, values: list[Any]) -> int | None:
    sql = (
        "SELECT n.id FROM catalog_lineagenode n "
        "LEFT JOIN catalog_dataproduct p ON p.id = n.product_id "
        f"WHERE n.urn = %s AND {seen}"
    )
    rows = _rows(sql, [urn, *values])
    return rows[0][0] if rows else None


def _walk(step: str, root: int, depth: int, values: list[Any]) -> dict[int, int]:
    """Give the level of each node in reach in one direction."""
    found: dict[int, int] = {}
    frontier = [root]
    for level in range(1, depth + 1):
        if not frontier or len(found) >= REACH:
            break
        rows = _rows(step, [frontier, [root, *found], *values, REACH - len(found)])
        frontier = [row[0] for row in rows]
        found |= dict.fromkeys(frontier, level)
    return found


def _nodes(levels: dict[int, int]) -> dict[int, Node]:
    rows = {row[0]: row for row in _rows(f"{_NODES} WHERE n.id = ANY(%s::bigint[])", [[*levels]])}
    return {
        key: Node(urn, kind, name, level, product, domain, hue, status, score)
        for key, level in levels.items()
        for _, urn, kind, name, product, domain, hue, status, score in [rows[key]]
    }


def _edges(nodes: dict[int, Node]) -> tuple[Edge, ...]:
    sql = """
        SELECT source_id, target_id, kind, reason FROM catalog_lineageedge
        WHERE source_id = ANY(%s::bigint[]) AND target_id = ANY(%s::bigint[]) ORDER BY id
    """
    return tuple(
        Edge(nodes[source].id, nodes[target].id, kind, reason)
        for source, target, kind, reason in _rows(sql, [[*nodes], [*nodes]])
    )


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
