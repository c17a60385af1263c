"""Every short-lived login that was handed out, and what became of it."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7

LOGIN_STATES = [
    ("issuing", "Being made"),
    ("live", "Opens the port"),
    ("failed", "Not made"),
    ("withdrawing", "Being dropped"),
    ("revoked", "Dropped, proven"),
]
STANDING_LOGIN = ("issuing", "live", "withdrawing")


class IssuedLogin(models.Model):
    """A login on a platform, made for one person by one agreement; its secret is kept nowhere.

    ``login`` is its name there. ``seen_at`` is when it was last seen with an open session, where
    the platform tells who is connected. ``proof`` is what was read back after it was dropped.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(
        "subscriptions.AccessAgreement", on_delete=models.PROTECT, related_name="logins"
    )
    person = models.CharField(max_length=150)
    login = models.CharField(max_length=160, blank=True)
    state = models.CharField(max_length=11, choices=LOGIN_STATES, default="issuing")
    issued_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdraw_reason = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    proof = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person", "-id"], name="login_of_person"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state__in=list(STANDING_LOGIN)),
                name="login_standing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.login or self.state}"
