"""Bring what is published in step with what a contract promises now."""

from typing import Any

from django.db.models import F

from catalog.queries import columns_of
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.events.log import record
from subscriptions.actions.openings import GRANT, due
from subscriptions.events import HandleReshaped
from subscriptions.models import Handle
from subscriptions.permissions import may_provision


def out_of_step(contract_key: str) -> list[Any]:
    """Handles that publish other columns than the contract's version in force promises."""
    handles = Handle.objects.select_related("port__contract").filter(
        port__contract__contract__key=contract_key
    )
    return [handle.pk for handle in handles if _promised(handle) not in ([], handle.columns)]


@action
def reshape(actor: Actor, *, handle_id: Any) -> None:
    """Bring a handle in step with its contract's version in force.

    A column that is promised no more leaves the published view, and every member is proven again
    on what is left.
    """
    require(actor, may_provision)
    handle = (
        Handle.objects.select_for_update(of=["self"], no_key=True)
        .select_related("port__contract", "port__product__owner_team")
        .get(pk=handle_id)
    )
    Handle.objects.filter(pk=handle.pk).update(columns=_promised(handle))
    handle.grants.filter(desired="present").update(generation=F("generation") + 1)
    due(handle, GRANT)
    product = handle.port.product
    record(
        HandleReshaped(
            subject=f"port/{product.key}/{handle.port.name}",
            product=product.key,
            teams=(product.owner_team.slug,),
            handle=handle.name,
            columns=_promised(handle),
        )
    )


def _promised(handle: Handle) -> list[str]:
    promised = [column.name for column in columns_of(handle.port)]
    if not handle.variant:
        return promised
    return [name for name in promised if name in handle.columns]
