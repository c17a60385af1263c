"""P5, first half: the lineage of a node to depth 5, over REST."""

from urllib.parse import quote

from bench.client import drive
from bench.figures import Bar, Row, row_of
from bench.ground import Ground, raw, statements_of


def lineage(ground: Ground) -> list[Row]:
    """Five levels each way from products and from datasets, most-read products first."""
    from catalog.models import LineageEdge, LineageNode

    edges = LineageEdge.objects.count()
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
    rows = []
    for kind, urns in (("product", products), ("dataset", datasets)):
        asks = [
            ground.call("bench-reader", "GET", f"lineage?node={quote(urn)}&up=5&down=5")
            for urn in urns
        ]
        drive(ground.port, asks, connections=8)
        alone = drive(ground.port, asks, count=ground.rounds * 10)
        row = row_of(
            "P5",
            f"lineage of a {kind}, 5 levels each way, {edges:,} edges",
            alone,
            drive(ground.port, asks, count=ground.rounds * 10, connections=8),
            limit=raw([_same(urn) for urn in urns], count=ground.rounds * 10),
            limit_is="the same statements by bare psycopg",
        )
        row.bars = [Bar("p50", alone.at(0.5), 5)]
        rows.append(row)
    return rows


def _same(urn: str) -> list[tuple[str, object]]:
    from bench.reading import actor_named
    from catalog.queries import graph

    actor = actor_named("bench-reader")
    return statements_of(lambda: graph(actor, urn, 5, 5))
