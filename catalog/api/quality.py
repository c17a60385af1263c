"""How a product keeps its promises: reports of checks come in, results and days go out."""

from datetime import date
from typing import Any

from rest_framework import serializers
from rest_framework.fields import (
    CharField,
    DateField,
    DateTimeField,
    FloatField,
    IntegerField,
)
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.quality import report_levels
from catalog.actions.reports import Taken, take_report
from catalog.api.shapes import Shown
from catalog.observations.base import LevelDay
from catalog.observations.reading import FORMATS
from catalog.queries import product_or_404
from catalog.queries.quality import CheckLine, Objective, checks_of, met_days, objectives_of
from marketplace.kernel.clock import now
from marketplace.kernel.rest.bodies import Body, One, Text
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import whole
from marketplace.kernel.rest.operations import Param, operation

_DAYS = Param("days", "How many days back.", "integer", least=1, most=365)
_FORMAT = Param("format", "Which tool wrote it; without it, it says so itself.", words=(*FORMATS,))
_PORT = Param("port", "The port that results belong to which name no dataset.")
_MOST = 1000

_REPORT: dict[str, Any] = {
    "type": "object",
    "description": "dbt's run_results.json, an OpenLineage event with data-quality facets, an "
    "ObservabilityResults document (OORS), or the JSON of `datacontract test`.",
}


class CheckShown(Shown):
    """A check with its newest result. ``days`` are states, oldest first."""

    key = CharField()
    name = CharField()
    port = CharField(allow_null=True)
    dimension = CharField(allow_blank=True)
    status = CharField()
    measured = serializers.JSONField()
    source = CharField()  # type: ignore[assignment]  # the name in the answer
    observed_at = DateTimeField()
    days = serializers.ListField(child=CharField())


class TakenShown(Shown):
    """What became of a report."""

    format = CharField()
    results = IntegerField()
    new = IntegerField()
    passed_over = IntegerField()
    days = IntegerField()
    refreshed_at = DateTimeField(allow_null=True)


class ObjectiveShown(Shown):
    """A promise; ``days`` has a state for each day asked for, oldest first."""

    property = CharField()
    objective = CharField(allow_blank=True)
    unit = CharField(allow_blank=True)
    element = CharField(allow_blank=True)
    measured = IntegerField()
    kept = IntegerField()
    days = serializers.ListField(child=CharField())


class WindowShown(Shown):
    """One day of a product, and what that rests on."""

    day = DateField()
    state = CharField()
    basis = CharField()


class LevelsShown(Shown):
    """Promises, and the days that were measured."""

    objectives = ObjectiveShown(many=True)
    days = WindowShown(many=True)


class LevelBody(Body):
    """How one promise was kept on one day (UTC)."""

    property = Text(max_length=60)
    day = DateField()
    state = One("met", "at_risk", "breached", "unknown")
    source = Text(max_length=80)  # type: ignore[assignment]  # the name in the body
    value = FloatField(required=False, allow_null=True, default=None)
    objective = Text(max_length=60, required=False, allow_blank=True, default="")
    unit = Text(max_length=20, required=False, allow_blank=True, default="")


class LevelsBody(Body):
    """Days of promises."""

    days = LevelBody(many=True, allow_empty=False, max_length=_MOST)  # type: ignore[call-arg]


class LevelsTaken(Shown):
    """How many days of promises were kept."""

    taken = IntegerField()


class Quality(Endpoint):
    """Checks of a product."""

    max_body = 20_000_000

    @operation(scope="read", gives=CheckShown, page=True, keyset=False, query=(_DAYS,))
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """List the checks of a product with their newest result; what failed stands first."""
        days = whole(self.params, "days", 30, least=1, most=365)
        lines = checks_of(product_or_404(self.actor, key), days)
        return self.everything([_check(line) for line in lines])

    @operation(
        scope="lineage",
        takes=_REPORT,
        gives=TakenShown,
        status=201,
        query=(_FORMAT, _PORT),
        dry=True,
    )
    def post(self, request: Request, key: str) -> Response:
        """Take a report of checks as dbt, OpenLineage, OORS or datacontract-cli write it.

        All of it or none; the same report twice counts once. Results that name other products'
        datasets are passed over and counted.
        """
        return self.act(
            _taken,
            take_report,
            key=key,
            document=request.data,
            kind=self.params.get("format", ""),
            port=self.params.get("port", ""),
        )


class ServiceLevels(Endpoint):
    """Promises of a product."""

    @operation(scope="read", gives=LevelsShown, query=(_DAYS,))
    def get(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Read what is promised and how it was kept, promise by promise and day by day."""
        product = product_or_404(self.actor, key)
        days = whole(self.params, "days", 30, least=1, most=365)
        return Response(
            {
                "objectives": [
                    _objective(one) for one in objectives_of(product, now().date(), days)
                ],
                "days": WindowShown(met_days(product, days), many=True).data,
            }
        )

    @operation(scope="lineage", takes=LevelsBody, gives=LevelsTaken, status=201, dry=True)
    def post(self, request: Request, key: str) -> Response:  # noqa: ARG002
        """Say how promises were kept on single days; a later word about one replaces it."""
        levels = [_level(one) for one in self.body()["days"]]
        return self.act(_number, report_levels, key=key, levels=levels)


def _check(line: CheckLine) -> dict[str, Any]:
    row = line.last
    return {
        "key": row.check_key,
        "name": row.name,
        "port": row.port.name if row.port else None,
        "dimension": row.dimension,
        "status": row.status,
        "measured": row.measured,
        "source": row.source,
        "observed_at": row.observed_at,
        "days": list(line.days),
    }


def _objective(one: Objective) -> dict[str, Any]:
    return {
        "property": one.property,
        "objective": one.objective,
        "unit": one.unit,
        "element": one.element,
        "measured": one.measured,
        "kept": one.kept,
        "days": list(one.strip),
    }


def _level(given: dict[str, Any]) -> LevelDay:
    day: date = given["day"]
    return LevelDay(**{**given, "day": day})


def _taken(taken: Taken) -> dict[str, Any]:
    return TakenShown(taken).data


def _number(number: int) -> dict[str, Any]:
    return {"taken": number}
