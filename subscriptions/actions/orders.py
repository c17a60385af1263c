"""Orders to platforms that others change: which are open, and what became of one, by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from catalog.actions.platform_reports import checked, take_checked
from catalog.events import PlatformReportTried
from catalog.models import PlatformConnection
from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import OPERATOR, Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.log import record
from subscriptions.actions.agreements import needs_reason
from subscriptions.models import Handle
from subscriptions.permissions import is_system, may_answer_order
from subscriptions.queries import owner_side

DONE: Final = "done"
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Order:
    """The newest order of one handle. ``outcome`` is empty while nobody has reported on it."""

    handle: Handle
    generation: int
    text: str
    outcome: str
    by: str
    words: str
    at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody: nobody said yet that it is done."""
        return self.outcome != DONE


def orders_for(actor: Actor, *, platform: str = "") -> list[Order]:
    """Give the newest order of each handle that the actor answers for, open ones first.

    Owners see those of their products, operators all; on platforms of other kinds there are none.
    """
    found = []
    for row in _handles(actor, platform):
        order = _order_of(row)
        if order is not None:
            found.append(order)
    return sorted(found, key=lambda one: (not one.open, bool(one.outcome)))


def open_order(handle: Handle) -> Order | None:
    """Give the order of a handle that still waits; None when none does, or none can be read.

    Costs no statement on platforms that the marketplace changes itself.
    """
    platform = handle.port.platform
    if platform is None or not _reports(platform):
        return None
    try:
        found = _order_of(handle)
    except (ConnectorError, OSError):
        return None
    return found if found is not None and found.open else None


def answer_order(
    actor: Actor, *, handle: str, generation: int, outcome: str, words: str = ""
) -> Order:
    """Say as a person what became of the newest order: done, failed, refused or cancelled.

    A report on any other generation is refused (StaleOrder); all but done need words.
    """
    row = next((one for one in _handles(actor, "") if one.name == handle), None)
    if row is None or _order_of(row) is None:
        raise NotFound
    given = {"handle": handle, "generation": generation, "outcome": outcome}
    facts = checked({**given, "by": actor.subject, "words": words})
    permit_answer(actor, handle_id=row.pk, facts=facts)
    assert row.port.platform is not None
    take_checked(key=row.port.platform.key, facts=facts)
    told = _order_of(row)
    assert told is not None
    return told


@action
def permit_answer(actor: Actor, *, handle_id: Any, facts: dict[str, Any]) -> None:
    """Note what a person says of an order, after asking whether they may; then it is taken."""
    row = Handle.objects.select_related(
        "port__platform", "port__product__owner_team", "port__product__domain__owner_team"
    ).get(pk=handle_id)
    product = row.port.product
    require(actor, may_answer_order, product)
    if facts["outcome"] != DONE:
        needs_reason(facts["words"])
    key = row.port.platform.key if row.port.platform else ""
    record(
        PlatformReportTried(
            subject=f"platform/{key}",
            product=product.key,
            teams=(product.owner_team.slug,),
            **facts,
        )
    )


def _handles(actor: Actor, platform: str) -> list[Handle]:
    reporting = [row.pk for row in PlatformConnection.objects.all() if _reports(row)]
    rows = Handle.objects.select_related(
        "port__platform", "port__product__owner_team", "port__product__domain__owner_team"
    ).filter(port__platform__in=reporting)
    if platform:
        rows = rows.filter(port__platform__key=platform)
    if not (is_system(actor) or actor.holds(OPERATOR)):
        rows = rows.filter(owner_side(actor))
    return list(rows.order_by("-checked_at", "name")[:_MOST])


def _reports(row: PlatformConnection) -> bool:
    try:
        return hasattr(connector_of(row), "order")
    except (ConnectorError, TypeError, ValueError, ImportError):
        return False


def _order_of(row: Handle) -> Order | None:
    connector: Any = connector_of(row.port.platform) if row.port.platform else None
    found = connector.order(row.name) if connector is not None else None
    if found is None:
        return None
    at = found["at"]
    return Order(
        row,
        found["generation"],
        found["text"],
        found["outcome"],
        found["by"],
        found["words"],
        datetime.fromisoformat(at) if at else None,
    )
