"""Mail that is to be sent, and mail that was."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.leases import Claimable
from subscriptions.states import MessageState


class Mail(Claimable):
    """One mail to one person about one notice; kept, so that nothing is sent twice or lost."""

    notice = models.ForeignKey(
        "subscriptions.Notice", on_delete=models.PROTECT, related_name="mails"
    )
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="mails_sent")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    state = models.CharField(
        max_length=10, choices=MessageState.choices, default=MessageState.QUEUED
    )
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "user"], name="mail_once_per_person")
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(next_at__isnull=False), name="mail_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
