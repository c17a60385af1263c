"""Policies as data, every verdict with its inputs, and scores with their evidence."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7


class Policy(models.Model):
    """One version of a pack of rules. One version of a key is active."""

    key = models.SlugField(max_length=80)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    pack = models.JSONField()
    active = models.BooleanField(default=False)
    activated_by = models.CharField(max_length=150, blank=True)
    activated_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["key", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="policy_version_once"),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(active=True), name="policy_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.number}"


class PolicyDecision(models.Model):
    """A verdict with all it was made from, so that it can be made again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=200)
    facts = models.JSONField()
    outcome = models.CharField(max_length=6)
    reasons = models.JSONField()
    stages = models.JSONField()
    packs = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["subject"], name="decision_subject")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.subject}"


class Score(models.Model):
    """A product's DATSIS score now, with the evidence of every point.

    ``grants`` and ``grants_proven`` are what subscriptions told last; null when never told.
    """

    product = models.OneToOneField(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="datsis"
    )
    total = models.PositiveSmallIntegerField()
    grade = models.CharField(max_length=1)
    properties = models.JSONField()
    best_fix = models.JSONField(null=True)
    grants = models.PositiveIntegerField(null=True)
    grants_proven = models.PositiveIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.product_id} {self.total}"


class ScoreDay(models.Model):
    """The last score of a product on one day."""

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="score_days"
    )
    day = models.DateField()
    total = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["product", "day"]
        constraints = [models.UniqueConstraint(fields=["product", "day"], name="score_once_a_day")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.day} {self.total}"
