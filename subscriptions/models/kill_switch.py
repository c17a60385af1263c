"""Holding back much at once."""

from django.db import models
from django.db.models.functions import Now

from marketplace.kernel.ids import uuid7

SCOPES = [
    ("agreement", "One agreement"),
    ("consumer", "A consumer"),
    ("product", "A product"),
    ("domain", "A domain"),
    ("classification", "A classification"),
    ("platform", "A platform connection"),
]
SWITCH_STATES = [
    ("proposed", "Waits for a second person"),
    ("active", "Holds access back"),
    ("restored", "Restored"),
    ("dropped", "Dropped"),
]


class KillSwitch(models.Model):
    """Everything in one scope is suspended, until it is restored exactly as it was.

    ``held`` are the agreements that this switch itself suspended: those that were suspended before
    stay so. ``key`` is the agreement's id, ``kind:key`` of a consumer, or the natural key.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=14, choices=SCOPES)
    key = models.CharField(max_length=180)
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=SWITCH_STATES, default="active")
    second_person = models.BooleanField(default=False)
    pulled_by = models.CharField(max_length=150)
    confirmed_by = models.CharField(max_length=150, blank=True)
    restored_by = models.CharField(max_length=150, blank=True)
    restore_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    active_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)
    held = models.ManyToManyField("subscriptions.AccessAgreement", related_name="switches")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "key"],
                condition=models.Q(state__in=["proposed", "active"]),
                name="switch_once_per_scope",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}: {self.state}"
