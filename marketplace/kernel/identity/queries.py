"""Reads of accounts, teams and tokens."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from marketplace.kernel.actors import Actor
from marketplace.kernel.identity.models import ApiToken, Passkey, Session


def my_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """The actor's own tokens and those of the programs it sponsors, newest first."""
    own = Q(user_id=actor.user_id) | Q(user__sponsor_id=actor.user_id)
    return ApiToken.objects.select_related("user").filter(own)


def my_passkeys(actor: Actor) -> QuerySet[Passkey]:
    """The actor's own passkeys, in the order they were added."""
    return Passkey.objects.filter(user_id=actor.user_id)


def my_sessions(actor: Actor) -> QuerySet[Session]:
    """The actor's own sessions that still hold, the last seen first."""
    return Session.objects.filter(account_id=actor.user_id, expire_date__gt=timezone.now())
