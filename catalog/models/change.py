"""Changes of contracts, told before they happen."""

from django.db import models
from django.db.models.functions import Now

from catalog.states import ChangeState
from marketplace.kernel.ids import uuid7


class ChangeProposal(models.Model):
    """A next version of a contract, with what differs and how much that matters.

    ``differences`` are in the manner of OMDS: {kind, path, impact, sentence, column}.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(
        "catalog.DataContract", on_delete=models.PROTECT, related_name="changes"
    )
    base = models.ForeignKey("catalog.ContractVersion", on_delete=models.PROTECT, related_name="+")
    to_version = models.CharField(max_length=40)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    differences = models.JSONField(default=list)
    impact = models.CharField(max_length=5)
    suggested_version = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=ChangeState.choices, default=ChangeState.DRAFT)
    proposed_by = models.CharField(max_length=150)
    effective_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "to_version"],
                condition=~models.Q(state="withdrawn"),
                name="change_one_per_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} to {self.to_version}"
