"""Answers kept under an Idempotency-Key."""

from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """The answer to a POST, given again when the same caller sends the same key.

    Kept for 24 hours. ``status`` is null while the first request still runs.
    """

    actor = models.CharField(max_length=200)
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotency_once")]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"
