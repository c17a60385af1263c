"""Who left, and what that ended and moved."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7


class Departure(models.Model):
    """One account that was deactivated, with what it had; coming back restores none of it.

    ``hits`` names by kind what was ended (agreements, requests, logins, tokens, webhooks, roles,
    teams) and what went to whom (routed). The account is named, not referenced: it is history.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=150)
    by = models.CharField(max_length=150)
    reason = models.TextField()
    at = models.DateTimeField(db_default=Now())
    hits = models.JSONField(default=dict)
    back_at = models.DateTimeField(null=True)
    back_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["username", "-id"], name="departure_of_account")]

    def __str__(self) -> str:
        return f"{self.username} left"
