"""Connections to data platforms."""

from django.db import models
from django.db.models.functions import Now

from marketplace.connectors.registry import label_of_kind

ON_DRIFT = [
    ("heal", "Heal it"),
    ("report", "Report it and wait"),
    ("quarantine", "Suspend the access and wait"),
    ("adopt", "Ask the owner to adopt it"),
]


class PlatformConnection(models.Model):
    """A platform that ports live on. ``secret`` is sealed; it is written and never read back.

    ``sealed`` keeps further secrets by field of the configuration: sealed, or a reference to where
    they are kept (`catalog/queries/secrets.py`).

    ``rounds_per_minute`` and ``max_concurrent`` bound what all workers together ask of it (null:
    no bound). Each handle on it is compared anew every ``census_seconds``; ``on_drift`` says what
    follows when it is not as it was left. A port may say otherwise for itself.
    """

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    config = models.JSONField(default=dict)
    secret = models.BinaryField(null=True, editable=False)
    sealed = models.JSONField(default=dict, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list)
    rounds_per_minute = models.PositiveIntegerField(null=True, blank=True)
    max_concurrent = models.PositiveSmallIntegerField(null=True, blank=True)
    census_seconds = models.PositiveIntegerField(default=60)
    on_drift = models.CharField(max_length=10, choices=ON_DRIFT, default="heal")

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key

    @property
    def kind_label(self) -> str:
        """What people call its kind, in English."""
        return label_of_kind(self.kind)
