"""Who calls the REST API: a bearer token or the portal's session."""

from typing import Any

from rest_framework import authentication, permissions
from rest_framework.request import Request

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed, SignInFirst
from marketplace.kernel.identity.current import actor_of


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer mp_...`."""

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        """Give the token's actor; leave requests without a token to the session."""
        if request.headers.get("Authorization", "")[:7].lower() != "bearer ":
            return None
        return actor_of(request), None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's name
        """Say how to sign in."""
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The portal's own session, with its CSRF check."""


class SignedIn(permissions.BasePermission):
    """Somebody is signed in, and their token reaches this far; the rest is asked by the action."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse nobody, and a token without the scope, before any body is read."""
        admit(actor_of(request), getattr(view, "scope_now", ""))
        return True


def admit(actor: Actor, scope: str) -> None:
    """Return if the actor is somebody and has the scope; refuse otherwise."""
    if not actor.signed_in:
        raise SignInFirst
    if scope and not actor.may_use(scope):
        raise NotAllowed(f"This token does not have the scope {scope}.", scope=scope)
