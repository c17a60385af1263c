"""The lab: a query as the consumer."""

from typing import Any

from django.db.models import QuerySet
from django_filters import UUIDFilter
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.connectors.base import Rows
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import operation
from subscriptions.actions import lab, sandbox
from subscriptions.api import shapes
from subscriptions.api.bodies import RunBody, SandboxBody, StartedBody
from subscriptions.models import LabRun


class RunFilters(Filters):
    """Filters of runs."""

    state = State(help_text="running, done or refused; by comma.")
    agreement = UUIDFilter(field_name="agreement_id", help_text="An agreement's id.")


class Runs(Endpoint):
    """Queries that the caller ran."""

    @operation(scope="read", gives=shapes.RunShown, page=True, filters=RunFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List the caller's runs, newest first. Rows are never kept."""
        return self.page(_mine(self.actor), shapes.RunShown)

    @operation(scope="query", takes=StartedBody, gives=shapes.ResultShown, kept=False)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Run a read query as the consumer of an agreement, on its platform, within limits."""
        given = self.body()
        row, rows = lab.run(
            self.actor,
            agreement_id=given["agreement"],
            sql=given["sql"],
            values=given["parameters"],
            run_id=given["id"],
        )
        return _result({"id": str(row.pk)}, rows)


class Run(Endpoint):
    """One run."""

    @operation(scope="read", gives=shapes.RunShown)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read how one of the caller's runs ended."""
        found = _mine(self.actor).filter(pk=id).first()
        if found is None:
            raise NotFound
        shown: dict[str, Any] = shapes.RunShown(found).data
        return Response(shown)


class Stop(Endpoint):
    """Ending a run."""

    @operation(scope="query", gives=shapes.RunShown)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """End one of the caller's running queries on its platform. One that is over stays so."""
        lab.stop(self.actor, run_id=id)
        return Response(shapes.RunShown(_mine(self.actor).get(pk=id)).data)


class Estimates(Endpoint):
    """What a query would give."""

    @operation(scope="query", takes=RunBody, gives=shapes.EstimateShown, kept=False)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Ask the platform's planner, as the consumer, for rows and cost. Nothing is run."""
        given = self.body()
        found = lab.foresee(
            self.actor,
            agreement_id=given["agreement"],
            sql=given["sql"],
            values=given["parameters"],
        )
        return Response({"rows": found.rows, "cost": found.cost, "basis": shapes.PLANNER})


class Sandbox(Endpoint):
    """Queries before access."""

    @operation(scope="query", takes=SandboxBody, gives=shapes.RehearsalShown, kept=False)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Run a read query on invented rows of a port that the caller can see."""
        given = self.body()
        rows = sandbox.run(
            self.actor,
            product=given["product"],
            port=given["port"],
            version=given["version"],
            sql=given["sql"],
            values=given["parameters"],
        )
        return _result({"kind": "synthetic", "basis": shapes.INVENTED}, rows)


def _result(head: dict[str, Any], rows: Rows) -> Response:
    answer = Response(
        {
            **head,
            "columns": [{"name": c.name, "type": c.type} for c in rows.columns],
            "rows": rows.rows,
            "row_count": len(rows.rows),
            "truncated": rows.truncated,
            "elapsed_ms": round(rows.elapsed_ms, 2),
        }
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _mine(actor: Actor) -> QuerySet[LabRun]:
    return LabRun.objects.filter(actor=actor.subject).select_related("agreement__port__product")
