"""How queries, their results and what was counted look in answers."""

from rest_framework import serializers
from rest_framework.fields import (
    BooleanField,
    CharField,
    DateTimeField,
    DictField,
    FloatField,
    IntegerField,
    JSONField,
    ListField,
    UUIDField,
)

from subscriptions.api.shapes.base import Shown


class ResultColumn(Shown):
    """A column of a result."""

    name = CharField()
    type = CharField()


class ResultShown(Shown):
    """A query's result, read as the consumer."""

    id = UUIDField()
    columns = ResultColumn(many=True)
    rows = JSONField()
    row_count = IntegerField()
    truncated = BooleanField()
    elapsed_ms = FloatField()


PLANNER = "The platform's planner, as the consumer; nothing was run."


INVENTED = "Rows invented from the contract; no row is of the data."


class EstimateShown(Shown):
    """What a query would give, by the platform's planner; cost is in the planner's own unit."""

    rows = IntegerField()
    cost = FloatField()
    basis = CharField()


class RehearsalShown(Shown):
    """A query's result on invented rows."""

    kind = CharField()
    basis = CharField()
    columns = ResultColumn(many=True)
    rows = JSONField()
    row_count = IntegerField()
    truncated = BooleanField()
    elapsed_ms = FloatField()


class RunShown(Shown):
    """A query that was run: text and figures are kept, the rows never."""

    id = UUIDField()
    agreement = UUIDField(source="agreement_id")
    product = CharField(source="agreement.port.product.key")
    port = CharField(source="agreement.port.name")
    sql = CharField()
    parameters = JSONField(source="values")
    state = CharField()
    code = CharField(allow_blank=True)
    detail = CharField(allow_blank=True)
    row_count = IntegerField(allow_null=True)
    truncated = BooleanField()
    elapsed_ms = FloatField(allow_null=True)
    created_at = DateTimeField()


class UsageShown(Shown):
    """How much a product was used on one day, and who counted."""

    day = serializers.DateField()
    queries = IntegerField()
    consumers = IntegerField()
    source = CharField()  # type: ignore[assignment]  # the name in the answer


class MetricsShown(Shown):
    """A product in figures; what was not measured is null.

    ``consumers_by_day`` ends with today.
    """

    product = CharField()
    consumers = IntegerField()
    consumers_by_day = ListField(child=IntegerField())
    requests = DictField(child=IntegerField())
    median_decision_seconds = FloatField(allow_null=True)
    basis = CharField(allow_blank=True)
    usage = UsageShown(many=True)
