"""Write what others worked out about products: what they are worth, and who reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from catalog.actions.cards import write_cards
from catalog.events import ProductScored
from catalog.models import DataProduct
from catalog.permissions import may_keep_books
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.log import record


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Score and petals (0 to 100), instant access, consumers, last write; None keeps what is."""

    score: int | None = None
    petals: Sequence[int] | None = None
    instant: bool | None = None
    consumers: int | None = None
    refreshed_at: datetime | None = None


@action
def set_standings(actor: Actor, *, standings: Mapping[str, Standing]) -> None:
    """Write what others worked out about products, by key: score, instant access, consumers."""
    require(actor, may_keep_books)
    locked = DataProduct.objects.select_for_update(of=["self"], no_key=True).order_by("key")
    products = list(locked.select_related("domain", "owner_team").filter(key__in=standings))
    if not products or len(products) < len(standings):
        raise NotFound
    for product in products:
        given = standings[product.key]
        for field in fields(given):
            value = getattr(given, field.name)
            if value is not None:
                setattr(product, field.name, value)
    write_cards(*products)
    for product in products:
        record(
            ProductScored(
                subject=f"product/{product.key}",
                product=product.key,
                teams=(product.owner_team.slug,),
                total=product.score or 0,
            )
        )
