"""Reads of accounts, teams and tokens."""

from django.db.models import Q, QuerySet

from marketplace.kernel.actors import Actor
from marketplace.kernel.identity.models import ApiToken


def my_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """The actor's own tokens and those of the programs it sponsors, newest first."""
    own = Q(user_id=actor.user_id) | Q(user__sponsor_id=actor.user_id)
    return ApiToken.objects.select_related("user").filter(own)
