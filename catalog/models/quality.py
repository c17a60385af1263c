"""Quality results, service levels, and the profile of what a port holds."""

from django.db import models
from django.db.models.functions import Now


class QualityResult(models.Model):
    """One check's result at one time (OORS). ``source`` says who measured."""

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="quality"
    )
    port = models.ForeignKey(
        "catalog.OutputPort", null=True, on_delete=models.CASCADE, related_name="quality"
    )
    check_key = models.CharField(max_length=160)
    name = models.CharField(max_length=200)
    dimension = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=8)
    measured = models.JSONField(default=dict)
    source = models.CharField(max_length=80)
    observed_at = models.DateTimeField()

    class Meta:
        ordering = ["-observed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "check_key", "observed_at"], name="quality_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.check_key} {self.status}"


class ServiceLevel(models.Model):
    """What the contract promises in figures (ODCS slaProperties)."""

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="service_levels"
    )
    property = models.CharField(max_length=60)
    objective = models.CharField(max_length=60)
    unit = models.CharField(max_length=20, blank=True)
    element = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["product", "property"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "property", "element"], name="service_level_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.property} {self.objective}{self.unit}"


class ServiceLevelWindow(models.Model):
    """One day of a product against its promises: met, at_risk, breached or unknown."""

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="windows"
    )
    day = models.DateField()
    state = models.CharField(max_length=8)
    basis = models.CharField(max_length=200)

    class Meta:
        ordering = ["product", "day"]
        constraints = [models.UniqueConstraint(fields=["product", "day"], name="window_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.state}"


class PortProfile(models.Model):
    """What a port holds: rows, and per column empty, distinct, histogram; and sample rows.

    ``columns`` maps a name to {sampled, null_share, distinct, min, max, top, buckets, bins}, where
    ``buckets`` says how often the commonest values occur, and ``bins`` of numbers and moments are
    [from, to, count]; ``sample`` holds rows as they may be
    shown to everybody who may see the schema: synthetic, or masked. ``stream`` holds what the
    platform tells of a stream (catalog.queries.streams), empty for anything else.
    """

    port = models.OneToOneField(
        "catalog.OutputPort", on_delete=models.CASCADE, related_name="profile"
    )
    rows = models.BigIntegerField(null=True)
    columns = models.JSONField(default=dict)
    sample = models.JSONField(default=list)
    sample_kind = models.CharField(max_length=12, default="synthetic")
    basis = models.CharField(max_length=200)
    stream = models.JSONField(default=dict)
    taken_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"profile of {self.port_id}"


class ServiceLevelDay(models.Model):
    """How one promise was kept on one day: the value, and what it was held against.

    The product's own day (ServiceLevelWindow) is as bad as the worst of these.
    """

    product = models.ForeignKey(
        "catalog.DataProduct", on_delete=models.CASCADE, related_name="level_days"
    )
    property = models.CharField(max_length=60)
    day = models.DateField()
    state = models.CharField(max_length=8)
    value = models.FloatField(null=True)
    objective = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=80)

    class Meta:
        ordering = ["product", "property", "day"]
        constraints = [
            models.UniqueConstraint(fields=["product", "property", "day"], name="level_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(state__in=["met", "at_risk", "breached", "unknown"]),
                name="level_known_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.property} {self.day} {self.state}"

    def words(self) -> str:
        """Say the value with its basis: "latency 3 h, objective 24 h"."""
        unit = "%" if self.unit == "percent" else self.unit
        value = "" if self.value is None else f" {self.value:g} {unit}".rstrip()
        held = f", objective {self.objective} {unit}".rstrip() if self.objective else ""
        return f"{self.property}{value}{held}"
