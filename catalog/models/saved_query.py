"""Queries worth keeping: popular ones of a port, and people's own."""

from django.db import models
from django.db.models.functions import Now


class SavedQuery(models.Model):
    """A question with its SQL; ``{relation}`` stands for the port's published relation."""

    port = models.ForeignKey("catalog.OutputPort", on_delete=models.CASCADE, related_name="queries")
    slug = models.SlugField(max_length=120)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    sql = models.TextField()
    author = models.CharField(max_length=150, blank=True)
    declared = models.BooleanField(default=False, help_text="Comes from the descriptor.")
    forked_from = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="forks"
    )
    runs = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-runs", "title"]
        constraints = [models.UniqueConstraint(fields=["port", "slug"], name="query_once_per_port")]

    def __str__(self) -> str:
        return self.title
