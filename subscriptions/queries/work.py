"""What waits for workers and people."""

from django.db.models import Count
from django.db.models.functions import Now

from subscriptions.models import AccessRequest, Grant, Handle, Mail, WebhookDelivery
from subscriptions.states import RequestState


def work_waiting() -> dict[str, tuple[str, float]]:
    """What waits for workers and people: metric name to (what it says, value)."""
    grants = dict(
        Grant.objects.values_list("state").annotate(n=Count("pk")).values_list("state", "n")
    )
    due = Handle.objects.filter(next_at__lte=Now())
    unverified = Grant.objects.filter(revoke_unverified=True).exclude(state="verified_removed")
    return {
        "emporion_handles_due": ("Handles that wait for a worker.", due.count()),
        "emporion_grants_verified": ("Grants that are proven.", grants.get("verified", 0)),
        "emporion_grants_failed": ("Grants that could not be proven.", grants.get("failed", 0)),
        "emporion_revokes_unverified": ("Revokes that are not proven.", unverified.count()),
        "emporion_requests_in_review": (
            "Requests that wait for people.",
            AccessRequest.objects.filter(state=RequestState.IN_REVIEW).count(),
        ),
        "emporion_mail_waiting": (
            "Mails to be sent.",
            Mail.objects.filter(next_at__isnull=False).count(),
        ),
        "emporion_webhooks_waiting": (
            "Webhook deliveries to be sent.",
            WebhookDelivery.objects.filter(next_at__isnull=False).count(),
        ),
    }
