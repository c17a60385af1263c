"""Programs that are told of events."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7
from marketplace.kernel.leases import EPOCH, Claimable
from subscriptions.states import MessageState


class WebhookEndpoint(models.Model):
    """Where signed events go. The secret is shown once and kept sealed.

    ``types`` empty means every event that the owner may read; an entry ending in ``.`` is a prefix.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    types = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    product = models.CharField(max_length=161, blank=True)
    secret = models.BinaryField(editable=False)
    old_secret = models.BinaryField(null=True, editable=False)
    old_secret_until = models.DateTimeField(default=EPOCH)
    active = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    failing_since = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(Claimable):
    """One event to one endpoint, through all its attempts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    event_seq = models.BigIntegerField()
    event_name = models.CharField(max_length=120)
    replay = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(
        max_length=10, choices=MessageState.choices, default=MessageState.QUEUED
    )
    response_status = models.PositiveSmallIntegerField(null=True)
    elapsed_ms = models.FloatField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event_seq", "replay"], name="webhook_once_per_event"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(next_at__isnull=False), name="webhook_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_name} to {self.endpoint_id}"
