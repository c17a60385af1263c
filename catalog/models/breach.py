"""Promises of quality that are broken now, or were."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class QualityBreach(models.Model):
    """One check that fails or one service level that is missed, from its first day to its mending.

    ``kind`` is check or level; ``key`` is the check's key or the level's property. At most one
    breach of a promise is open, so that it is told once.
    """

    KINDS = ("check", "level")

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="breaches"
    )
    port = models.ForeignKey(
        "catalog.OutputPort", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(max_length=8)
    key = models.CharField(max_length=160)
    name = models.CharField(max_length=200)
    words = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()
    opened_at = models.DateTimeField(db_default=Now())
    mended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "kind", "key"],
                condition=Q(mended_at__isnull=True),
                name="breach_once_while_open",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["check", "level"]), name="breach_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} of {self.product_id}"
