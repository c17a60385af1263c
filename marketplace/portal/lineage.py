"""Lineage as a page: the graph for the eye, the same as a list and as a table of its edges."""

from typing import Any, Final
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.models import Domain, LineageNode
from catalog.queries import Graph, graph
from catalog.queries.lineage import Node, column_flows
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound
from marketplace.kernel.identity.current import actor_of, signed_in
from marketplace.kernel.web.said import told
from marketplace.portal import lineage_drawing as drawing
from marketplace.portal.pages import guard, show
from marketplace.portal.queries import grade_of
from marketplace.portal.rows import hue_class
from subscriptions.queries import my_agreements

DEPTH: Final = 3
UP: Final = 2
DOWN: Final = 3
_REACHED: Final = 300
_COLUMNS: Final = 200
_WITH_COLUMNS: Final = ("product", "dataset", "job")
_DEEPEST: Final = 6
_SHOWN: Final = 150
_CONSUMERS: Final = {
    "team": "Team",
    "user": "Person",
    "application": "Application",
    "agent": "Agent",
}
KINDS: Final = {
    "declared": "its descriptor says so",
    "granted": "access was proven",
    "observed": "a job reported it",
}


@require_safe
def lineage(request: HttpRequest) -> HttpResponse:
    """Show what feeds a node and what it feeds; without a node, offer where to start."""
    actor = signed_in(request)
    urn = request.GET.get("node", "").strip()
    if not urn:
        return show(request, "portal/lineage.html", {"starts": _starts(actor), "nav": "lineage"})
    up, down = _shown_depth(request, "up", UP), _shown_depth(request, "down", DOWN)
    context = around(actor, urn, up, down, impact=request.GET.get("impact") == "1")
    return show(request, "portal/lineage.html", {**context, "nav": "lineage"})


@require_safe
def lineage_file(request: HttpRequest) -> HttpResponse:
    """Give the picture as a file of its own."""
    actor = actor_of(request)
    urn = request.GET.get("node", "").strip()
    up, down = _shown_depth(request, "up", UP), _shown_depth(request, "down", DOWN)
    data = drawn(graph(actor, urn, up + 1, down + 1, _REACHED))
    focus = data["nodes"][0]["id"]
    text = drawing.picture(drawing.cut(data, focus, up, down), focus, file=True)
    answer = HttpResponse(text, content_type="image/svg+xml; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="lineage.svg"'
    return guard(request, answer)


@require_safe
def lineage_graph(request: HttpRequest) -> HttpResponse:
    """Give the graph as the page's own element reads it."""
    actor = actor_of(request)
    urn = request.GET.get("node", "").strip()
    up, down = (_depth(request, name) for name in ("up", "down"))
    return guard(request, JsonResponse(drawn(graph(actor, urn, up, down, _SHOWN))))


def around(actor: Actor, urn: str, up: int, down: int, *, impact: bool = False) -> dict[str, Any]:
    """Give what the template shows around a node, for the page and for a product's section.

    The picture goes ``up`` and ``down`` so many levels; lists and counts go as deep as pages do.
    """
    found = graph(actor, urn, max(DEPTH, up + 1), max(DEPTH, down + 1), _REACHED)
    focus = found.nodes[0]
    data = drawn(found)
    shown = drawing.cut(data, focus.id, up, down)
    hit = drawing.downstream(data, focus.id) if impact else frozenset()
    return {
        "focus": focus,
        "focus_href": href_of(focus),
        "src": f"{reverse('lineage_graph')}?node={quote(focus.id)}&up={_DEEPEST}&down={_DEEPEST}",
        "rows": listed(found),
        "edges": _touching(found),
        "total": found.total_nodes,
        "picture": drawing.picture(shown, focus.id, hit=hit),
        "up": up,
        "down": down,
        "impact": impact,
        "steps": drawing.steps(focus.id, up, down, impact=impact, deepest=_DEEPEST),
        "affected": drawing.affected(data, focus.id),
        "columns": column_flows(actor, found, _COLUMNS) if focus.kind in _WITH_COLUMNS else (),
    }


def drawn(found: Graph) -> dict[str, Any]:
    """Give a graph as <lineage-graph> reads it: colours, labels and addresses added."""
    names = dict(Domain.objects.values_list("slug", "name"))
    return {
        "nodes": [_drawn(node, names) for node in found.nodes],
        "edges": [edge.as_json() for edge in found.edges],
        "total_nodes": found.total_nodes,
    }


def listed(found: Graph) -> list[dict[str, Any]]:
    """Give every node but the focus as a line, nearest first."""
    return [
        {
            "hops": abs(node.level),
            "direction": "feeds it" if node.level < 0 else "is fed by it",
            "name": node.name,
            "href": href_of(node),
            "kind": _kind(node),
        }
        for node in found.nodes[1:]
    ]


def href_of(node: Node) -> str:
    """Give where a node leads: a product's page, or the graph around it."""
    if node.product:
        return reverse("product", args=[node.product])
    return f"{reverse('lineage')}?node={node.id}"


def _drawn(node: Node, names: dict[str, str]) -> dict[str, Any]:
    consumer = node.kind in _CONSUMERS
    return {
        "id": node.id,
        "kind": "consumer" if consumer else node.kind,
        "kind_label": _kind(node),
        "name": node.name,
        "domain": node.domain or "",
        "domain_label": names.get(node.domain or "", ""),
        "hue_class": hue_class(node.hue) if node.product else "",
        "grade": grade_of(node.score) if node.product else "",
        "href": href_of(node),
    }


def _kind(node: Node) -> str:
    return told(_CONSUMERS.get(node.kind, node.kind.replace("_", " ").capitalize()))


def _touching(found: Graph) -> list[dict[str, Any]]:
    """Give the edges of the focus with what each rests on."""
    focus = found.nodes[0].id
    nodes = {node.id: node for node in found.nodes}
    lines = []
    for edge in found.edges:
        if focus not in (edge.source, edge.target):
            continue
        incoming = edge.target == focus
        other = nodes[edge.source if incoming else edge.target]
        lines.append(
            {
                "direction": "from" if incoming else "to",
                "name": other.name,
                "href": href_of(other),
                "node_kind": _kind(other),
                "kind": edge.kind,
                "means": told(KINDS.get(edge.kind, "")),
            }
        )
    return sorted(lines, key=lambda line: (line["direction"], line["kind"], line["name"]))


def _starts(actor: Actor) -> list[dict[str, str]]:
    """Give nodes to start from: the reader's teams and what they read."""
    urns = [f"team/{team}" for team in sorted(actor.teams)]
    keys = my_agreements(actor).values_list("port__product__key", flat=True)
    urns += [f"product/{key}" for key in sorted(set(keys))]
    names = dict(LineageNode.objects.filter(urn__in=urns).values_list("urn", "name"))
    return [
        {"href": f"{reverse('lineage')}?node={urn}", "name": names[urn], "kind": urn.split("/")[0]}
        for urn in urns
        if urn in names
    ]


def _shown_depth(request: HttpRequest, name: str, usual: int) -> int:
    """Give a depth of the picture; what is no number, or too deep, is the usual one."""
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and int(text) <= _DEEPEST else usual


def _depth(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, str(DEPTH))
    if not text.isdecimal() or int(text) > 10:  # noqa: PLR2004 - as deep as the catalog walks
        raise Invalid(FieldProblem(f"/{name}", "out-of-range", "Between 0 and 10 levels."))
    return int(text)


def of_product(actor: Actor, key: str) -> dict[str, Any]:
    """Give the graph of a product for its page; empty where nothing is known yet."""
    try:
        return around(actor, f"product/{key}", UP, DOWN)
    except NotFound:
        return {"focus": None}
