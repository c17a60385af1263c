"""The public page of how the instance is: parts, their states and since when; no secret, no name.

Whoever signs in as an operator finds the details in the operator's console; strangers read states
and figures only.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import Min
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import PlatformConnection
from marketplace.kernel.actors import OPERATOR
from marketplace.kernel.identity.current import actor_of
from marketplace.kernel.web import words
from marketplace.portal.health import readiness
from marketplace.portal.pages import show
from subscriptions.models import Handle, Mail, WebhookDelivery

SLOW_S: Final = 60.0  # work that waits longer is felt by people: a grant is made in seconds
_UNAVAILABLE: Final = 503


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the instance: ok, slow or down, and what was measured."""

    name: str
    state: str
    detail: str


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Show every part to whoever asks; 503 when requests cannot be answered."""
    found = readiness()
    if found["status"] != "ready":
        return render(request, "portal/status_away.html", {"found": found}, status=_UNAVAILABLE)
    parts = parts_of(found)
    context = {
        "parts": parts,
        "worst": worst_of(parts),
        "at": timezone.now(),
        "operates": actor_of(request).holds(OPERATOR),
        "nav": "status",
    }
    response = show(request, "portal/status.html", context)
    response["Cache-Control"] = "no-store"
    return response


def parts_of(found: dict[str, Any]) -> list[Part]:
    """Judge each part by what was just measured: four statements beyond readiness."""
    lag = float(found["sweep_lag_seconds"] or 0)
    return [
        Part("Pages and API", "ok", "this page was answered"),
        Part("Database", "ok", "answers, and its tables are up to date"),
        _workers(leads=bool(found["worker_leads"]), lag=lag),
        _queue("Grants", Handle.objects.filter(next_at__lte=Now())),
        _queue("Mail", Mail.objects.filter(next_at__lte=Now())),
        _queue("Webhooks", WebhookDelivery.objects.filter(next_at__lte=Now())),
        _platforms(),
    ]


def worst_of(parts: list[Part]) -> str:
    """Give the worst state: down before slow before ok."""
    states = {part.state for part in parts}
    return next((state for state in ("down", "slow") if state in states), "ok")


def _workers(*, leads: bool, lag: float) -> Part:
    if not leads:
        return Part("Workers", "down", "no worker is running; requests are kept until one is")
    waited = f"the oldest thing that is due waits {words.duration(lag)}"
    return Part("Workers", "slow" if lag > SLOW_S else "ok", waited if lag else "nothing is late")


def _queue(name: str, due: Any) -> Part:
    oldest = due.aggregate(oldest=Min("next_at"))["oldest"]
    if oldest is None:
        return Part(name, "ok", "nothing is due")
    waits = timezone.now() - oldest
    late = waits > timedelta(seconds=SLOW_S)
    return Part(name, "slow" if late else "ok", f"the oldest is due for {words.duration(waits)}")


def _platforms() -> Part:
    rows = list(PlatformConnection.objects.values_list("checked_at", "findings"))
    checked = [findings for at, findings in rows if at is not None]
    broken = sum(any(one.get("level") == "error" for one in found) for found in checked)
    if not rows:
        return Part("Data platforms", "ok", "none is connected")
    if not checked:
        return Part("Data platforms", "ok", f"{len(rows)} connected, not checked yet")
    detail = f"{len(checked) - broken} of {len(checked)} kept everything at their last check"
    return Part("Data platforms", "slow" if broken else "ok", detail)
