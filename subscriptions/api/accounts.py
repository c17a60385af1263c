"""Accounts as operators and governance see them: who is active, who left, and what that hit."""

from typing import Any

from django_filters import BooleanFilter, CharFilter
from rest_framework.fields import (
    BooleanField,
    CharField,
    DateTimeField,
    DictField,
    ListField,
    SerializerMethodField,
)
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.identity.models import User
from marketplace.kernel.identity.permissions import may_see_accounts
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters
from marketplace.kernel.rest.operations import operation
from subscriptions.actions import leavers
from subscriptions.api.bodies import NoteBody
from subscriptions.api.shapes import Shown
from subscriptions.models import Departure


class AccountFilters(Filters):
    """Filters of accounts."""

    active = BooleanFilter(field_name="is_active", help_text="Only those that may sign in, or not.")
    kind = CharFilter(help_text="user, service or agent.")
    team = CharFilter(field_name="memberships__team__slug", help_text="A team's slug.")


class AccountShown(Shown):
    """An account; ``teams`` are slugs."""

    username = CharField()
    name = CharField(source="called")
    kind = CharField()
    active = BooleanField(source="is_active")
    roles = ListField(child=CharField())
    teams = SerializerMethodField()

    def get_teams(self, user: User) -> list[str]:
        """Its teams, by name."""
        return sorted(one.team.slug for one in user.memberships.all())


class DepartureShown(Shown):
    """What a departure hit: lists of words by kind; ``routed`` says who answers now."""

    username = CharField()
    by = CharField()
    reason = CharField()
    at = DateTimeField()
    hits = DictField()
    back_at = DateTimeField(allow_null=True)
    back_by = CharField(allow_blank=True)


class Accounts(Endpoint):
    """All accounts, for operators and governance."""

    @operation(scope="admin", gives=AccountShown, page=True, filters=AccountFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List accounts by name."""
        _sees(self.actor)
        rows = User.objects.prefetch_related("memberships__team").distinct()
        return self.page(rows, AccountShown, order="username")


class AccountView(Endpoint):
    """One account."""

    @operation(scope="admin", gives=AccountShown)
    def get(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """Read an account."""
        _sees(self.actor)
        row = User.objects.prefetch_related("memberships__team").filter(username=name).first()
        if row is None:
            raise NotFound
        return Response(AccountShown(row).data)


class Departures(Endpoint):
    """What departures of one account hit."""

    @operation(scope="admin", gives=DepartureShown, page=True)
    def get(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """List the departures of an account, newest first."""
        _sees(self.actor)
        return self.page(Departure.objects.filter(username=name), DepartureShown)


class Deactivate(Endpoint):
    """Somebody leaves."""

    @operation(scope="admin", takes=NoteBody, gives=DepartureShown, dry=True, refuses=(409,))
    def post(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """Deactivate an account; `dry_run` says what that hits and changes nothing."""
        reason = self.body()["reason"]
        return self.act(_departure, leavers.deactivate, username=name, reason=reason)


class Reactivate(Endpoint):
    """Somebody comes back."""

    @operation(scope="admin", takes=NoteBody, gives=AccountShown, dry=True, refuses=(409,))
    def post(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """Let an account sign in again; teams, roles and access are given anew."""
        reason = self.body()["reason"]
        return self.act(_account, leavers.reactivate, username=name, reason=reason)


def _sees(actor: Actor) -> None:
    if not may_see_accounts(actor):
        raise NotAllowed(permission="may_see_accounts")


def _departure(row: Departure) -> dict[str, Any]:
    return DepartureShown(row).data


def _account(row: User) -> dict[str, Any]:
    return AccountShown(row).data
