"""How people get from a search to their first rows: marks, days and journeys.

No trail for the audit and no evidence: marks are kept for some weeks, days and journeys for as long
as they help. See docs/adr/0007.
"""

from django.db import models


class FunnelStep(models.TextChoices):
    """The steps from a search to the first rows, in their order."""

    SEARCH = "search", "Searched"
    VIEW = "view", "Looked at"
    REQUEST = "request", "Asked"
    APPROVE = "approve", "Approved"
    PROVE = "prove", "Proven"
    QUERY = "query", "First rows"


class FunnelMark(models.Model):
    """One search or one look at a product, as it came in; kept for FUNNEL_KEEP_DAYS.

    ``text`` are the words of a search in lower case, ``found`` how many products it gave.
    ``actor`` is empty for somebody who is not signed in.
    """

    at = models.DateTimeField()
    step = models.CharField(max_length=8, choices=FunnelStep.choices)
    actor = models.CharField(max_length=150, blank=True)
    product = models.ForeignKey(
        "catalog.DataProduct", null=True, on_delete=models.CASCADE, related_name="+"
    )
    text = models.CharField(max_length=120, blank=True)
    found = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["actor", "at"], name="funnel_mark_trail"),
            models.Index(fields=["at"], name="funnel_mark_age"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.text or self.product_id}"


class FunnelDay(models.Model):
    """One step on one day: how often, by how many people. Without a product: all products."""

    day = models.DateField()
    step = models.CharField(max_length=8, choices=FunnelStep.choices)
    product = models.ForeignKey(
        "catalog.DataProduct", null=True, on_delete=models.CASCADE, related_name="funnel_days"
    )
    count = models.PositiveIntegerField()
    people = models.PositiveIntegerField()

    class Meta:
        ordering = ["day", "step"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "step", "product"],
                name="funnel_once_a_day",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.step} {self.count}"


class SearchDay(models.Model):
    """The words of searches on one day. With a product: the searches after which it was opened.

    ``found`` is how many products the latest of them gave. Who searched is not kept.
    """

    day = models.DateField()
    text = models.CharField(max_length=120)
    product = models.ForeignKey(
        "catalog.DataProduct", null=True, on_delete=models.CASCADE, related_name="search_days"
    )
    count = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    found = models.PositiveIntegerField()

    class Meta:
        ordering = ["day", "text"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "text", "product"],
                name="search_once_a_day",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["day"], condition=models.Q(found=0), name="search_day_nothing")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.text} {self.count}"


class Journey(models.Model):
    """One agreement's way: when it was searched for, looked at, asked, approved, proven, used.

    A step that is not known is empty. ``searched_at`` and ``viewed_at`` are the first of the same
    sitting: marks of the requester before the request, no more than half an hour apart.
    ``first_rows_at`` is when the first query of the lab had its rows.
    """

    agreement = models.OneToOneField(
        "subscriptions.AccessAgreement",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="journey",
    )
    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="journeys"
    )
    actor = models.CharField(max_length=150)
    searched_at = models.DateTimeField(null=True)
    viewed_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    by_policy = models.BooleanField()
    proven_at = models.DateTimeField(null=True)
    first_rows_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [
            models.Index(fields=["actor", "-asked_at"], name="journey_of_actor"),
            models.Index(fields=["first_rows_at"], name="journey_first_rows"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} to {self.product_id}"
