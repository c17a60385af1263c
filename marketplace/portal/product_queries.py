"""Reads of one product for its page: what it holds, how it keeps its promises, what changes."""

from collections import defaultdict
from collections.abc import Sequence

from catalog.models import (
    ChangeProposal,
    DataProduct,
    OutputPort,
    PortProfile,
    SavedQuery,
    SchemaColumn,
)
from catalog.states import ChangeState
from marketplace.kernel.actors import Actor
from subscriptions.models import Follow


def columns_by_port(ports: Sequence[OutputPort]) -> dict[int, list[SchemaColumn]]:
    """Give the columns that each port shows, in their order: one statement for all ports."""
    versions = {port.contract_id for port in ports if port.contract_id is not None}
    rows: dict[int, list[SchemaColumn]] = defaultdict(list)
    kept = SchemaColumn.objects.filter(contract_version__in=versions).defer("search")
    for row in kept.order_by("contract_version_id", "position"):
        rows[row.contract_version_id].append(row)
    return {
        port.pk: [
            row
            for row in rows.get(port.contract_id or 0, [])
            if not port.columns or row.name in port.columns
        ]
        for port in ports
    }


def profiles(ports: Sequence[OutputPort]) -> dict[int, PortProfile]:
    """Give what was measured of each port, by port id, without the sample rows."""
    rows = PortProfile.objects.filter(port__in=[port.pk for port in ports]).defer("sample")
    return {row.port_id: row for row in rows}


def popular(ports: Sequence[OutputPort], limit: int = 12) -> list[SavedQuery]:
    """Give the queries worth running on these ports: those run most, then by title."""
    rows = SavedQuery.objects.filter(port__in=[port.pk for port in ports])
    return list(rows.select_related("port").order_by("-runs", "port__position", "pk")[:limit])


def follows(actor: Actor, product: DataProduct) -> bool:
    """Tell whether the reader hears of a product."""
    if not actor.user_id:
        return False
    return Follow.objects.filter(user_id=actor.user_id, product=product, muted=False).exists()


def changes_of(product: DataProduct) -> list[ChangeProposal]:
    """Give a product's changes that were told, newest first; drafts are the owner's own."""
    rows = ChangeProposal.objects.filter(contract__product=product)
    told = rows.exclude(state__in=[ChangeState.DRAFT, ChangeState.WITHDRAWN])
    return list(told.select_related("contract", "base").defer("text").order_by("-id")[:50])
