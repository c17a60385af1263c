"""The ledger of short-lived logins over REST; a secret is never part of it."""

from typing import Any

from django_filters import CharFilter, UUIDFilter
from rest_framework.fields import (
    CharField,
    DateTimeField,
    DictField,
    SerializerMethodField,
    UUIDField,
)
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.kernel.clock import now
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import operation
from subscriptions.actions import logins
from subscriptions.api.bodies import NoteBody
from subscriptions.api.shapes import Shown
from subscriptions.models import IssuedLogin
from subscriptions.queries.logins import standing, visible_logins


class LoginFilters(Filters):
    """Filters of logins."""

    state = State(help_text="Any of: issuing, live, failed, withdrawing, revoked; by comma.")
    person = CharFilter(help_text="Whom it was made for.")
    agreement = UUIDFilter(field_name="agreement_id", help_text="An agreement's id.")
    product = CharFilter(field_name="agreement__port__product__key", help_text="A product's key.")


class LoginShown(Shown):
    """One login. ``state``: issuing, live, ended, failed, withdrawing or revoked.

    ``seen_at``: when it was last seen connected, where the platform tells; ``proof``: what was
    read back after it was dropped.
    """

    id = UUIDField()
    person = CharField()
    agreement = UUIDField(source="agreement_id")
    product = CharField(source="agreement.port.product.key")
    port = CharField(source="agreement.port.name")
    login = CharField(allow_blank=True)
    state = SerializerMethodField()
    issued_at = DateTimeField()
    expires_at = DateTimeField()
    seen_at = DateTimeField(allow_null=True)
    withdrawn_by = CharField(allow_blank=True)
    withdraw_reason = CharField(allow_blank=True)
    revoked_at = DateTimeField(allow_null=True)
    proof = DictField()
    error = CharField(allow_blank=True)

    def get_state(self, row: IssuedLogin) -> str:
        """How it stands now."""
        return standing(row, now())


class Logins(Endpoint):
    """Short-lived logins: the caller's own, those on their products, all for oversight."""

    @operation(scope="read", gives=LoginShown, page=True, filters=LoginFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List short-lived logins, newest first."""
        return self.page(visible_logins(self.actor), LoginShown)


class LoginView(Endpoint):
    """One login."""

    @operation(scope="read", gives=LoginShown)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Read what became of a short-lived login."""
        row = visible_logins(self.actor).filter(pk=id).first()
        if row is None:
            raise NotFound
        return Response(LoginShown(row).data)


class RevokeLogin(Endpoint):
    """End it before its time."""

    @operation(scope="query", takes=NoteBody, gives=LoginShown, refuses=(409, 503))
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Drop a login on its platform now, end its sessions, and read back that it is gone."""
        reason = self.body()["reason"]
        row = logins.withdraw(self.actor, login_id=id, reason=reason)
        shown: dict[str, Any] = LoginShown(row).data
        return Response(shown)
