"""From a web request to the actor behind it."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest

from marketplace.kernel.actors import NOBODY, Actor
from marketplace.kernel.errors import SignInFirst
from marketplace.kernel.identity import tokens
from marketplace.kernel.identity.models import User
from marketplace.kernel.prepared import fetch_one

# One statement for a token, its account and its teams: every API call pays for it.
_ACCOUNT = """
    SELECT t.id AS token, t.digest, t.scopes, u.id, u.username, u.kind, u.display_name, u.roles,
           s.username AS sponsor,
           t.last_used_at IS NULL OR t.last_used_at < now() - interval '5 minutes' AS is_first,
           m.teams, m.held
    FROM identity_apitoken t
    JOIN identity_user u ON u.id = t.user_id
    LEFT JOIN identity_user s ON s.id = u.sponsor_id
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(tm.slug), '{}') AS teams,
               coalesce(array_agg(m.role), '{}') AS held
        FROM identity_membership m JOIN identity_team tm ON tm.id = m.team_id
        WHERE m.user_id = u.id) m
    WHERE t.public_id = %s AND t.revoked_at IS NULL AND t.expires_at > now() AND u.is_active
"""

_TEAMS = """
    SELECT coalesce(array_agg(t.slug), '{}'), coalesce(array_agg(m.role), '{}')
    FROM identity_membership m JOIN identity_team t ON t.id = m.team_id WHERE m.user_id = %s
"""
_WIDTH = 12


def bearer(request: HttpRequest) -> str:
    """Give the token that a request carries, or an empty string."""
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    return header[7:].strip() if header[:7].lower() == "bearer " else ""


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
    if text := bearer(request):
        return actor_of_token(text)
    user = getattr(request, "user", None)
    if user is None or isinstance(user, AnonymousUser) or not user.is_active:
        return NOBODY
    return actor_of_user(user)


def actor_of_user(user: User, *, via: str = "session") -> Actor:
    """Give the actor of an account, with its teams as they are now."""
    row = fetch_one(_TEAMS, [user.pk])
    return Actor(
        subject=user.username,
        kind=user.kind,
        user_id=user.pk,
        name=user.called,
        memberships=tuple(zip(row[0], row[1], strict=True)) if row else (),
        roles=frozenset(user.roles),
        via=via,
        on_behalf_of=user.sponsor.username if user.sponsor else "",
    )


def actor_of_token(text: str) -> Actor:
    """Give the actor of a token, or refuse: wrong, expired and revoked are not told apart."""
    return _admitted(text, fetch_one(_ACCOUNT, [_public(text)]))


def actor_with(text: str, columns: str, joined: str, values: Sequence[Any]) -> tuple[Actor, Any]:
    """Give the actor of a token and, read in the same statement, what they came for.

    ``columns`` are of ``joined``, which joins it to the account ``a`` (with ``roles`` and
    ``teams``) from the left: what is not there for this account comes as NULL. Both are our own
    words. One statement where two would take most of a short answer's time.
    """
    sql = f"WITH a AS ({_ACCOUNT}) SELECT a.*, {columns} FROM a {joined}"  # noqa: S608 - see above
    row = fetch_one(sql, [_public(text), *values])
    return _admitted(text, row), row[_WIDTH:] if row else None


def _public(text: str) -> str:
    public = tokens.public_id(text)
    if public is None:
        raise SignInFirst("The token is not valid.")
    return public


def _admitted(text: str, row: tuple[Any, ...] | None) -> Actor:
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
        memberships=tuple(zip(row[10], row[11], strict=True)),
        roles=frozenset(row[7]),
        scopes=frozenset(row[2]),
        via="token",
        on_behalf_of=row[8] or "",
    )
