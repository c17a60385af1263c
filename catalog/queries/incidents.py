"""Incidents of products, as far as one may know of them."""

from typing import Any

from django.db.models import QuerySet

from catalog.models import DataProduct, Incident
from catalog.queries.products import visible_products
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound

_WITH = ("product__owner_team", "product__domain__owner_team")


def visible_incidents(actor: Actor) -> QuerySet[Incident]:
    """Incidents of products that the actor may know of, newest first."""
    rows = Incident.objects.select_related(*_WITH).prefetch_related("updates")
    return rows.filter(product__in=visible_products(actor).values("pk"))


def incident_or_404(actor: Actor, incident_id: Any) -> Incident:
    """Give an incident the actor may know of."""
    found = visible_incidents(actor).filter(pk=incident_id).first()
    if found is None:
        raise NotFound
    return found


def incidents_of(product: DataProduct, limit: int = 20) -> list[Incident]:
    """Give a product's incidents with their updates: those that are open first, then the newest."""
    rows = product.incidents.prefetch_related("updates").order_by("-started_at")[: limit * 2]
    return sorted(rows, key=lambda one: one.state == "resolved")[:limit]
