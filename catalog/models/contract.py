"""Data contracts (ODCS), their versions, and the columns they promise."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from catalog.states import Classification, Status


class DataContract(models.Model):
    """What a port promises, through all its versions."""

    key = models.CharField(max_length=160, unique=True)
    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.PROTECT, related_name="contracts"
    )
    name = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class ContractVersion(models.Model):
    """One version: the text as it came, and what was read from it.

    ``facts`` holds service levels, quality rules, purposes, max_duration_days, terms and servers.
    """

    contract = models.ForeignKey(DataContract, on_delete=models.PROTECT, related_name="versions")
    version_name = models.CharField(max_length=40)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    text = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["contract", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "version_name"], name="contract_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.version_name}"


class SchemaColumn(models.Model):
    """One column of a contract version.

    ``search`` is the words of its name, kept by a database trigger (migration 0002).
    """

    contract_version = models.ForeignKey(
        ContractVersion, on_delete=models.CASCADE, related_name="columns"
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    logical_type = models.CharField(max_length=40, blank=True)
    physical_type = models.CharField(max_length=80, blank=True)
    description = models.TextField(blank=True)
    classification = models.CharField(
        max_length=12, choices=Classification.choices, default=Classification.INTERNAL
    )
    nullable = models.BooleanField(default=True)
    primary_key = models.BooleanField(default=False)
    personal_data = models.BooleanField(default=False)
    tags = ArrayField(models.CharField(max_length=60), default=list)
    search = SearchVectorField(null=True, editable=False)

    class Meta:
        ordering = ["contract_version", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract_version", "name"], name="column_once_per_version"
            )
        ]
        indexes = [GinIndex(fields=["search"], name="column_search")]

    def __str__(self) -> str:
        return self.name
