"""Who feeds whom, as far as the actor may know.

The graph is walked level by level, one statement each, because a depth column in a recursive
statement multiplies paths. Hidden products are left out at every level, so nothing behind them is
reached through them, and they are not counted.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from catalog.models import DataProduct
from catalog.queries.products import visible_sql
from marketplace.kernel.actors import NOBODY, Actor
from marketplace.kernel.errors import NotFound

DEPTH: Final = 10
REACH: Final = 5_000  # nodes that are counted before the walk stops

_NODE: Final = "n.id, n.urn, n.kind, n.name, p.key, d.slug, d.hue, p.status, p.score"
_FROM: Final = """
    catalog_lineagenode n
    LEFT JOIN catalog_dataproduct p ON p.id = n.product_id
    LEFT JOIN catalog_domain d ON d.id = p.domain_id
"""
_LEVEL: Final = """
    SELECT DISTINCT {node} FROM catalog_lineageedge e JOIN {tables_on}
    WHERE e.{near} = ANY(%s) AND n.id <> ALL(%s) AND (n.product_id IS NULL OR {seen})
    ORDER BY n.id LIMIT %s
"""


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

    ``total_nodes`` counts at most 5,000 in either direction; ``truncated`` says that fewer are
    shown than counted.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    total_nodes: int
    truncated: bool


@dataclass(slots=True)
class _Walk:
    """One direction of the walk."""

    near: str
    far: str
    sign: int
    frontier: list[int]
    found: dict[int, Node] = field(default_factory=dict)


def graph(actor: Actor, urn: str, up: int = 2, down: int = 2, limit: int = 150) -> Graph:
    """Give what feeds a node (``up`` levels) and what it feeds (``down``), at most 10 each.

    ``urn`` is a node's, or a product's key alone. Raises NotFound for absent and hidden alike.
    Costs one statement for the node, one per level and direction, and one for the edges.
    """
    if not actor.signed_in and "/" in urn and not urn.startswith("product/"):
        raise NotFound
    seen, values = visible_sql(actor)
    root = _root(urn if "/" in urn else f"product/{urn}", seen, values)
    if root is None:
        raise NotFound
    key, node = root
    upwards = _Walk("target_id", "source_id", -1, [key])
    downwards = _Walk("source_id", "target_id", 1, [key])
    for walk, depth in ((upwards, up), (downwards, down)):
        for level in range(1, min(depth, DEPTH) + 1):
            if not walk.frontier or len(walk.found) >= REACH:
                break
            _step(walk, key, level, seen, values, signed_in=actor.signed_in)
    reached = {**upwards.found, **downwards.found}
    nearest = sorted(reached.items(), key=lambda item: (abs(item[1].level), item[0]))
    shown = dict([(key, node), *nearest][: max(limit, 1)])
    total = len(reached) + 1
    return Graph(tuple(shown.values()), _edges(shown), total, total > len(shown))


def lineage_of(product: DataProduct, actor: Actor = NOBODY) -> Graph:
    """Give a product's own graph, three levels each way, as this actor may know it."""
    return graph(actor, f"product/{product.key}", 3, 3)


def _root(urn: str, seen: str, values: list[Any]) -> tuple[int, Node] | None:
    sql = f"SELECT {_NODE} FROM {_FROM} WHERE n.urn = %s AND (n.product_id IS NULL OR {seen})"  # noqa: S608 - our own words only
    with connection.cursor() as cursor:
        cursor.execute(sql, [urn, *values])
        row = cursor.fetchone()
    return (row[0], _node(row, 0)) if row else None


def _step(
    walk: _Walk, root: int, level: int, seen: str, values: list[Any], *, signed_in: bool
) -> None:
    tables = _FROM.replace("catalog_lineagenode n", f"catalog_lineagenode n ON n.id = e.{walk.far}")
    sql = _LEVEL.format(node=_NODE, tables_on=tables, near=walk.near, seen=seen)
    if not signed_in:
        sql = sql.replace("n.product_id IS NULL OR", "n.product_id IS NOT NULL AND")
    known = [root, *walk.found]
    with connection.cursor() as cursor:
        cursor.execute(sql, [walk.frontier, known, *values, REACH - len(walk.found)])
        rows = cursor.fetchall()
    walk.frontier = [row[0] for row in rows]
    walk.found |= {row[0]: _node(row, walk.sign * level) for row in rows}


def _edges(shown: dict[int, Node]) -> tuple[Edge, ...]:
    names = {key: node.id for key, node in shown.items()}
    sql = """
        SELECT source_id, target_id, kind, reason FROM catalog_lineageedge
        WHERE source_id = ANY(%s) AND target_id = ANY(%s) ORDER BY id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(names), list(names)])
        rows = cursor.fetchall()
    return tuple(Edge(names[s], names[t], kind, reason) for s, t, kind, reason in rows)


def _node(row: tuple[Any, ...], level: int) -> Node:
    _, urn, kind, name, product, domain, hue, status, score = row
    return Node(urn, kind, name, level, product, domain, hue, status, score)
