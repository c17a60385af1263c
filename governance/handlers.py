"""What governance does when something happened in the catalog: score anew, and say so there.

A handler calls governance's action, then the catalog's, each in its own transaction. It may run
twice: the second time finds nothing to write. What the catalog records when its standing is set
(``product.scored``) is not listened to, so nothing goes round in circles.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import batched

from catalog.actions.standing import Standing, set_standings
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
from catalog.models import DataProduct, OutputPort
from catalog.queries import ports_by_product
from governance.actions.scores import rescore, rescore_all
from governance.evaluate import active_packs
from governance.events import PolicyActivated
from governance.policies.base import Outcome
from governance.policies.pack import PolicyPack, evaluate
from governance.queries.facts import outsider
from governance.scoring.base import ProductScore
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.delivering import superseded
from marketplace.kernel.events.log import DomainEvent, on


@on(ProductProposed, together=True)
@on(ProductPublished, together=True)
@on(ProductUpdated, together=True)
@on(ProductDeprecated, together=True)
@on(ProductRetired, together=True)
@on(ContractReleased, together=True)
@on(ChangeReleased, together=True)
@on(QualityReported, together=True)
@on(PortProfiled, together=True)
@on(QuerySaved, together=True)
def score_products(events: Sequence[DomainEvent]) -> None:
    """Score the products that events are about; the last of several events does it for all."""
    keys = {event.product for event in events} - {""}
    bring_all_in_step(keys - superseded(keys))


@on(EdgeDrawn, late=True)
def score_fed_product(event: EdgeDrawn) -> None:
    """Score the product whose inputs became known, when the edge ends at one."""
    kind, _, key = event.target.partition("/")
    if kind == "product":
        bring_in_step(key)


@on(PolicyActivated, late=True)
def find_instant_products(event: PolicyActivated) -> None:  # noqa: ARG001 - any pack may matter
    """Work out anew which products can be had at once."""
    rows = DataProduct.objects.select_related("domain", "owner_team").order_by("key")
    for products in batched(rows.iterator(500), 500, strict=False):
        ports = ports_by_product(products)
        packs = active_packs()
        instant = {p.key: _is_instant(p, ports[p.pk], packs) for p in products}
        changed = [p.key for p in products if p.instant != instant[p.key]]
        if changed:
            set_standings(
                SYSTEM, standings={key: Standing(instant=instant[key]) for key in changed}
            )


def bring_in_step(key: str, grants: int | None = None, grants_proven: int | None = None) -> None:
    """Score a product, and tell the catalog what changed of its standing.

    ``grants`` and ``grants_proven`` come from whoever knows of grants; None keeps what was told.
    """
    if not DataProduct.objects.filter(key=key).exists():
        return
    found = rescore(SYSTEM, product_key=key, grants=grants, grants_proven=grants_proven)
    _tell_catalog({key: found})


def bring_all_in_step(keys: Collection[str]) -> None:
    """Score products, and tell the catalog what changed of theirs; those that are gone are not."""
    known = DataProduct.objects.filter(key__in=keys).values_list("key", flat=True)
    if keys and (there := set(known)):
        _tell_catalog(rescore_all(SYSTEM, product_keys=there))


def _tell_catalog(found: Mapping[str, ProductScore]) -> None:
    rows = DataProduct.objects.select_related("domain", "owner_team").filter(key__in=found)
    products = list(rows.order_by("key"))
    ports, packs = ports_by_product(products), active_packs()
    standings = {}
    for product in products:
        one = found[product.key]
        instant = _is_instant(product, ports[product.pk], packs)
        if (one.total, petals_of(one), instant) != (product.score, product.petals, product.instant):
            standings[product.key] = Standing(
                score=one.total, petals=petals_of(one), instant=instant
            )
    if standings:
        set_standings(SYSTEM, standings=standings)


def petals_of(found: ProductScore) -> list[int]:
    """Give the six scores in the order of the name: D, A, T, S, I, S."""
    return [one.score for one in found.properties]


def _is_instant(
    product: DataProduct, ports: Iterable[OutputPort], packs: Sequence[PolicyPack]
) -> bool:
    """Tell whether policies let an outside team have some port for analytics without a review."""
    return any(
        port.provisioned and evaluate(outsider(port, product), packs).outcome is Outcome.ALLOW
        for port in ports
    )
