"""The caller's own account, and tokens."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.fields import BooleanField, CharField, DateTimeField, ListField, UUIDField
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.actions import (
    ALL,
    LONGEST_DAYS,
    USUAL_DAYS,
    change_profile,
    issue_token,
    revoke_token,
)
from marketplace.kernel.identity.models import ApiToken, Passkey, Session, User
from marketplace.kernel.identity.passkey_actions import remove_passkey, rename_passkey
from marketplace.kernel.identity.queries import my_passkeys, my_sessions, my_tokens
from marketplace.kernel.identity.session_actions import end_session, end_sessions
from marketplace.kernel.identity.tokens import SCOPES
from marketplace.kernel.rest.bodies import Body, Flag, Nothing, One, Text, Whole
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.operations import operation


class TokenBody(Body):
    """A token to make; ``username`` is that of a program the caller answers for."""

    name = Text(max_length=80, required=False, default="token")
    scopes = ListField(child=One(*SCOPES, ALL), required=False, max_length=20)
    days = Whole(required=False, default=USUAL_DAYS, min_value=1, max_value=LONGEST_DAYS)
    username = Text(max_length=150, required=False)


class ProfileBody(Body):
    """What to change of one's own account; what is left out stays."""

    display_name = Text(max_length=120, required=False)
    mails = Flag(required=False)
    single_keys = Flag(required=False)
    language = Text(max_length=10, required=False, allow_blank=True)
    here_for = One(*User.VIEWS, required=False)


class ProfileShown(serializers.Serializer[Any]):
    """One's own account as one set it; ``here_for`` is what home shows first."""

    username = CharField()
    display_name = CharField()
    mails = BooleanField()
    single_keys = BooleanField()
    language = CharField(allow_blank=True)
    here_for = CharField(allow_blank=True)


class MembershipShown(serializers.Serializer[Any]):
    """A team and the role held in it."""

    team = CharField()
    role = CharField()


class MeShown(serializers.Serializer[Any]):
    """Who the caller is, and how far this token reaches; null scopes are not narrowed."""

    username = CharField()
    name = CharField(allow_blank=True)
    kind = CharField()
    teams = MembershipShown(many=True)
    roles = ListField(child=CharField())
    scopes = ListField(child=CharField(), allow_null=True)
    via = CharField()
    on_behalf_of = CharField(allow_blank=True)


class TokenShown(serializers.Serializer[Any]):
    """A token; its text is never read back."""

    id = UUIDField()
    name = CharField()
    username = CharField(source="user.username")
    public_id = CharField()
    scopes = ListField(child=CharField())
    created_at = DateTimeField()
    expires_at = DateTimeField()
    last_used_at = DateTimeField(allow_null=True)
    revoked_at = DateTimeField(allow_null=True)


class TokenMadeShown(TokenShown):
    """A token with its text, which is shown once."""

    token = CharField()


class Me(Endpoint):
    """Who asks."""

    @operation(scope="", gives=MeShown)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Read who the caller is, their teams and roles, and what the token may do."""
        actor = self.actor
        return Response(
            {
                "username": actor.subject,
                "name": actor.name,
                "kind": actor.kind,
                "teams": [{"team": team, "role": role} for team, role in actor.memberships],
                "roles": sorted(actor.roles),
                "scopes": None if actor.scopes is None else sorted(actor.scopes),
                "via": actor.via,
                "on_behalf_of": actor.on_behalf_of,
            }
        )

    @operation(scope="admin", takes=ProfileBody, gives=ProfileShown, dry=True)
    def patch(self, request: Request) -> Response:  # noqa: ARG002
        """Change how one is called, and how one wants mail, keys, words and home."""
        return self.act(_profile, change_profile, **self.body(partial=True))


class PasskeyBody(Body):
    """A new name of a passkey."""

    name = Text(max_length=80)


class PasskeyShown(serializers.Serializer[Any]):
    """A passkey; ``synced`` ones are kept by a provider, on many devices."""

    id = UUIDField()
    name = CharField()
    synced = BooleanField()
    created_at = DateTimeField()
    last_used_at = DateTimeField(allow_null=True)


class Passkeys(Endpoint):
    """The caller's passkeys. They are added in a browser only, where the device is."""

    @operation(scope="read", gives=PasskeyShown, page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List passkeys, newest first."""
        rows: QuerySet[Passkey] = my_passkeys(self.actor)
        return self.page(rows, PasskeyShown)


class PasskeyView(Endpoint):
    """One passkey."""

    @operation(scope="admin", takes=PasskeyBody, gives=PasskeyShown, dry=True)
    def patch(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Call a passkey otherwise."""
        name = self.body()["name"]
        return self.act(_passkey, rename_passkey, passkey_id=id, name=name)

    @operation(scope="admin", status=204, dry=True)
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Remove a passkey: it opens nothing any more, at once."""
        return self.act(_nothing, remove_passkey, passkey_id=id)


class SessionShown(serializers.Serializer[Any]):
    """A browser that is signed in; ``method``: password, passkey, socialaccount or empty."""

    id = UUIDField(source="ref")
    agent = CharField(allow_blank=True)
    method = CharField(allow_blank=True)
    opened_at = DateTimeField()
    seen_at = DateTimeField()


class Sessions(Endpoint):
    """The browsers in which the caller is signed in."""

    @operation(scope="read", gives=SessionShown, page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List sessions, the last opened first."""
        rows: QuerySet[Session] = my_sessions(self.actor).exclude(ref=None)
        return self.page(rows, SessionShown, order="-opened_at")


class SessionsEnd(Endpoint):
    """All of them."""

    @operation(scope="admin", takes=Nothing, status=204, dry=True)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Sign every browser of the caller out, at once. Tokens stay."""
        return self.act(_nothing, end_sessions)


class SessionView(Endpoint):
    """One of them."""

    @operation(scope="admin", status=204, dry=True)
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Sign that browser out, at once."""
        return self.act(_nothing, end_session, ref=id)


class Tokens(Endpoint):
    """The caller's tokens, and those of programs they answer for."""

    @operation(scope="read", gives=TokenShown, page=True)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List tokens, newest first."""
        rows: QuerySet[ApiToken] = my_tokens(self.actor)
        return self.page(rows, TokenShown)

    @operation(scope="admin", takes=TokenBody, gives=TokenMadeShown, status=201, dry=True)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Make a token. Its text is shown once, here; it never reaches further than the caller."""
        given = self.body()
        own = self.actor.scopes
        return self.act(
            _made,
            issue_token,
            username=given.get("username") or self.actor.subject,
            name=given["name"],
            scopes=given.get("scopes") or ([ALL] if own is None else sorted(own)),
            days=given["days"],
        )


class Token(Endpoint):
    """One token."""

    @operation(scope="read", gives=TokenShown)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read a token's facts."""
        row = my_tokens(self.actor).filter(pk=id).first()
        if row is None:
            raise NotFound
        return Response(TokenShown(row).data)

    @operation(scope="admin", status=204, dry=True)
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Revoke a token, at once."""
        return self.act(_nothing, revoke_token, token_id=id)


def _profile(row: User) -> dict[str, Any]:
    return dict(ProfileShown(row).data)


def _passkey(row: Passkey) -> dict[str, Any]:
    return dict(PasskeyShown(row).data)


def _made(made: tuple[ApiToken, str]) -> dict[str, Any]:
    row, text = made
    return {**TokenShown(row).data, "token": text}


def _nothing(_result: ApiToken | int | None) -> None:
    return None
