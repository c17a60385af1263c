"""Work out how good a product is, from the facts of now."""

from collections.abc import Collection, Sequence
from datetime import datetime

from catalog.models import DataProduct
from governance.events import ScoreChanged
from governance.models import Score, ScoreDay
from governance.permissions import may_score
from governance.queries.facts import Told, facts_of_products
from governance.scoring.base import ProductScore
from governance.scoring.datsis import score
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.log import record


@action
def rescore(
    actor: Actor,
    *,
    product_key: str,
    grants: int | None = None,
    grants_proven: int | None = None,
) -> ProductScore:
    """Score a product anew and keep it, with today's entry of its history. Safe to repeat.

    ``grants`` and ``grants_proven`` come from whoever knows of grants; without them those that
    were told last count.
    """
    require(actor, may_score)
    product = DataProduct.objects.select_related("owner_team").filter(key=product_key).first()
    if product is None:
        raise NotFound
    told = {product.pk: (grants, grants_proven)} if grants is not None else {}
    return _scored([product], told)[product.key]


@action
def rescore_all(actor: Actor, *, product_keys: Collection[str]) -> dict[str, ProductScore]:
    """Score products anew, each as `rescore` does; give the scores of those that there are.

    As many statements as for one. Needs one product at least.
    """
    require(actor, may_score)
    products = DataProduct.objects.select_related("owner_team").filter(key__in=product_keys)
    return _scored(list(products.order_by("key")), {})


def _scored(products: Sequence[DataProduct], told: Told) -> dict[str, ProductScore]:
    if not products:
        raise NotFound
    rows = Score.objects.select_for_update(no_key=True).filter(product__in=products)
    kept = {row.product_id: row for row in rows.order_by("product_id")}
    known = {key: (row.grants, row.grants_proven) for key, row in kept.items()} | dict(told)
    facts = facts_of_products(products, known)
    found = {product: score(facts[product.pk]) for product in products}
    moment = now()
    Score.objects.bulk_create(
        [_row(product, one, known, moment) for product, one in found.items()],
        update_conflicts=True,
        unique_fields=["product"],
        update_fields=[
            *("total", "grade", "properties", "best_fix", "grants", "grants_proven", "at"),
        ],
    )
    ScoreDay.objects.bulk_create(
        [ScoreDay(product=p, day=moment.date(), total=one.total) for p, one in found.items()],
        update_conflicts=True,
        unique_fields=["product", "day"],
        update_fields=["total"],
    )
    for product, one in found.items():
        before = kept.get(product.pk)
        record(
            ScoreChanged(
                subject=f"product/{product.key}",
                product=product.key,
                teams=(product.owner_team.slug,),
                total=one.total,
                grade=one.grade,
                before=before.total if before else None,
            )
        )
    return {product.key: one for product, one in found.items()}


def _row(product: DataProduct, found: ProductScore, known: Told, moment: datetime) -> Score:
    told = found.to_json()
    grants, proven = known.get(product.pk, (None, None))
    return Score(
        product=product,
        total=found.total,
        grade=found.grade,
        properties=told["properties"],
        best_fix=told["next_best_fix"],
        grants=grants,
        grants_proven=proven,
        at=moment,
    )
