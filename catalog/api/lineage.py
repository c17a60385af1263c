"""The graph, and OpenLineage events that draw it."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.openlineage import check_event, receive
from catalog.api import shapes
from catalog.queries import graph
from catalog.queries.lineage import column_flows
from marketplace.kernel.errors import FieldProblem, Invalid
from marketplace.kernel.rest.endpoints import Endpoint, must
from marketplace.kernel.rest.filters import whole
from marketplace.kernel.rest.operations import Param, operation

_DEPTH, _NODES, _BATCH = 10, 500, 1000
_LEVELS = ("product", "column")


_EVENT: dict[str, Any] = {
    "type": "object",
    "description": "An OpenLineage RunEvent, DatasetEvent or JobEvent; its facets are free.",
    "required": ["eventTime", "producer", "schemaURL"],
    "properties": {
        "eventTime": {"type": "string"},
        "producer": {"type": "string"},
        "schemaURL": {"type": "string"},
    },
}


class Lineage(Endpoint):
    """Who feeds whom."""

    max_body = 5_000_000

    @operation(
        scope="read",
        gives=shapes.GraphShown,
        refuses=(404,),
        query=(
            Param("node", "A node such as `product/<key>`, or a product's key alone."),
            Param("up", "Levels upstream.", "integer", least=0, most=_DEPTH),
            Param("down", "Levels downstream.", "integer", least=0, most=_DEPTH),
            Param(
                "level",
                "column adds which columns feed which, where jobs reported it.",
                words=_LEVELS,
            ),
            Param("limit", "Most nodes to give.", "integer", least=1, most=_NODES),
        ),
    )
    def get(self, request: Request) -> Response:
        """Read the graph around one node; what the caller may not know of is not in it."""
        params = request.GET
        node = params.get("node", "")
        must(node, Invalid(FieldProblem("/node", "required", "Say which node.")))
        level = params.get("level", "product")
        words = f"The graph is known by {', '.join(_LEVELS)}."
        must(level in _LEVELS, Invalid(FieldProblem("/level", "not-offered", words)))
        found = graph(
            self.actor,
            node,
            up=whole(params, "up", 2, most=_DEPTH),
            down=whole(params, "down", 2, most=_DEPTH),
            limit=whole(params, "limit", 150, least=1, most=_NODES),
        )
        flows = column_flows(self.actor, found) if level == "column" else ()
        return Response(
            {
                "nodes": [one.as_json() for one in found.nodes],
                "edges": [one.as_json() for one in found.edges],
                "total_nodes": found.total_nodes,
                "truncated": found.truncated,
                "columns": [one.as_json() for one in flows],
            }
        )

    @operation(scope="lineage", takes=_EVENT, gives=shapes.LineageAccepted, status=201, dry=True)
    def post(self, request: Request) -> Response:
        """Take one OpenLineage event; the same twice counts once. gzip is read."""
        event: Any = request.data
        check_event(event)
        return self.act(_accepted, receive, events=[event])


class LineageBatch(Endpoint):
    """Several events at once."""

    max_body = 20_000_000

    @operation(scope="lineage", takes={"type": "array", "items": _EVENT}, gives=shapes.LineageBatch)
    def post(self, request: Request) -> Response:
        """Take a list of OpenLineage events; those that are wrong are named, the others taken."""
        events: Any = request.data
        must(isinstance(events, list), Invalid(FieldProblem("", "not-a-list", "Send a list.")))
        must(
            0 < len(events) <= _BATCH,
            Invalid(FieldProblem("", "out-of-range", f"Between 1 and {_BATCH} events.")),
        )
        good, failed = _sorted(events)
        if good:
            receive(self.actor, events=good)
        return Response(_batch(len(events), failed))


def _sorted(events: list[Any]) -> tuple[list[Any], list[dict[str, Any]]]:
    good, failed = [], []
    for index, event in enumerate(events):
        try:
            check_event(event)
        except Invalid as wrong:
            reason = "; ".join(f"{p.pointer or '/'}: {p.detail}" for p in wrong.problems)
            failed.append({"index": index, "reason": reason, "retriable": False})
        else:
            good.append(event)
    return good, failed


def _batch(received: int, failed: list[dict[str, Any]]) -> dict[str, Any]:
    taken = received - len(failed)
    status = "success" if not failed else "partial_success" if taken else "failure"
    return {
        "status": status,
        "summary": {
            "received": received,
            "successful": taken,
            "failed": len(failed),
            "retriable": 0,
            "non_retriable": len(failed),
        },
        "failed_events": failed,
    }


def _accepted(number: int) -> dict[str, Any]:
    return {"accepted": number}
