"""Asking for access."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7
from subscriptions.states import OPEN_REQUEST, RequestState, StageState

CONSUMER_KINDS = [(kind, kind) for kind in ("user", "team", "data_product", "application", "agent")]


class AccessRequest(models.Model):
    """A consumer asks to read a port, for a purpose, until a date.

    ``snapshot`` freezes product, port, columns, contract version and terms as they were; decisions
    bind to its digest. ``decision`` is the policy's verdict with all its inputs.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True, editable=False)
    kind = models.CharField(max_length=12, default="new")
    port = models.ForeignKey(
        "catalog.OutputPort", on_delete=models.PROTECT, related_name="requests"
    )
    contract = models.ForeignKey(
        "catalog.ContractVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    requester = models.CharField(max_length=150)
    consumer_kind = models.CharField(max_length=12, choices=CONSUMER_KINDS)
    consumer_key = models.CharField(max_length=161)
    purpose = models.CharField(max_length=40)
    purpose_text = models.TextField(blank=True)
    slice = models.JSONField(default=dict, blank=True)
    duration_days = models.PositiveIntegerField(null=True)
    end_at = models.DateTimeField(null=True)
    snapshot = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    plan_digest = models.CharField(max_length=64, blank=True)
    decision = models.ForeignKey(
        "governance.PolicyDecision", on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        max_length=10, choices=RequestState.choices, default=RequestState.SUBMITTED
    )
    decided_by = models.CharField(max_length=150, blank=True)
    decided_by_kind = models.CharField(max_length=10, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    reopened = models.PositiveSmallIntegerField(
        default=0, help_text="How often it came back after it had been approved."
    )
    created_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by="", decided_at=None)
                | (~models.Q(decided_by="") & models.Q(decided_at__isnull=False)),
                name="request_decided_by_and_at_together",
            ),
            models.UniqueConstraint(
                fields=["port", "consumer_kind", "consumer_key"],
                condition=models.Q(state__in=list(OPEN_REQUEST)),
                name="request_one_open_per_consumer_and_port",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="request_by_state")]

    def __str__(self) -> str:
        return f"#{self.number} {self.consumer_key} -> {self.port_id}"


class ApprovalStage(models.Model):
    """One answer that a request needs, and from whom."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="stages")
    position = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=20)
    team = models.CharField(max_length=80, blank=True, help_text="Whose members answer.")
    why = models.TextField()
    state = models.CharField(max_length=10, choices=StageState.choices, default=StageState.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["request", "position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="stage_once"),
            models.UniqueConstraint(
                fields=["request", "decided_by"],
                condition=~models.Q(decided_by=""),
                name="stage_distinct_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.role} {self.state}"


class RequestComment(models.Model):
    """A word in the conversation about a request."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="comments")
    author = models.CharField(max_length=150)
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.author} on {self.request_id}"
