"""Domains: the tree that products hang in."""

from django.db import models
from django.db.models.functions import Now


class Domain(models.Model):
    """A part of the organisation that owns data."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    owner_team = models.ForeignKey(
        "identity.Team", on_delete=models.PROTECT, related_name="domains_owned"
    )
    hue = models.PositiveSmallIntegerField(default=0, help_text="Index of its colour, 0 to 7.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug
