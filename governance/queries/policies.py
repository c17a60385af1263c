"""Policies and what they decided."""

from django.db.models import QuerySet

from governance.models import Policy, PolicyDecision
from marketplace.kernel.errors import NotFound


def policies(key: str = "") -> QuerySet[Policy]:
    """Give every version of every pack, or of one: by key, newest first."""
    rows = Policy.objects.order_by("key", "-number")
    return rows.filter(key=key) if key else rows


def policy_or_404(key: str, number: int | None = None) -> Policy:
    """Give one version of a pack: that number, else the active one, else the newest."""
    rows = Policy.objects.filter(key=key)
    if number is not None:
        rows = rows.filter(number=number)
    found = rows.order_by("-active", "-number").first()
    if found is None:
        raise NotFound
    return found


def decisions_about(subject: str) -> QuerySet[PolicyDecision]:
    """Give what policies decided about one thing, newest first."""
    return PolicyDecision.objects.filter(subject=subject).order_by("-id")
