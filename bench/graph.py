"""P5, first half: the lineage of a node to depth 5, over REST."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from bench.client import drive
from bench.figures import Bar, Row, row_of
from bench.ground import Ground, raw, statements_of

_DENSE: Final = 1_000_000
# Datasets and jobs in the order they were made; each feeds as many later ones of the other kind,
# among the next 4,000, as it takes for a million edges.
_THICKEN: Final = """
    WITH numbered AS MATERIALIZED (
        SELECT id, kind, row_number() OVER (ORDER BY id) AS place
        FROM catalog_lineagenode WHERE kind IN ('dataset', 'job')
    ), drawn AS MATERIALIZED (
        SELECT id, kind, place + 1 + (random() * 4000)::int AS fed
        FROM numbered, generate_series(1, %s)
    )
    INSERT INTO catalog_lineageedge (source_id, target_id, kind, reason)
    SELECT drawn.id, numbered.id, 'observed', '' FROM drawn
    JOIN numbered ON numbered.place = drawn.fed AND numbered.kind <> drawn.kind
    ON CONFLICT DO NOTHING
"""


def lineage(ground: Ground) -> list[Row]:
    """Five levels each way: most-read products, datasets, and datasets among a million edges."""
    from catalog.models import LineageNode

    products = [
        f"product/{key}"
        for key in LineageNode.objects.filter(
            product__status="active", product__scope="organization"
        )
        .order_by("-product__consumers")
        .values_list("product__key", flat=True)[:100]
    ]
    middle = LineageNode.objects.filter(kind="dataset").order_by("pk")
    datasets = list(middle.values_list("urn", flat=True)[ground.products * 2 :][:100])
    rows = [_walked(ground, "product", products), _walked(ground, "dataset", datasets)]
    _thicken()
    dense = _walked(ground, "dataset, capped", datasets)
    dense.bars = [Bar("p95", dense.p95 or 0, 100)]
    return [*rows, dense]


def _walked(ground: Ground, kind: str, urns: Sequence[str]) -> Row:
    from catalog.models import LineageEdge

    asks = [
        ground.call("bench-reader", "GET", f"lineage?node={quote(urn)}&up=5&down=5") for urn in urns
    ]
    drive(ground.port, asks, connections=8)
    alone = drive(ground.port, asks, count=ground.rounds * 10)
    row = row_of(
        "P5",
        f"lineage of a {kind}, 5 levels each way, {LineageEdge.objects.count():,} edges",
        alone,
        drive(ground.port, asks, count=ground.rounds * 10, connections=8),
        limit=raw([_same(urn) for urn in urns], count=ground.rounds * 10),
        limit_is="the same statements by bare psycopg",
    )
    row.bars = [Bar("p50", alone.at(0.5), 5)]
    return row


def _thicken() -> None:
    """Draw edges until there are about a million."""
    from django.db import connection

    from catalog.models import LineageEdge, LineageNode

    nodes = LineageNode.objects.filter(kind__in=("dataset", "job")).count()
    lacking = _DENSE - LineageEdge.objects.count()
    each = max(2 * lacking // nodes, 1)  # half of them meet their own kind
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(_THICKEN, [each])
        cursor.execute("ANALYZE catalog_lineageedge")


def _same(urn: str) -> list[tuple[str, object]]:
    from bench.reading import actor_named
    from catalog.queries import graph

    actor = actor_named("bench-reader")
    return statements_of(lambda: graph(actor, urn, 5, 5))
