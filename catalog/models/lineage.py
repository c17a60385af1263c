"""Who feeds whom: nodes and edges, declared, granted or observed."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Now, Reverse


class LineageNode(models.Model):
    """A product, port, dataset, job or consumer in the graph.

    ``urn`` names it: ``product/<key>``, ``team/<slug>``, ``user/<name>``, or
    ``dataset/<namespace>/<name>`` and ``job/<namespace>/<name>`` (OpenLineage).
    """

    urn = models.CharField(max_length=400, unique=True)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=300)
    product = models.ForeignKey(
        "catalog.DataProduct", null=True, on_delete=models.CASCADE, related_name="nodes"
    )
    facets = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(  # datasets that a product may yet claim, found by the end of their names
                OpClass(Reverse("name"), name="text_pattern_ops"),
                name="node_unowned_dataset",
                condition=models.Q(kind="dataset", product=None),
            )
        ]

    def __str__(self) -> str:
        return self.urn


class LineageEdge(models.Model):
    """Data flows from source to target. ``reason`` says by which fact (a contract, a grant)."""

    source = models.ForeignKey(LineageNode, on_delete=models.CASCADE, related_name="outgoing")
    target = models.ForeignKey(LineageNode, on_delete=models.CASCADE, related_name="incoming")
    kind = models.CharField(max_length=10)
    reason = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="edge_once_per_kind"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["declared", "granted", "observed"]),
                name="edge_known_kind",
            ),
        ]
        indexes = [models.Index(fields=["target", "source"], name="edge_backwards")]

    def __str__(self) -> str:
        return f"{self.source_id} -> {self.target_id} {self.kind}"


class LineageEvent(models.Model):
    """An OpenLineage event as it came; the key makes sending it twice harmless."""

    key = models.CharField(max_length=64, unique=True)
    body = models.JSONField()
    received_at = models.DateTimeField(db_default=Now())
    sender = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.key


class ColumnEdge(models.Model):
    """A column flows into a column, as a job reported it (OpenLineage, facet columnLineage).

    ``target_column`` is empty where the source decides about rows as a whole (a filter, a join).
    ``transformation`` is type and subtype in OpenLineage's words, such as ``DIRECT/IDENTITY``.
    """

    source = models.ForeignKey(
        LineageNode, on_delete=models.CASCADE, related_name="columns_outgoing"
    )
    source_column = models.CharField(max_length=200)
    target = models.ForeignKey(
        LineageNode, on_delete=models.CASCADE, related_name="columns_incoming"
    )
    target_column = models.CharField(max_length=200, blank=True)
    transformation = models.CharField(max_length=60, blank=True)
    masking = models.BooleanField(default=False)
    job = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_column", "target", "target_column"],
                name="column_edge_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id}.{self.source_column} -> {self.target_id}.{self.target_column}"
