"""Trouble with a product that consumers are told of, from the first word to the last."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from catalog.states import IncidentState, Severity
from marketplace.kernel.ids import uuid7


class Incident(models.Model):
    """Something is wrong with a product. ``ports`` names those that are hit; empty means all."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.PROTECT, related_name="incidents"
    )
    ports = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    title = models.CharField(max_length=160)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    state = models.CharField(
        max_length=12, choices=IncidentState.choices, default=IncidentState.OPEN
    )
    cause = models.TextField(blank=True)
    opened_by = models.CharField(max_length=150)
    started_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=IncidentState.values), name="incident_known_state"
            ),
            models.CheckConstraint(
                condition=models.Q(severity__in=Severity.values), name="incident_known_severity"
            ),
            models.CheckConstraint(
                condition=models.Q(state="resolved", resolved_at__isnull=False)
                | models.Q(~models.Q(state="resolved"), resolved_at__isnull=True),
                name="incident_resolved_at",
            ),
        ]
        indexes = [models.Index(fields=["product", "-started_at"], name="incident_by_product")]

    def __str__(self) -> str:
        return f"{self.title} {self.state}"


class IncidentUpdate(models.Model):
    """One word about an incident, and where it stood then."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    at = models.DateTimeField(db_default=Now())
    author = models.CharField(max_length=150)
    state = models.CharField(max_length=12)
    text = models.TextField()

    class Meta:
        ordering = ["incident", "pk"]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.state}"
