"""The graph of a synthetic mesh: declared edges as `apply` draws them, the rest made up.

About twenty edges per product: what its input ports declare, teams that were granted access, and
jobs that were observed between datasets.
"""

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any, Final

from django.db import connection
from psycopg import sql

from bench.mesh.planning import MeshPlan
from catalog.models import DataProduct, LineageNode

_TEAMS, _JOBS = 2, 4
_EDGE: Final = ("source_id", "target_id", "kind", "reason")


def write_graph(
    plan: MeshPlan, products: Sequence[DataProduct], teams: Sequence[str]
) -> tuple[int, int]:
    """Write nodes and edges; give how many of each."""
    random = Random(len(products))  # noqa: S311 - a repeatable plan, no secret
    nodes = [
        LineageNode(urn=f"product/{row.key}", kind="product", name=row.name, product=row)
        for row in products
    ]
    nodes += [LineageNode(urn=f"team/{slug}", kind="team", name=slug) for slug in teams]
    for one in plan.products:
        for number in range(_JOBS):
            nodes.append(_node("dataset", f"{one.slug}.t{number}"))
            nodes.append(_node("job", f"{one.slug}.load{number}"))
    made = {node.urn: node.pk for node in LineageNode.objects.bulk_create(nodes, batch_size=5000)}
    edges = {
        *_declared(plan, made),
        *_granted(random, plan, teams, made),
        *_observed(random, plan, made),
    }
    return len(made), copy("catalog_lineageedge", _EDGE, sorted(edges))


def _node(kind: str, name: str) -> LineageNode:
    return LineageNode(urn=f"{kind}/synthetic/{name}", kind=kind, name=name)


def _declared(plan: MeshPlan, made: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    owners = {one.contract: one.key for one in plan.products}
    for one in plan.products:
        for contract in one.inputs:
            source, target = made[f"product/{owners[contract]}"], made[f"product/{one.key}"]
            yield source, target, "declared", f"contract {contract}"


def _granted(
    random: Random, plan: MeshPlan, teams: Sequence[str], made: dict[str, int]
) -> Iterator[tuple[Any, ...]]:
    for one in plan.products:
        for team in random.sample(teams, min(_TEAMS, len(teams))):
            yield made[f"product/{one.key}"], made[f"team/{team}"], "granted", "synthetic"


def _observed(random: Random, plan: MeshPlan, made: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    """Every job reads its product's dataset and two or three of earlier ones, and writes one."""
    for number, one in enumerate(plan.products):
        for step in range(_JOBS):
            job = made[f"job/synthetic/{one.slug}.load{step}"]
            sources = {f"{one.slug}.t{step - 1}"} if step else set()
            for _ in range(random.choice((2, 3, 3))):
                other = plan.products[random.randint(max(0, number - 300), max(0, number - 1))]
                sources.add(f"{other.slug}.t{random.randrange(_JOBS)}")
            sources.discard(f"{one.slug}.t{step}")
            for name in sources:
                yield made[f"dataset/synthetic/{name}"], job, "observed", ""
            yield job, made[f"dataset/synthetic/{one.slug}.t{step}"], "observed", ""


def copy(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    """Send rows by COPY; columns that are not named take their database default. Give how many."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    sent = 0
    with connection.cursor() as cursor, cursor.copy(statement) as target:
        for row in rows:
            target.write_row(row)
            sent += 1
    return sent
