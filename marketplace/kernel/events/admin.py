"""The event log as rows, for operators."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.kernel.events.actions import retry_delivery
from marketplace.kernel.events.models import Delivery, Event
from marketplace.kernel.identity.admin import ReadOnly, site


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
