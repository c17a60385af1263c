"""The operator's page: what workers do, what is stuck, and how the platforms answer."""

from typing import Any, Final
from uuid import UUID

from django.db.models import Max, Min
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog.models import PlatformConnection
from marketplace.kernel.actors import OPERATOR, Actor
from marketplace.kernel.errors import NotAllowed, NotFound
from marketplace.kernel.events.actions import retry_delivery
from marketplace.kernel.events.queries import deliveries_dead, deliveries_failing, pulse, workers
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web.said import told
from marketplace.portal.pages import attempt, show
from marketplace.portal.platform_facts import health_of
from subscriptions.actions.repairs import retry_mail, retry_webhook
from subscriptions.actions.verifying import verify
from subscriptions.models import Grant, Handle, Mail, UsageDay, WebhookDelivery
from subscriptions.queries import work_waiting
from subscriptions.states import MessageState

_SHOWN: Final = 50
_LAST: Final = 10  # webhook deliveries
_DEMO: Final = "demo"  # how the sources of the demo's figures begin


@require_safe
def operator(request: HttpRequest) -> HttpResponse:
    """Show the state of the machinery."""
    operator_of(request)
    due = Handle.objects.filter(next_at__lte=Now())
    work = Handle.objects.aggregate(checked=Max("checked_at"))
    troubled = Grant.objects.select_related("agreement__port__product", "handle")
    beat = pulse()
    dead_mails = list(Mail.objects.filter(state=MessageState.DEAD)[:_SHOWN])
    rows = list(PlatformConnection.objects.order_by("key"))
    health = health_of(rows)
    lost = WebhookDelivery.objects.select_related("endpoint").filter(state=MessageState.DEAD)
    dead_webhooks = list(lost.order_by("created_at")[:_SHOWN])
    context = {
        "now": timezone.now(),
        "pulse": beat,
        "workers": workers(),
        "checked": work["checked"],
        "handles_due": due.count(),
        "oldest_handle": due.aggregate(oldest=Min("next_at"))["oldest"],
        "held_up": list(Handle.objects.exclude(waits_for="").order_by("next_at")[:_SHOWN]),
        "troubled": list(
            (troubled.filter(needs_human=True) | troubled.filter(revoke_unverified=True)).order_by(
                "-revoke_unverified", "pk"
            )[:_SHOWN]
        ),
        "failing": list(deliveries_failing()[:_SHOWN]),
        "dead": list(deliveries_dead().order_by("event_id")[:_SHOWN]),
        "dead_mails": dead_mails,
        "dead_webhooks": dead_webhooks,
        "sent": list(
            WebhookDelivery.objects.select_related("endpoint").order_by("-created_at", "pk")[:_LAST]
        ),
        "given_up": beat.dead + len(dead_mails) + len(dead_webhooks),
        "queues": [
            {"about": told(about).rstrip("."), "number": int(n)}
            for about, n in work_waiting().values()
        ],
        "demo": UsageDay.objects.filter(source__startswith=_DEMO).exists(),
        "platforms": [{"platform": row, "health": health[row.pk]} for row in rows],
        "nav": "governance",
    }
    return show(request, "portal/operator.html", context)


@require_POST
def operator_retry(request: HttpRequest, what: str, key: str) -> HttpResponse:
    """Set one thing going again: a handler, a mail, or a webhook delivery that was given up."""
    actor = operator_of(request)
    if what == "delivery" and key.isdecimal():
        attempt(
            request,
            lambda: retry_delivery(actor, delivery_id=int(key)),
            "The handler is run again.",
        )
    elif what == "mail" and key.isdecimal():
        attempt(request, lambda: retry_mail(actor, mail_id=int(key)), "The mail is tried again.")
    elif what == "webhook":
        attempt(
            request,
            lambda: retry_webhook(actor, delivery_id=_uuid(key)),
            "The delivery is tried again.",
        )
    else:
        raise NotFound
    return redirect("operator")


@require_POST
def operator_verify(request: HttpRequest, grant_id: Any) -> HttpResponse:
    """Have a grant proven anew, also one that was parked for a person."""
    actor = operator_of(request)
    attempt(request, lambda: verify(actor, grant_id=grant_id), "A worker proves it anew now.")
    return redirect("operator")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def operator_of(request: HttpRequest) -> Actor:
    """Give the operator who asks; refuse everybody else."""
    actor = signed_in(request)
    if not actor.holds(OPERATOR):
        raise NotAllowed("This is for the operators of the platform.")
    return actor
