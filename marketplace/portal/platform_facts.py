"""How a platform connection does: health, lag, census and limits, for its page and the API."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Now

from catalog.models import PlatformConnection
from marketplace.kernel.clock import now
from subscriptions.actions.gates import state_of
from subscriptions.models import Grant, Handle, PlatformGate
from subscriptions.queries import PROVEN


@dataclass(frozen=True, slots=True)
class Health:
    """One connection now. ``lag_seconds``: how long the handle overdue longest has waited.

    ``census_from`` and ``census_to`` are when the handle compared longest ago and the one compared
    last were compared; None while there is none. ``asked``: somebody ever did; ``unreachable``: the
    last check found nobody there, and no handle was compared since.
    """

    breaker: str
    failures: int
    closed_until: datetime | None
    last_error: str
    last_error_at: datetime | None
    handles: int
    handles_due: int
    lag_seconds: float
    census_from: datetime | None
    census_to: datetime | None
    grants: int
    proven: int
    troubled: int
    asked: bool = True
    unreachable: bool = False

    @property
    def tone(self) -> str:
        """How the page shows it: ok, warn or bad."""
        if self.breaker != "closed" or self.troubled:
            return "bad" if self.breaker == "open" else "warn"
        if self.unreachable:
            return "bad"
        return "warn" if self.lag_seconds > 60 else "ok"  # noqa: PLR2004 - a minute is late


def health_of(platforms: list[PlatformConnection]) -> dict[int, Health]:
    """Give the health of each platform by its id: four statements, however many there are."""
    moment = now()
    waits = Q(next_at__lte=Now(), lease_until__lt=Now())
    handles: dict[Any, Any] = {
        row["port__platform_id"]: row
        for row in Handle.objects.values("port__platform_id").annotate(
            number=Count("pk"),
            due=Count("pk", filter=waits),
            oldest=Min("next_at", filter=waits),
            census_from=Min("checked_at", filter=Q(next_at__isnull=False)),
            census_to=Max("checked_at"),
        )
    }
    grants: dict[Any, Any] = {
        row["handle__port__platform_id"]: row
        for row in Grant.objects.filter(desired="present")
        .values("handle__port__platform_id")
        .annotate(number=Count("pk"), proven=Count("pk", filter=PROVEN))
    }
    troubled = dict(
        Grant.objects.filter(Q(needs_human=True) | Q(revoke_unverified=True))
        .values_list("handle__port__platform_id")
        .annotate(number=Count("pk"))
        .values_list("handle__port__platform_id", "number")
    )
    gates = PlatformGate.objects.in_bulk([one.pk for one in platforms])
    return {
        one.pk: _health(
            one,
            gates.get(one.pk),
            handles.get(one.pk, {}),
            grants=grants.get(one.pk, {}),
            troubled=troubled.get(one.pk, 0),
            moment=moment,
        )
        for one in platforms
    }


def _health(
    row: PlatformConnection,
    gate: PlatformGate | None,
    handles: dict[str, Any],
    *,
    grants: dict[str, Any],
    troubled: int,
    moment: datetime,
) -> Health:
    oldest = handles.get("oldest")
    lag = max((moment - oldest) / timedelta(seconds=1), 0.0) if oldest else 0.0
    shut = gate is not None and gate.closed_until > moment
    compared = handles.get("census_to")
    newer = row.checked_at is not None and (compared is None or compared < row.checked_at)
    away = newer and any(one.get("code") == "unreachable" for one in row.findings)
    return Health(
        breaker=state_of(gate),
        failures=gate.failures if gate else 0,
        closed_until=gate.closed_until if gate and shut else None,
        last_error=gate.last_error if gate else "",
        last_error_at=gate.last_error_at if gate else None,
        handles=handles.get("number", 0),
        handles_due=handles.get("due", 0),
        lag_seconds=round(lag, 1),
        census_from=handles.get("census_from"),
        census_to=handles.get("census_to"),
        grants=grants.get("number", 0),
        proven=grants.get("proven", 0),
        troubled=troubled,
        asked=row.checked_at is not None or compared is not None,
        unreachable=away,
    )
