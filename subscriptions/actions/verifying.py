"""A new proof of a grant, because somebody asks for it."""

from typing import Any

from django.db.models import F

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions.openings import VERIFY, due
from subscriptions.events import GrantChecked
from subscriptions.models import Grant
from subscriptions.permissions import may_check_grant
from subscriptions.queries import visible_grants


@action
def verify(actor: Actor, *, grant_id: Any) -> Grant:
    """Ask for a new proof of a grant."""
    grant = visible_grants(actor).filter(pk=grant_id).first()
    if grant is None:
        raise NotFound
    agreement = grant.agreement
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    require(actor, may_check_grant, agreement, consumer)
    Grant.objects.filter(pk=grant.pk).update(
        generation=F("generation") + 1, needs_human=False, attempts=0
    )
    due(grant.handle, VERIFY)
    record(
        GrantChecked(
            subject=f"agreement/{agreement.pk}",
            product=agreement.port.product.key,
            teams=(agreement.port.product.owner_team.slug, *consumer.readers),
            grant_id=str(grant.pk),
        )
    )
    grant.refresh_from_db()
    return grant
