"""What holds access back or puts it in doubt: kill switches and drift."""

from uuid import UUID

from django.db.models import Q, QuerySet

from marketplace.kernel.actors import Actor
from subscriptions.models import AccessAgreement, DriftFinding, Grant, KillSwitch
from subscriptions.models.drift import STANDING
from subscriptions.permissions import OVERSIGHT
from subscriptions.queries.sides import owner_side


def in_scope(scope: str, key: str) -> QuerySet[AccessAgreement]:
    """Agreements that a kill switch on this scope is about, whatever their state."""
    rows = AccessAgreement.objects.all()
    if scope == "agreement":
        try:
            return rows.filter(pk=UUID(key))
        except ValueError:
            return rows.none()
    if scope == "consumer":
        kind, _, name = key.partition(":")
        return rows.filter(consumer_kind=kind, consumer_key=name)
    field = {
        "product": "port__product__key",
        "domain": "port__product__domain__slug",
        "classification": "port__classification",
        "platform": "port__platform__key",
    }.get(scope)
    return rows.filter(**{field: key}) if field else rows.none()


def visible_switches(actor: Actor) -> QuerySet[KillSwitch]:
    """Switches that the actor pulled or that hold their products; all for oversight."""
    rows = KillSwitch.objects.all()
    if actor.holds(*OVERSIGHT) or actor.kind == "system":
        return rows
    held = AccessAgreement.objects.filter(owner_side(actor)).values("pk")
    return rows.filter(Q(pulled_by=actor.subject) | Q(held__in=held)).distinct()


def drift_of(grant: Grant) -> str:
    """What stands otherwise than it was agreed with a grant, in a sentence; empty when nothing."""
    whose = Q(grant=grant) | Q(grant=None, principal="", handle=grant.handle_id)
    rows = DriftFinding.objects.filter(whose, state__in=STANDING).exclude(kind="foreign")
    return rows.values_list("what", flat=True).first() or ""


def visible_findings(actor: Actor) -> QuerySet[DriftFinding]:
    """Drift on the actor's products; all for oversight."""
    rows = DriftFinding.objects.select_related(
        "handle__port__product__domain__owner_team",
        "handle__port__product__owner_team",
        "handle__port__platform",
        "handle__port__drift_rule",
        "grant",
        "request",
    )
    if actor.holds(*OVERSIGHT) or actor.kind == "system":
        return rows
    return rows.filter(owner_side(actor, "handle__"))
