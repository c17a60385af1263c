"""Work out how good a product is, from the facts of now."""

from catalog.models import DataProduct
from governance.events import ScoreChanged
from governance.models import Score, ScoreDay
from governance.permissions import may_score
from governance.queries.facts import product_facts
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
    product = (
        DataProduct.objects.select_related("owner_team", "domain").filter(key=product_key).first()
    )
    if product is None:
        raise NotFound
    kept = Score.objects.select_for_update(no_key=True).filter(product=product).first()
    if grants is None and kept is not None:
        grants, grants_proven = kept.grants, kept.grants_proven
    found = score(product_facts(product, grants=grants, grants_proven=grants_proven))
    told = found.to_json()
    moment = now()
    Score.objects.update_or_create(
        product=product,
        defaults={
            "total": found.total,
            "grade": found.grade,
            "properties": told["properties"],
            "best_fix": told["next_best_fix"],
            "grants": grants,
            "grants_proven": grants_proven,
            "at": moment,
        },
    )
    ScoreDay.objects.update_or_create(
        product=product, day=moment.date(), defaults={"total": found.total}
    )
    record(
        ScoreChanged(
            subject=f"product/{product.key}",
            product=product.key,
            teams=(product.owner_team.slug,),
            total=found.total,
            grade=found.grade,
            before=kept.total if kept else None,
        )
    )
    return found
