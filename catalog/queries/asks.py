"""Reads of what people ask for, and of the searches they keep."""

from typing import Any

from django.db.models import QuerySet

from catalog.models import Ask, SavedSearch
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound


def visible_asks(actor: Actor) -> QuerySet[Ask]:
    """Everything that was asked for: the whole organisation sees it, strangers none."""
    rows = Ask.objects.select_related("domain__owner_team", "team", "product")
    return rows if actor.signed_in else rows.none()


def ask_or_404(actor: Actor, ask_id: Any, *, lock: bool = False) -> Ask:
    """Give an ask; ``lock`` it for a change."""
    rows = visible_asks(actor).filter(pk=ask_id)
    if lock:
        rows = rows.select_for_update(of=["self"], no_key=True)
    row = rows.first()
    if row is None:
        raise NotFound
    return row


def my_searches(actor: Actor) -> QuerySet[SavedSearch]:
    """The searches that the actor keeps, by name."""
    return SavedSearch.objects.filter(user_id=actor.user_id).order_by("name")
