"""Agreements and grants that somebody may see, and those that are live."""

from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from catalog.models import OutputPort
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from subscriptions.models import AccessAgreement, AccessRequest, Grant
from subscriptions.permissions import OVERSIGHT, is_system
from subscriptions.queries.sides import PORT, WIDE, own_side, owner_side
from subscriptions.states import LIVE_AGREEMENT, GrantState

PROVEN: Final = Q(state=GrantState.VERIFIED, evidence__level="proven")
"""Grants that were tried as the consumer; what was merely reported or simulated is none."""


def visible_agreements(actor: Actor) -> QuerySet[AccessAgreement]:
    """Agreements of the actor's side, on the actor's products, or all for oversight."""
    rows = AccessAgreement.objects.select_related(*PORT, "grant__handle", "contract").defer(*WIDE)
    if is_system(actor) or actor.holds(*OVERSIGHT):
        return rows
    return rows.filter(Q(requester=actor.subject) | own_side(actor) | owner_side(actor))


def my_agreements(actor: Actor) -> QuerySet[AccessAgreement]:
    """What the actor may read by, live first."""
    return (
        AccessAgreement.objects.select_related(*PORT, "grant__handle", "contract")
        .defer(*WIDE)
        .filter(own_side(actor))
        .order_by("-id")
    )


def live(rows: QuerySet[AccessAgreement]) -> QuerySet[AccessAgreement]:
    """Only those that give access now or soon."""
    return rows.filter(state__in=list(LIVE_AGREEMENT))


def agreement_or_404(actor: Actor, agreement_id: Any) -> AccessAgreement:
    """Give an agreement the actor may see."""
    row = visible_agreements(actor).filter(pk=agreement_id).first()
    if row is None:
        raise NotFound
    return row


def visible_grants(actor: Actor) -> QuerySet[Grant]:
    """Grants of visible agreements."""
    return Grant.objects.select_related(
        "handle", "agreement__port__product__owner_team", "agreement__port__platform"
    ).filter(agreement__in=visible_agreements(actor).values("pk"))


def usual_provisioning(platform_id: int | None) -> float | None:
    """Median seconds from approval to proof on a platform, over the last 50 agreements."""
    rows = AccessAgreement.objects.filter(
        port__platform_id=platform_id, activated_at__isnull=False
    ).order_by("-activated_at")[:50]
    seconds = sorted(
        (a.activated_at - a.created_at).total_seconds() for a in rows if a.activated_at
    )
    return seconds[len(seconds) // 2] if seconds else None


def standing(actor: Actor, products: list[int]) -> dict[int, str]:
    """Per product, how the actor stands: granted, pending, or nothing. Two statements."""
    found: dict[int, str] = {}
    asked = AccessRequest.objects.filter(
        own_side(actor), port__product_id__in=products, state__in=["submitted", "in_review"]
    )
    for product in asked.values_list("port__product_id", flat=True):
        found[product] = "pending"
    held = AccessAgreement.objects.filter(
        own_side(actor), port__product_id__in=products, state__in=list(LIVE_AGREEMENT)
    )
    for product, state in held.values_list("port__product_id", "state"):
        found[product] = "granted" if state == "active" else found.get(product, "pending")
    return found


def live_for(port: OutputPort, kind: str, key: str) -> AccessAgreement | None:
    """The live agreement of one consumer on one port."""
    return (
        AccessAgreement.objects.select_related(*PORT, "grant__handle")
        .filter(port=port, consumer_kind=kind, consumer_key=key, state__in=list(LIVE_AGREEMENT))
        .first()
    )


def affected_by(contract_key: str) -> QuerySet[AccessAgreement]:
    """Live agreements on ports that follow a contract: exactly who must hear of its change."""
    return AccessAgreement.objects.filter(
        port__contract__contract__key=contract_key, state__in=list(LIVE_AGREEMENT)
    )


def ended_last(port: OutputPort, kind: str, key: str) -> datetime | None:
    """When this consumer's last access to a port ended."""
    return (
        AccessAgreement.objects.filter(port=port, consumer_kind=kind, consumer_key=key)
        .order_by("-id")
        .values_list("ended_at", flat=True)
        .first()
    )
