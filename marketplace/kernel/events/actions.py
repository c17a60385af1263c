"""Repair the event log's deliveries."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models.functions import Now

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import OPERATOR, Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.log import DomainEvent, known, record
from marketplace.kernel.events.models import Delivery
from marketplace.kernel.leases import EPOCH
from marketplace.kernel.wake import EVENTS, wake


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRetried(DomainEvent):
    """An operator had a handler run again that had been given up."""

    name: ClassVar[str] = "delivery.retried"
    delivery_id: int
    handler: str


def may_repair(actor: Actor) -> bool:
    """The operator sets going again what was given up."""
    return actor.kind == "system" or (actor.holds(OPERATOR) and actor.may_use("admin"))


@action
def retry_delivery(actor: Actor, *, delivery_id: Any) -> Delivery:
    """Have a handler run again, with all its attempts, that had been given up."""
    require(actor, may_repair)
    row = Delivery.objects.select_for_update(no_key=True).filter(pk=delivery_id, dead=True).first()
    if row is None:
        raise NotFound
    row.dead, row.attempts, row.lease_until = False, 0, EPOCH
    row.save(update_fields=["dead", "attempts", "lease_until"])
    Delivery.objects.filter(pk=row.pk).update(next_at=Now())
    record(
        DeliveryRetried(subject=f"event/{row.event_id}", delivery_id=row.pk, handler=row.handler)
    )
    wake(EVENTS)
    return row
