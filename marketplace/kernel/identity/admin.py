"""The operators' window on the rows: read-only, for those who hold the role of operator.

Nothing is changed here. What can be done to a row is an action, and the buttons that stand here
call one. Other apps register their models with ``site``, too. The event log's rows stand here,
because the log knows of no accounts, and this knows of both.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from marketplace.kernel.actors import OPERATOR
from marketplace.kernel.errors import DomainError, NotAllowed, SignInFirst
from marketplace.kernel.events.actions import retry_delivery
from marketplace.kernel.events.models import Delivery, Event
from marketplace.kernel.identity.current import actor_of
from marketplace.kernel.identity.models import ApiToken, Membership, Team, User


class OperatorSite(admin.AdminSite):
    """The admin, open to operators; it has no accounts and no sign-in of its own."""

    site_header = "Rows"
    site_title = "Rows"
    index_title = "What the database holds"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Only operators, whatever ``is_staff`` says."""
        try:
            return actor_of(request).holds(OPERATOR)
        except SignInFirst:
            return False

    def login(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 - Django's
    ) -> HttpResponse:
        """Send to the one sign-in there is; who is signed in and no operator is refused."""
        if actor_of(request).signed_in:
            raise NotAllowed("This is for the operators of the platform.")
        wanted = request.GET.get("next", request.get_full_path())
        return redirect(f"/accounts/login/?{urlencode({'next': wanted})}")


site = OperatorSite(name="admin")


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that are shown and never edited; sealed secrets and digests are not even shown."""

    hidden: Sequence[str] = ()
    list_per_page = 50
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Whoever reaches the site may look."""
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever reaches the site sees every app."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody: rows come from actions."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nobody: rows change in actions."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Nobody."""
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:  # noqa: ARG002
        """Give every column that is not hidden."""
        names = [field.name for field in self.model._meta.fields]  # noqa: SLF001 - documented API
        return [name for name in names if name not in self.hidden]

    def each(self, request: HttpRequest, rows: QuerySet[Any], run: Any, done: str) -> None:
        """Call an action for each chosen row, and say how many it was done to, or the refusal."""
        number = 0
        for row in rows:
            try:
                run(actor_of(request), row)
            except DomainError as refused:
                messages.error(request, f"{row}: {refused}")
            else:
                number += 1
        if number:
            messages.success(request, f"{number} {done}")


@admin.register(User, site=site)
class Users(ReadOnly):
    """Accounts, without their passwords."""

    hidden = ("password",)
    list_display = ("username", "display_name", "kind", "roles", "is_active", "last_login")
    list_filter = ("kind", "is_active")
    search_fields = ("username", "display_name", "email")


@admin.register(Team, site=site)
class Teams(ReadOnly):
    """Teams."""

    list_display = ("slug", "name", "domain", "email")
    search_fields = ("slug", "name")


@admin.register(Membership, site=site)
class Memberships(ReadOnly):
    """Who is in which team."""

    list_display = ("user", "team", "role")
    list_select_related = ("user", "team")
    list_filter = ("role",)
    search_fields = ("user__username", "team__slug")


@admin.register(ApiToken, site=site)
class Tokens(ReadOnly):
    """Tokens, without their digests."""

    hidden = ("digest",)
    list_display = ("public_id", "user", "name", "scopes", "last_used_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("public_id", "user__username", "name")


@admin.register(Event, site=site)
class Events(ReadOnly):
    """What happened, newest first."""

    list_display = ("seq", "at", "name", "actor", "subject", "product")
    search_fields = ("name", "actor", "subject", "product", "request_id")
    ordering = ("-seq",)


@admin.register(Delivery, site=site)
class Deliveries(ReadOnly):
    """Who has been told of what; those that were given up can be run again."""

    list_display = ("event_id", "handler", "attempts", "dead", "done_at", "next_at")
    list_filter = ("dead",)
    search_fields = ("handler", "error")
    ordering = ("-id",)
    actions = ("run_again",)

    @admin.action(description="Run again what was given up")
    def run_again(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        """Call the action for each."""
        self.each(
            request,
            rows,
            lambda actor, row: retry_delivery(actor, delivery_id=row.pk),
            "run again.",
        )
