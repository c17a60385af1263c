"""What stands, or should stand, on a platform."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7
from marketplace.kernel.leases import Claimable
from subscriptions.states import GrantState


class Handle(Claimable):
    """The reader handle of one port variant: the unit that a worker reconciles.

    Its members are a set; comparing whole sets heals what a single message would lose.
    ``priority`` 0 is due before 9: taking away goes before giving.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    port = models.ForeignKey("catalog.OutputPort", on_delete=models.PROTECT, related_name="handles")
    variant = models.CharField(max_length=64, blank=True)
    columns = models.JSONField(default=list)
    row_filters = models.JSONField(default=list)
    name = models.CharField(max_length=63, unique=True)
    priority = models.PositiveSmallIntegerField(default=5)
    generation = models.PositiveIntegerField(default=1)
    observed_generation = models.PositiveIntegerField(default=0)
    waits_for = models.TextField(blank=True, help_text="Said on pages while work is held up.")
    checked_at = models.DateTimeField(null=True)
    findings_standing = models.PositiveIntegerField(default=0)
    entered_fence = models.PositiveIntegerField(
        default=0, help_text="The fence under which work began, where a connection has a cap."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["port", "variant"], name="handle_once_per_variant")
        ]
        indexes = [
            models.Index(
                fields=["priority", "next_at"],
                condition=models.Q(next_at__isnull=False),
                name="handle_due",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """One principal in one handle: what is desired, what was observed, and the evidence.

    ``evidence`` keeps what was read back and both probes, by which connector, when; its level is
    proven, simulated or reported.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.OneToOneField(
        "subscriptions.AccessAgreement", on_delete=models.PROTECT, related_name="grant"
    )
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, related_name="grants")
    principal_kind = models.CharField(max_length=12)
    principal_key = models.CharField(max_length=161)
    desired = models.CharField(max_length=7, default="present")
    generation = models.PositiveIntegerField(default=1)
    observed_generation = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, choices=GrantState.choices, default=GrantState.PENDING)
    valid_until = models.DateTimeField()
    plan_digest = models.CharField(
        max_length=64,
        blank=True,
        help_text="The plan that was approved; empty: nothing to compare.",
    )
    evidence = models.JSONField(default=dict)
    steps = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    needs_human = models.BooleanField(default=False)
    revoke_unverified = models.BooleanField(default=False)
    diagnostics = models.TextField(blank=True)
    last_verified_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(desired__in=["present", "absent"]), name="grant_known_desire"
            )
        ]
        indexes = [
            models.Index(fields=["handle", "desired"], name="grant_members"),
            models.Index(
                fields=["valid_until"],
                condition=models.Q(desired="present"),
                name="grant_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principal_key} in {self.handle_id}"
