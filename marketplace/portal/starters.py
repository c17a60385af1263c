"""Three products to start with, each with the reason why; and a query that runs before any access.

All of it is real: who reads what comes from agreements, and the rows of the query are invented
from the contract, as everywhere before access.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from catalog.models import DataProduct, OutputPort, SavedQuery
from catalog.queries import sandbox_table, visible_products
from catalog.states import Status
from marketplace.connectors.parameters import names
from marketplace.kernel.actors import Actor
from marketplace.portal.home import used_by_teams_alike
from marketplace.portal.lab_page import place_of
from marketplace.portal.market import near_row
from marketplace.portal.queries import my_side
from subscriptions.states import LIVE_AGREEMENT

STARTERS: Final = 3
_FEW: Final = "SELECT *\nFROM {relation}\nLIMIT 5"


@dataclass(frozen=True, slots=True)
class Trial:
    """A query on invented rows: what it asks, of which port, and where the lab opens it."""

    port: OutputPort
    title: str
    sql: str

    @property
    def place(self) -> str:
        """The port as addresses name it."""
        return place_of(self.port)

    @property
    def lab(self) -> str:
        """Where the same text stands in the lab."""
        return f"{reverse('lab')}?{urlencode({'port': self.place, 'sql': self.sql})}"


def starters(actor: Actor) -> list[dict[str, Any]]:
    """Give up to three offered products that the actor does not read yet, with a reason each.

    What teams near the actor's read comes first, then what most consumers read, then what is
    described best (DATSIS, 0 to 100). At most seven statements.
    """
    held = set(
        my_side(actor)
        .filter(state__in=list(LIVE_AGREEMENT))
        .values_list("port__product_id", flat=True)
    )
    found = used_by_teams_alike(actor, held)[:STARTERS]
    if len(found) == STARTERS:
        return found
    rest = (
        visible_products(actor)
        .filter(status=Status.ACTIVE)
        .exclude(pk__in=held)
        .exclude(key__in=[one["key"] for one in found])
        .exclude(owner_team__slug__in=sorted(actor.teams))
    )
    read = rest.filter(consumers__gt=0).order_by("-consumers", "name")
    found += [_row(one, _readers(one.consumers)) for one in read[: STARTERS - len(found)]]
    if len(found) < STARTERS:
        scored = rest.filter(consumers=0, score__isnull=False).order_by("-score", "name")
        found += [_row(one, _described(one)) for one in scored[: STARTERS - len(found)]]
    return found


def trial(actor: Actor, keys: list[str]) -> Trial | None:
    """Give a query on the first of these products that has a port to try; else on any, or None.

    A popular question of the port when one needs no parameter, else its first rows.
    """
    ports = (
        OutputPort.objects.select_related("product__owner_team", "platform", "contract")
        .filter(
            product__in=visible_products(actor).filter(status=Status.ACTIVE).values("pk"),
            status=Status.ACTIVE,
            platform__kind="postgres",
        )
        .exclude(relation_name="")
        .exclude(contract=None)
        .order_by("-product__consumers", "product__name", "position")
    )
    named = list(ports.filter(product__key__in=keys))
    named.sort(key=lambda port: keys.index(port.product.key))
    port = next((one for one in named if sandbox_table(one)), None)
    if port is None:
        port = next((one for one in ports[:STARTERS] if sandbox_table(one)), None)
    return _asked(port) if port else None


def _asked(port: OutputPort) -> Trial:
    kept = SavedQuery.objects.filter(port=port, declared=True).order_by("-runs", "pk")
    query = next((one for one in kept if not names(one.sql)), None)
    title, sql = (query.title, query.sql) if query else (f"The first rows of {port.name}", _FEW)
    return Trial(port, title, sql.replace("{relation}", port.relation).strip())


def _row(product: DataProduct, note: str) -> dict[str, Any]:
    return {**near_row(product.card), "note": note}


def _readers(number: int) -> str:
    return "read by 1 consumer here" if number == 1 else f"read by {number} consumers here"


def _described(product: DataProduct) -> str:
    return f"well described: DATSIS {product.score} of 100"
