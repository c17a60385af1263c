"""Changes of contracts, as far as one may know of them."""

from typing import Any

from django.db.models import Q, QuerySet

from catalog.models import ChangeProposal
from catalog.permissions import PUBLISHERS
from catalog.queries.products import sees_all, visible_products
from catalog.states import ChangeState
from marketplace.kernel.actors import DOMAIN_OWNER, Actor
from marketplace.kernel.errors import NotFound

_WITH = ("contract__product__domain__owner_team", "contract__product__owner_team", "base")


def visible_changes(actor: Actor) -> QuerySet[ChangeProposal]:
    """Changes of products the actor may know of; drafts only to those who answer for them."""
    rows = ChangeProposal.objects.select_related(*_WITH)
    if sees_all(actor):
        return rows
    own = [team for team, role in actor.memberships if role in PUBLISHERS]
    ruled = [team for team, role in actor.memberships if role == DOMAIN_OWNER]
    mine = Q(contract__product__owner_team__slug__in=own) | Q(
        contract__product__domain__owner_team__slug__in=ruled
    )
    seen = Q(contract__product__in=visible_products(actor).values("pk"))
    return rows.filter(mine | (seen & ~Q(state=ChangeState.DRAFT)))


def change_or_404(actor: Actor, change_id: Any) -> ChangeProposal:
    """Give a change the actor may know of."""
    row = visible_changes(actor).filter(pk=change_id).first()
    if row is None:
        raise NotFound
    return row


def changes_of(actor: Actor, key: str) -> QuerySet[ChangeProposal]:
    """Give the changes of one product."""
    return visible_changes(actor).filter(contract__product__key=key)
