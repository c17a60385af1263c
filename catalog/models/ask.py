"""Demand: data that people ask for and nobody offers yet, and searches worth keeping."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from catalog.states import AskState
from marketplace.kernel.ids import uuid7


class Ask(models.Model):
    """Data that somebody asks for.

    ``columns`` are the fields needed, ``query`` is the search before it; ``team`` claimed it;
    ``product`` is the answer; ``outcome`` says why it was closed, or more about the answer.
    ``votes`` counts the rows of AskVote; its author has the first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    columns = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    query = models.CharField(max_length=300, blank=True)
    domain = models.ForeignKey(
        "catalog.Domain", null=True, blank=True, on_delete=models.SET_NULL, related_name="asks"
    )
    author = models.CharField(max_length=150)
    state = models.CharField(max_length=10, choices=AskState.choices, default=AskState.OPEN)
    team = models.ForeignKey(
        "identity.Team", null=True, on_delete=models.PROTECT, related_name="claimed_asks"
    )
    product = models.ForeignKey(
        "catalog.DataProduct", null=True, on_delete=models.PROTECT, related_name="answered_asks"
    )
    outcome = models.TextField(blank=True)
    votes = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-votes", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=AskState.values), name="ask_known_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="answered") | models.Q(product__isnull=False),
                name="ask_answered_by_a_product",
            ),
        ]
        indexes = [models.Index(fields=["state", "-votes", "-id"], name="ask_by_votes")]

    def __str__(self) -> str:
        return self.title


class AskVote(models.Model):
    """Somebody needs it too, and will hear of the outcome."""

    ask = models.ForeignKey(Ask, on_delete=models.CASCADE, related_name="voters")
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="ask_votes")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ask", "user"], name="ask_one_vote_each")]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.ask_id}"


class SavedSearch(models.Model):
    """A search that somebody keeps. ``params`` is the market's address after the question mark.

    ``alert``: a notice comes when a product that matches is published.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="searches")
    name = models.CharField(max_length=80)
    params = models.CharField(max_length=1000, blank=True)
    alert = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_search_name_once_each")
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(alert=True), name="saved_search_alert")
        ]

    def __str__(self) -> str:
        return self.name
