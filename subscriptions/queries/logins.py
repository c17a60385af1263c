"""Reads of the ledger of short-lived logins."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from marketplace.kernel.actors import Actor
from subscriptions.models import IssuedLogin
from subscriptions.permissions import OVERSIGHT, is_system
from subscriptions.queries.sides import owner_side

WITH: Final = (
    "agreement__port__product__domain__owner_team",
    "agreement__port__product__owner_team",
    "agreement__port__platform",
)


def visible_logins(actor: Actor) -> QuerySet[IssuedLogin]:
    """The actor's own logins, those on their products, and all for oversight; newest first."""
    rows = IssuedLogin.objects.select_related(*WITH).order_by("-id")
    if is_system(actor) or actor.holds(*OVERSIGHT):
        return rows
    return rows.filter(Q(person=actor.subject) | owner_side(actor, "agreement__"))


def own_standing(actor: Actor, agreement_id: Any) -> str:
    """Give the name of the actor's newest login by an agreement that opens it now; else empty."""
    rows = IssuedLogin.objects.filter(
        agreement_id=agreement_id, person=actor.subject, state="live", expires_at__gt=Now()
    )
    return rows.order_by("-id").values_list("login", flat=True).first() or ""


def standing(row: IssuedLogin, moment: datetime) -> str:
    """How a login stands: its state, ``ended`` when its time or its access is over."""
    if row.state == "issuing" and row.issued_at < moment - timedelta(minutes=5):
        return "failed"  # nobody was shown its secret
    over = row.expires_at <= moment or row.agreement.state not in ("active", "pending")
    return "ended" if row.state == "live" and over else row.state
