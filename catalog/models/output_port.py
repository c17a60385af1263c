"""Ports: where a product is read, what it reads, how it is managed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from catalog.states import Interface, Status


class OutputPort(models.Model):
    """One way to read a product: ``OutputPort(name, version)``.

    ``resource`` is the base relation on the platform (``schema.table``); what consumers read is
    the published relation ``relation_schema.relation_name``, never the base.
    """

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.PROTECT, related_name="ports"
    )
    name = models.CharField(max_length=80)
    version_name = models.CharField(max_length=20, default="1")
    rank = models.PositiveIntegerField(default=1, help_text="The version as a number, to sort by.")
    position = models.PositiveSmallIntegerField(default=0)
    description = models.TextField(blank=True)
    interface = models.CharField(max_length=8, choices=Interface.choices, default=Interface.SQL)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    platform = models.ForeignKey(
        "catalog.PlatformConnection",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ports",
    )
    resource = models.CharField(max_length=200, blank=True)
    relation_schema = models.CharField(max_length=63, blank=True)
    relation_name = models.CharField(max_length=63, blank=True)
    contract = models.ForeignKey(
        "catalog.ContractVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ports",
    )
    columns = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    row_filters = models.JSONField(default=list, blank=True)
    masks = models.JSONField(default=list, blank=True)
    classification = models.CharField(max_length=12, default="internal")
    personal_data = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["product", "position", "-rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "name", "version_name"], name="port_once_per_name_and_version"
            ),
            # Grants are planned per port and read per relation: two ports on one would fight.
            models.UniqueConstraint(
                fields=["platform", "relation_schema", "relation_name"],
                condition=~models.Q(relation_name=""),
                name="port_one_per_relation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}:{self.name}@{self.version_name}"

    @property
    def relation(self) -> str:
        """What a consumer writes after FROM; empty where the port is not a relation."""
        return f"{self.relation_schema}.{self.relation_name}" if self.relation_name else ""

    @property
    def provisioned(self) -> bool:
        """Tell whether access to it is granted by a connector."""
        return self.platform_id is not None and bool(self.relation_name)


class InputPort(models.Model):
    """What a product reads."""

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="inputs"
    )
    name = models.CharField(max_length=120)
    version_name = models.CharField(max_length=40, blank=True)
    contract_key = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["product", "name"]
        constraints = [
            models.UniqueConstraint(fields=["product", "name"], name="input_once_per_name")
        ]
        indexes = [models.Index(fields=["contract_key"], name="input_by_contract")]

    def __str__(self) -> str:
        return self.name


class ManagementPort(models.Model):
    """Where a product is discovered, observed or controlled."""

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="management"
    )
    name = models.CharField(max_length=120)
    content = models.CharField(max_length=20)
    type = models.CharField(max_length=20, blank=True)
    url = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["product", "name"]

    def __str__(self) -> str:
        return self.name
