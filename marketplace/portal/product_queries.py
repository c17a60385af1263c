"""Reads of one product for its page: what it holds, how it keeps its promises, what changes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models.functions import Now, TruncDate

from catalog.models import (
    ChangeProposal,
    DataProduct,
    OutputPort,
    PortProfile,
    QualityResult,
    SavedQuery,
    SchemaColumn,
    ServiceLevelWindow,
)
from catalog.states import ChangeState
from marketplace.kernel.actors import Actor
from marketplace.portal.queries import DAYS
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


def met_days(product: DataProduct) -> list[ServiceLevelWindow]:
    """Give the measured days of the last 30 with their basis, oldest first."""
    rows = product.windows.filter(day__gte=TruncDate(Now()) - timedelta(days=DAYS))
    return list(rows.order_by("day"))


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check: its newest result, and its state on each day it ran, oldest first."""

    last: QualityResult
    days: tuple[str, ...]

    @property
    def measured(self) -> str:
        """What was measured, in the words of who did, else its figures."""
        facts = self.last.measured
        if facts.get("detail"):
            return str(facts["detail"])
        return ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)

    @property
    def scope(self) -> str:
        """What the check looks at: its port, else its contract, else the product."""
        if self.last.port is not None:
            return f"port {self.last.port.name}"
        return self.last.check_key.partition("/")[0] if "/" in self.last.check_key else "product"


def checks_of(product: DataProduct) -> list[CheckLine]:
    """Give each check of a product with its results of 30 days; what failed stands first."""
    rows = (
        QualityResult.objects.filter(
            product=product, observed_at__gt=Now() - timedelta(days=DAYS + 1)
        )
        .select_related("port")
        .order_by("check_key", "observed_at")
    )
    by_check: dict[str, list[QualityResult]] = defaultdict(list)
    for row in rows:
        by_check[row.check_key].append(row)
    lines = [
        CheckLine(results[-1], tuple(_CHECK_STATES.get(row.status, "unknown") for row in results))
        for results in by_check.values()
    ]
    return sorted(lines, key=lambda line: (line.last.status == "pass", line.last.name))


_CHECK_STATES: Final = {"pass": "met", "warn": "at_risk", "fail": "breached"}
