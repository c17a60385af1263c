"""What governance does when something happened in the catalog: score anew, and say so there.

A handler calls governance's action, then the catalog's, each in its own transaction. It may run
twice: the second time finds nothing to write. What the catalog records when its standing is set
(``product.scored``) is not listened to, so nothing goes round in circles.
"""

from catalog.actions.products import set_standing
from catalog.events import (
    ChangeReleased,
    ContractReleased,
    EdgeDrawn,
    PortProfiled,
    ProductDeprecated,
    ProductProposed,
    ProductPublished,
    ProductRetired,
    ProductUpdated,
    QualityReported,
    QuerySaved,
)
from catalog.models import DataProduct
from catalog.queries import ports_of
from governance.actions.scores import rescore
from governance.evaluate import judge
from governance.events import PolicyActivated
from governance.policies.base import Outcome
from governance.queries.facts import outsider
from governance.scoring.base import ProductScore
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.log import DomainEvent, on, superseded


@on(ProductProposed, late=True)
@on(ProductPublished, late=True)
@on(ProductUpdated, late=True)
@on(ProductDeprecated, late=True)
@on(ProductRetired, late=True)
@on(ContractReleased, late=True)
@on(ChangeReleased, late=True)
@on(QualityReported, late=True)
@on(PortProfiled, late=True)
@on(QuerySaved, late=True)
def score_product(event: DomainEvent) -> None:
    """Score the product that the event is about; the last of several events does it for all."""
    if event.product and not superseded(event.product):
        bring_in_step(event.product)


@on(EdgeDrawn, late=True)
def score_fed_product(event: EdgeDrawn) -> None:
    """Score the product whose inputs became known, when the edge ends at one."""
    kind, _, key = event.target.partition("/")
    if kind == "product":
        bring_in_step(key)


@on(PolicyActivated, late=True)
def find_instant_products(event: PolicyActivated) -> None:  # noqa: ARG001 - any pack may matter
    """Work out anew which products can be had at once."""
    for product in DataProduct.objects.select_related("domain", "owner_team").iterator(500):
        instant = is_instant(product)
        if instant != product.instant:
            set_standing(SYSTEM, key=product.key, instant=instant)


def bring_in_step(key: str, grants: int | None = None, grants_proven: int | None = None) -> None:
    """Score a product, and tell the catalog what changed of its standing.

    ``grants`` and ``grants_proven`` come from whoever knows of grants; None keeps what was told.
    """
    product = DataProduct.objects.select_related("domain", "owner_team").filter(key=key).first()
    if product is None:
        return
    found = rescore(SYSTEM, product_key=key, grants=grants, grants_proven=grants_proven)
    standing = (found.total, petals_of(found), is_instant(product))
    if standing != (product.score, product.petals, product.instant):
        total, petals, instant = standing
        set_standing(SYSTEM, key=key, score=total, petals=petals, instant=instant)


def petals_of(found: ProductScore) -> list[int]:
    """Give the six scores in the order of the name: D, A, T, S, I, S."""
    return [one.score for one in found.properties]


def is_instant(product: DataProduct) -> bool:
    """Tell whether policies let an outside team have some port for analytics without a review."""
    return any(
        port.provisioned and judge(outsider(port, product)).outcome is Outcome.ALLOW
        for port in ports_of(product.pk)
    )
