"""What was agreed."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7
from subscriptions.models.access_request import CONSUMER_KINDS
from subscriptions.states import LIVE_AGREEMENT, AgreementState


class AccessAgreement(models.Model):
    """A consumer may read a port, for a purpose, in ``[start_at, end_at)``.

    It is active only after a probe as the consumer has read the port, and ends as expired,
    revoked or terminated only after a probe was refused.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.OneToOneField(
        "subscriptions.AccessRequest", on_delete=models.PROTECT, related_name="agreement"
    )
    port = models.ForeignKey(
        "catalog.OutputPort", on_delete=models.PROTECT, related_name="agreements"
    )
    contract = models.ForeignKey(
        "catalog.ContractVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    consumer_kind = models.CharField(max_length=12, choices=CONSUMER_KINDS)
    consumer_key = models.CharField(max_length=161)
    requester = models.CharField(max_length=150)
    purpose = models.CharField(max_length=40)
    slice = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=10, choices=AgreementState.choices, default=AgreementState.PENDING
    )
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_kind = models.CharField(max_length=10, blank=True)
    end_by = models.CharField(max_length=150, blank=True)
    end_reason = models.TextField(blank=True)
    suspended_by = models.CharField(max_length=150, blank=True)
    suspend_reason = models.TextField(blank=True)
    warned_days = models.PositiveSmallIntegerField(null=True)
    last_used_at = models.DateTimeField(null=True)
    uses = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_at__gt=models.F("start_at")), name="agreement_has_length"
            ),
            models.UniqueConstraint(
                fields=["port", "consumer_kind", "consumer_key"],
                condition=models.Q(state__in=list(LIVE_AGREEMENT)),
                name="agreement_one_live_per_consumer_and_port",
            ),
        ]
        indexes = [
            models.Index(fields=["consumer_kind", "consumer_key"], name="agreement_consumer"),
            models.Index(
                fields=["end_at"],
                condition=models.Q(state__in=["active", "pending", "suspended"]),
                name="agreement_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer_key} reads {self.port_id} until {self.end_at:%Y-%m-%d}"
