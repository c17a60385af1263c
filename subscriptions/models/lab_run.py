"""Queries that were run, and how much a port is used."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7


class LabRun(models.Model):
    """One query as a consumer: text and figures are kept for the audit, the rows never.

    ``values`` are those of its parameters, ``query`` the saved query that it was opened from.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(
        "subscriptions.AccessAgreement", on_delete=models.PROTECT, related_name="runs"
    )
    actor = models.CharField(max_length=150)
    sql = models.TextField()
    values = models.JSONField(default=dict)
    query = models.ForeignKey(
        "catalog.SavedQuery", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    stop_asked_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10)
    code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    row_count = models.PositiveIntegerField(null=True)
    truncated = models.BooleanField(default=False)
    elapsed_ms = models.FloatField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["actor", "-id"], name="lab_run_of_actor")]

    def __str__(self) -> str:
        return f"{self.actor} {self.state}"


class UsageDay(models.Model):
    """How much a product was used on one day. ``source`` says who counted."""

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="usage"
    )
    day = models.DateField()
    queries = models.PositiveIntegerField(default=0)
    consumers = models.PositiveIntegerField(default=0)
    source = models.CharField(max_length=60, default="lab")

    class Meta:
        ordering = ["product", "day"]
        constraints = [
            models.UniqueConstraint(fields=["product", "day", "source"], name="usage_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.queries}"
