"""Data products, and the words they are found by."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Now

from catalog.states import Certification, Scope, Status
from marketplace.kernel.leases import EPOCH


class DataProduct(models.Model):
    """Data that a team offers to others.

    ``key`` is ``<domain>.<slug>``. ``facts`` holds what the descriptor says beyond the columns
    here (row_meaning, good_for, not_for, usage, limitations, documentation, support). The columns
    from ``interfaces`` to ``petals`` are derived, so that a list or a facet costs no join; ``card``
    is the finished JSON of a list row, ``detail`` that of the product's address.
    """

    key = models.CharField(max_length=161, unique=True)
    slug = models.SlugField(max_length=80)
    domain = models.ForeignKey("catalog.Domain", on_delete=models.PROTECT, related_name="products")
    owner_team = models.ForeignKey(
        "identity.Team", on_delete=models.PROTECT, related_name="products"
    )
    name = models.CharField(max_length=160)
    purpose = models.TextField(blank=True)
    version_name = models.CharField(max_length=40, default="1.0.0")
    type = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    scope = models.CharField(max_length=14, choices=Scope.choices, default=Scope.ORGANIZATION)
    certification = models.CharField(
        max_length=8, choices=Certification.choices, default=Certification.NONE
    )
    tags = ArrayField(models.CharField(max_length=60), default=list)
    facts = models.JSONField(default=dict)
    descriptor_text = models.TextField(blank=True)
    descriptor_sha256 = models.CharField(max_length=64, blank=True)

    interfaces = ArrayField(models.CharField(max_length=8), default=list)
    platforms = ArrayField(models.CharField(max_length=60), default=list)
    classification = models.CharField(max_length=12, default="internal")
    personal_data = models.BooleanField(default=False)
    instant = models.BooleanField(default=False, help_text="Has a port that needs no review.")
    consumers = models.PositiveIntegerField(default=0)
    score = models.PositiveSmallIntegerField(null=True)
    petals = ArrayField(models.PositiveSmallIntegerField(), default=list)
    refreshed_at = models.DateTimeField(null=True)
    card = models.JSONField(default=dict)
    detail = models.JSONField(default=dict)
    search = SearchVectorField(null=True)

    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    published_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="product_known_status"
            ),
            models.UniqueConstraint(fields=["domain", "slug"], name="product_once_per_domain"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="product_search"),
            GinIndex(fields=["name"], name="product_name_trgm", opclasses=["gin_trgm_ops"]),
            # The orders of catalog/queries/order.py, each with the id, so that pages have keys.
            models.Index(fields=["name", "id"], name="product_by_name"),
            models.Index(fields=["-consumers", "-id"], name="product_by_use"),
            models.Index(
                Coalesce("score", Value(-1)).desc(), F("id").desc(), name="product_by_score"
            ),
            models.Index(
                Coalesce("refreshed_at", Value(EPOCH)).desc(),
                F("id").desc(),
                name="product_by_freshness",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class SearchWord(models.Model):
    """A word that some product is found by: what a misspelt word is compared with."""

    word = models.CharField(max_length=60, primary_key=True)

    class Meta:
        indexes = [GinIndex(fields=["word"], name="word_trgm", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.word
