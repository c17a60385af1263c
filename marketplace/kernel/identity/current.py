"""From a web request to the actor behind it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest

from marketplace.kernel.actors import NOBODY, Actor
from marketplace.kernel.errors import SignInFirst
from marketplace.kernel.identity import tokens
from marketplace.kernel.identity.models import Membership, User
from marketplace.kernel.prepared import fetch_one

# One statement for a token, its account and its teams: every API call pays for it.
_ACCOUNT = """
    SELECT t.id, t.digest, t.scopes, u.id, u.username, u.kind, u.display_name, u.roles, s.username,
           t.last_used_at IS NULL OR t.last_used_at < now() - interval '5 minutes',
           ARRAY(SELECT tm.slug || ':' || m.role FROM identity_membership m
                 JOIN identity_team tm ON tm.id = m.team_id WHERE m.user_id = u.id)
    FROM identity_apitoken t
    JOIN identity_user u ON u.id = t.user_id
    LEFT JOIN identity_user s ON s.id = u.sponsor_id
    WHERE t.public_id = %s AND t.revoked_at IS NULL AND t.expires_at > now() AND u.is_active
"""


def actor_of(request: HttpRequest | Any) -> Actor:
    """Give the actor of a request: by bearer token, by session, or nobody."""
    plain = getattr(request, "_request", request)
    actor: Actor | None = getattr(plain, "actor", None)
    if actor is None:
        actor = _find(plain)
        setattr(plain, "actor", actor)  # noqa: B010 - a request carries what is found out
    return actor


def signed_in(request: HttpRequest | Any) -> Actor:
    """Give the actor, and refuse when it is nobody."""
    actor = actor_of(request)
    if not actor.signed_in:
        raise SignInFirst
    return actor


def _find(request: HttpRequest) -> Actor:
    header = request.headers.get("Authorization", "")
    if header[:7].lower() == "bearer ":
        return actor_of_token(header[7:].strip())
    user = getattr(request, "user", None)
    if user is None or isinstance(user, AnonymousUser) or not user.is_active:
        return NOBODY
    return actor_of_user(user)


def actor_of_user(user: User, *, via: str = "session") -> Actor:
    """Give the actor of an account, with its teams as they are now."""
    rows = Membership.objects.filter(user=user).values_list("team__slug", "role")
    return Actor(
        subject=user.username,
        kind=user.kind,
        user_id=user.pk,
        name=user.called,
        memberships=tuple(rows),
        roles=frozenset(user.roles),
        via=via,
        on_behalf_of=user.sponsor.username if user.sponsor else "",
    )


def actor_of_token(text: str) -> Actor:
    """Give the actor of a token, or refuse: wrong, expired and revoked are not told apart."""
    public = tokens.public_id(text)
    if public is None:
        raise SignInFirst("The token is not valid.")
    row = fetch_one(_ACCOUNT, [public])
    if row is None or not tokens.same(row[1], text):
        raise SignInFirst("The token is not valid.")
    if row[9]:  # at most one write in five minutes, whatever the load
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE identity_apitoken SET last_used_at = now() WHERE id = %s", [row[0]]
            )
    return Actor(
        subject=row[4],
        kind=row[5],
        user_id=row[3],
        name=row[6] or row[4],
        memberships=tuple((m.split(":")[0], m.split(":")[1]) for m in row[10]),
        roles=frozenset(row[7]),
        scopes=frozenset(row[2]),
        via="token",
        on_behalf_of=row[8] or "",
    )
