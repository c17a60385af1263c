"""What stood on a platform otherwise than was agreed."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7

DRIFT_KINDS = [(kind, kind) for kind in ("missing", "excess", "altered", "orphan", "foreign")]
DRIFT_STATES = [
    ("open", "Open"),
    ("healed", "Healed"),
    ("quarantined", "Access suspended"),
    ("adopting", "Asked to be adopted"),
    ("adopted", "Adopted"),
    ("refused", "Adoption refused"),
    ("accepted", "Left as it is"),
    ("gone", "Gone by itself"),
]
STANDING = ("open", "quarantined", "adopting", "refused", "accepted")


class DriftFinding(models.Model):
    """One difference on one handle, from when it was first seen until it was no more.

    ``principal`` (``kind:key``) is empty where it concerns everybody. The same difference is one
    row while it stands, however often it is seen.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    handle = models.ForeignKey(
        "subscriptions.Handle", on_delete=models.PROTECT, related_name="findings"
    )
    grant = models.ForeignKey(
        "subscriptions.Grant", null=True, on_delete=models.PROTECT, related_name="findings"
    )
    request = models.ForeignKey(
        "subscriptions.AccessRequest", null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=8, choices=DRIFT_KINDS)
    principal = models.CharField(max_length=180, blank=True)
    what = models.TextField()
    state = models.CharField(max_length=12, choices=DRIFT_STATES, default="open")
    found_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["handle", "kind", "what"],
                condition=models.Q(state__in=list(STANDING)),
                name="drift_once_while_it_stands",
            )
        ]
        indexes = [models.Index(fields=["state", "-id"], name="drift_by_state")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


class DriftRule(models.Model):
    """What follows drift on one port, where it is not what its connection says."""

    port = models.OneToOneField(
        "catalog.OutputPort", primary_key=True, on_delete=models.CASCADE, related_name="drift_rule"
    )
    reaction = models.CharField(max_length=10)

    def __str__(self) -> str:
        return f"{self.port_id}: {self.reaction}"
