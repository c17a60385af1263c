"""The graph drawn on the server: for pages without a script, and as a file."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from marketplace.kernel.web.layered import layered
from marketplace.kernel.web.said import told

SHOWN: Final = 150
_BOX: Final = (168, 46)
_PAD: Final = 16
_TITLE, _SMALL = 21, 26
_FILE: Final[dict[str, dict[str, str]]] = {
    "edge": {"fill": "none", "stroke": "#b9b5aa", "stroke-width": "1.5"},
    "granted": {"fill": "none", "stroke": "#2f7d5d", "stroke-width": "1.8"},
    "observed": {
        "fill": "none",
        "stroke": "#8b8778",
        "stroke-width": "1.5",
        "stroke-dasharray": "5 4",
    },
    "box": {"fill": "#ffffff", "stroke": "#b9b5aa"},
    "focus": {"fill": "#14201b", "stroke": "#14201b"},
    "name": {"font-family": "sans-serif", "font-size": "12.5", "font-weight": "600"},
    "small": {"font-family": "sans-serif", "font-size": "11", "fill": "#6b675c"},
}


def cut(data: Mapping[str, Any], focus: str, up: int, down: int) -> dict[str, Any]:
    """Keep what is at most ``up`` and ``down`` hops away, and count what that leaves out.

    ``data`` is a graph one hop deeper than is shown, so that each node knows its hidden
    neighbours: ``more_up`` and ``more_down``.
    """
    after, before = _links(data["edges"])
    near = _walk(focus, before, up) | _walk(focus, after, down) | {focus}
    nodes = [node for node in data["nodes"] if node["id"] in near][:SHOWN]
    shown = {node["id"] for node in nodes}
    return {
        "nodes": [
            {
                **node,
                "more_up": len(before[node["id"]] - shown),
                "more_down": len(after[node["id"]] - shown),
            }
            for node in nodes
        ],
        "edges": [e for e in data["edges"] if e["from"] in shown and e["to"] in shown],
    }


def affected(data: Mapping[str, Any], focus: str) -> list[dict[str, Any]]:
    """Count who would feel a change of the focus: domains with most first, then all others."""
    after, _ = _links(data["edges"])
    reached = _walk(focus, after, len(data["nodes"]))
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for node in data["nodes"]:
        if node["id"] in reached:
            place = (node["domain_label"] or told("Outside any domain"), node["hue_class"])
            counts[place][node["kind"] == "consumer"] += 1
    return [
        {"domain": label, "hue_class": hue, "products": products, "consumers": consumers}
        for (label, hue), (products, consumers) in sorted(
            counts.items(), key=lambda item: (not item[0][1], -sum(item[1]), item[0])
        )
    ]


def picture(
    shown: Mapping[str, Any], focus: str, *, hit: frozenset[str] = frozenset(), file: bool = False
) -> SafeString:
    """Draw what ``cut`` kept, ``hit`` marked; a ``file`` has its colours written in."""
    nodes = {node["id"]: node for node in shown["nodes"]}
    pairs = [(edge["from"], edge["to"]) for edge in shown["edges"]]
    kinds = {(edge["from"], edge["to"]): edge["kind"] for edge in shown["edges"]}
    drawing = layered(list(nodes), pairs, focus, box=_BOX)
    width, height = drawing.width + 2 * _PAD, drawing.height + 2 * _PAD
    lines = format_html_join(
        "",
        '<path class="lg-e {}" d="{}"{}/>',
        (
            (kinds[a, b], d, _attributes(kinds[a, b], "edge") if file else "")
            for a, b, d in drawing.paths
        ),
    )
    boxes = format_html_join(
        "",
        "{}",
        (
            (_node(nodes[key], at, focus=key == focus, hit=key in hit, file=file),)
            for key, at in drawing.at.items()
        ),
    )
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="lstatic" width="{}" height="{}"'
        ' viewBox="{} {} {} {}" role="group" aria-label="{}">{}{}</svg>',
        round(width),
        round(height),
        -_PAD,
        -_PAD,
        round(width),
        round(height),
        gettext("Lineage of %(name)s: %(number)s nodes")
        % {"name": nodes[focus]["name"], "number": len(nodes)},
        lines,
        boxes,
    )


def _node(
    node: Mapping[str, Any], at: tuple[float, float], *, focus: bool, hit: bool, file: bool
) -> SafeString:
    classes = ["lg-n", node["kind"], node["hue_class"], "foc" if focus else "", "imp" * hit]
    below = node["domain_label"] or node["kind_label"]
    x, y = at[0] - _BOX[0] / 2, at[1] - _BOX[1] / 2
    words = format_html(
        '<rect class="bx" width="{}" height="{}" rx="11"{}/>'
        '<text x="15" y="20"{}>{}</text><text class="s" x="15" y="35"{}>{}</text>',
        _BOX[0],
        _BOX[1],
        _attributes("focus" if focus else "box") if file else "",
        _attributes("name", fill="#ffffff" if focus else "#14201b") if file else "",
        _clip(node["name"], _TITLE),
        _attributes("small") if file else "",
        _clip(below, _SMALL),
    )
    return format_html(
        '<a href="{}" aria-label="{}, {}"><g class="{}" transform="translate({} {})">'
        "<title>{}</title>{}{}{}</g></a>",
        node["href"],
        node["name"],
        below,
        " ".join(filter(None, classes)),
        f"{x:.0f}",
        f"{y:.1f}",
        node["name"],
        words,
        _stub(node["more_up"], 0),
        _stub(node["more_down"], _BOX[0]),
    )


def _stub(count: int, x: int) -> SafeString:
    if not count:
        return SafeString("")
    return format_html(
        '<g class="lg-x" transform="translate({} {})"><circle r="11" fill="#ffffff"'
        ' stroke="#8b8778"/><text y="3.8" text-anchor="middle" font-size="11">+{}</text></g>',
        x,
        _BOX[1] / 2,
        count,
    )


def steps(node: str, up: int, down: int, *, impact: bool, deepest: int) -> dict[str, str]:
    """Give where the buttons lead that change the depth and the mode, without a script."""

    def at(**more: int) -> str:
        wanted = {"up": up, "down": down, "impact": int(impact), **more}
        return f"{reverse('lineage')}?{urlencode({'node': node, **wanted})}"

    return {
        "fewer_up": at(up=up - 1) if up else "",
        "more_up": at(up=up + 1) if up < deepest else "",
        "fewer_down": at(down=down - 1) if down else "",
        "more_down": at(down=down + 1) if down < deepest else "",
        "impact": at(impact=int(not impact)),
        "file": f"{reverse('lineage_file')}?{urlencode({'node': node, 'up': up, 'down': down})}",
    }


def downstream(data: Mapping[str, Any], focus: str) -> frozenset[str]:
    """Give everything that a change of the focus would reach."""
    return frozenset(_walk(focus, _links(data["edges"])[0], len(data["nodes"])))


def _links(edges: Any) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    after: dict[str, set[str]] = defaultdict(set)
    before: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge["from"] != edge["to"]:
            after[edge["from"]].add(edge["to"])
            before[edge["to"]].add(edge["from"])
    return after, before


def _walk(start: str, links: Mapping[str, set[str]], most: int) -> set[str]:
    seen, edge = {start}, {start}
    for _ in range(most):
        edge = {other for node in edge for other in links.get(node, ())} - seen
        if not edge:
            break
        seen |= edge
    return seen - {start}


def _attributes(*names: str, **more: str) -> SafeString:
    found = next((_FILE[name] for name in names if name in _FILE), {})
    return format_html_join("", ' {}="{}"', (found | more).items())


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
