"""Connections to data platforms."""

from django.db import models
from django.db.models.functions import Now


class PlatformConnection(models.Model):
    """A platform that ports live on. ``secret`` is sealed; it is written and never read back."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    config = models.JSONField(default=dict)
    secret = models.BinaryField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
