"""Notices to people and programs, and their answers."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7
from subscriptions.states import AckState


class Notice(models.Model):
    """A typed message. The same ``client_token`` twice gives one notice."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=24)
    severity = models.CharField(max_length=8, default="info")
    product = models.ForeignKey(
        "catalog.DataProduct", null=True, on_delete=models.PROTECT, related_name="notices"
    )
    agreement = models.ForeignKey(
        "subscriptions.AccessAgreement",
        null=True,
        on_delete=models.PROTECT,
        related_name="notices",
    )
    request = models.ForeignKey(
        "subscriptions.AccessRequest", null=True, on_delete=models.PROTECT, related_name="notices"
    )
    change = models.ForeignKey(
        "catalog.ChangeProposal", null=True, on_delete=models.PROTECT, related_name="notices"
    )
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    details = models.JSONField(default=dict)
    mandatory = models.BooleanField(default=False)
    ack_deadline = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True)
    client_token = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.type} {self.title}"


class NoticeRecipient(models.Model):
    """One person's copy in the inbox."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="recipients")
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="notices")
    read_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-notice_id"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "user"], name="notice_once_per_person")
        ]
        indexes = [
            models.Index(
                fields=["user"], condition=models.Q(read_at__isnull=True), name="notice_unread"
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} to {self.user_id}"


class Acknowledgement(models.Model):
    """What one affected agreement's consumer answers to a breaking change."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="acknowledgements")
    agreement = models.ForeignKey(
        "subscriptions.AccessAgreement", on_delete=models.PROTECT, related_name="acknowledgements"
    )
    verdict = models.CharField(max_length=8)
    state = models.CharField(max_length=12, choices=AckState.choices, default=AckState.PENDING)
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["notice", "agreement"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "agreement"], name="ack_once_per_agreement")
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.state}"
