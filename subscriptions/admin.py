"""Subscriptions as rows, for operators: nothing is edited; buttons call actions."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.kernel.identity.admin import ReadOnly, site
from subscriptions.actions.repairs import retry_mail
from subscriptions.actions.verifying import verify
from subscriptions.models import (
    AccessAgreement,
    AccessRequest,
    Grant,
    Handle,
    Mail,
    Notice,
    WebhookDelivery,
    WebhookEndpoint,
)


@admin.register(AccessRequest, site=site)
class Requests(ReadOnly):
    """Who asked for what."""

    list_display = ("number", "state", "consumer_key", "requester", "purpose", "created_at")
    list_filter = ("state", "consumer_kind", "purpose")
    search_fields = ("consumer_key", "requester", "number")


@admin.register(AccessAgreement, site=site)
class Agreements(ReadOnly):
    """What was agreed."""

    list_display = ("id", "state", "consumer_key", "port_id", "end_at", "last_used_at")
    list_filter = ("state", "consumer_kind")
    search_fields = ("consumer_key", "requester")


@admin.register(Grant, site=site)
class Grants(ReadOnly):
    """What stands on a platform; each can be proven anew."""

    list_display = (
        "principal_key",
        "desired",
        "state",
        "needs_human",
        "revoke_unverified",
        "last_verified_at",
    )
    list_filter = ("state", "desired", "needs_human", "revoke_unverified")
    search_fields = ("principal_key", "diagnostics")
    actions = ("prove_anew",)

    @admin.action(description="Prove anew")
    def prove_anew(self, request: HttpRequest, rows: QuerySet[Grant]) -> None:
        """Call the action for each."""
        self.each(
            request,
            rows,
            lambda actor, row: verify(actor, grant_id=row.pk),
            "will be proven anew.",
        )


@admin.register(Handle, site=site)
class Handles(ReadOnly):
    """The units that workers reconcile."""

    list_display = ("name", "priority", "next_at", "attempts", "checked_at", "waits_for")
    search_fields = ("name", "waits_for", "error")


@admin.register(Notice, site=site)
class Notices(ReadOnly):
    """What people were told."""

    list_display = ("type", "title", "mandatory", "created_at")
    list_filter = ("type", "mandatory")
    search_fields = ("title", "client_token")


@admin.register(Mail, site=site)
class Mails(ReadOnly):
    """Mail; what was given up can be tried again."""

    list_display = ("subject", "to", "state", "attempts", "sent_at")
    list_filter = ("state",)
    search_fields = ("subject", "to")
    actions = ("try_again",)

    @admin.action(description="Try again what was given up")
    def try_again(self, request: HttpRequest, rows: QuerySet[Mail]) -> None:
        """Call the action for each."""
        self.each(
            request, rows, lambda actor, row: retry_mail(actor, mail_id=row.pk), "tried again."
        )


@admin.register(WebhookEndpoint, site=site)
class Webhooks(ReadOnly):
    """Webhooks, without their secrets."""

    hidden = ("secret", "old_secret")
    list_display = ("url", "owner", "active", "failing_since", "disabled_reason")
    list_select_related = ("owner",)
    list_filter = ("active",)
    search_fields = ("url", "owner__username")


@admin.register(WebhookDelivery, site=site)
class WebhookDeliveries(ReadOnly):
    """What was sent to webhooks."""

    list_display = ("event_name", "endpoint_id", "state", "attempts", "response_status", "done_at")
    list_filter = ("state",)
    search_fields = ("event_name", "error")
