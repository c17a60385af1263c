"""A layered drawing of a graph: ranks are hops from the focus, so one reads before, this, after.

The same steps as in frontend/src/layout.js: ranks, dummies on long edges, an order of columns by
barycentres that keeps the best sweep, and heights by pooling (isotonic regression). Here it serves
pages without a script and pictures outside the browser. Pure; lengths are in px.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

SWEEPS: Final = 16
PASSES: Final = 12
_DUMMY: Final = 7.0
_STIFF: Final = 6.0  # a long edge stays straight


@dataclass(slots=True, eq=False)
class _Box:
    column: int
    height: float
    dummy: bool
    before: list["_Box"] = field(default_factory=list)
    after: list["_Box"] = field(default_factory=list)
    order: int = 0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Drawing[N: Hashable]:
    """Where things stand: middles of boxes, a path per edge, and the size of it all."""

    at: dict[N, tuple[float, float]]
    paths: tuple[tuple[N, N, str], ...]
    width: float
    height: float


def layered[N: Hashable](
    nodes: Sequence[N],
    edges: Iterable[tuple[N, N]],
    focus: N,
    *,
    box: tuple[float, float] = (168, 46),
    gaps: tuple[float, float] = (66, 13),
) -> Drawing[N]:
    """Place boxes of ``box`` (width, height) with ``gaps`` between columns and rows."""
    known = set(nodes)
    links = [(a, b) for a, b in dict.fromkeys(edges) if a in known and b in known and a != b]
    after: dict[N, list[N]] = {node: [] for node in nodes}
    before: dict[N, list[N]] = {node: [] for node in nodes}
    for a, b in links:
        after[a].append(b)
        before[b].append(a)
    order = _topological(nodes, after)
    rank = _ranks(order, after, before, focus)
    columns, boxes, chains = _chained(order, links, rank, box[1])
    _arrange(columns)
    _place(columns, gaps[1])
    return _measure(boxes, chains, len(columns), box, gaps[0])


def _topological[N: Hashable](nodes: Sequence[N], after: dict[N, list[N]]) -> list[N]:
    """Give an order in which sources stand first; without recursion: a mesh may be deep."""
    done: set[N] = set()
    order: list[N] = []
    for start in nodes:
        stack: list[tuple[N, int]] = [(start, 0)]
        while stack:
            node, place = stack.pop()
            if place == 0:
                if node in done:
                    continue
                done.add(node)
            if place < len(after[node]):
                stack.append((node, place + 1))
                if after[node][place] not in done:
                    stack.append((after[node][place], 0))
            else:
                order.append(node)
    return order[::-1]


def _ranks[N: Hashable](
    order: list[N], after: dict[N, list[N]], before: dict[N, list[N]], focus: N
) -> dict[N, int]:
    """Give hops from the focus; edges that close a circle point backwards and push nothing."""
    place = {node: index for index, node in enumerate(order)}
    rank = {focus: 0}
    for node in order:
        if rank.get(node, -1) < 0:
            continue
        for other in after[node]:
            if place[node] < place[other]:
                rank[other] = max(rank.get(other, 0), rank[node] + 1)
    for node in reversed(order):
        ahead = [rank[o] for o in after[node] if o in rank and place[node] < place[o]]
        if node not in rank and ahead:
            rank[node] = min(ahead) - 1
    for node in order:
        behind = [o for o in before[node] if place[o] < place[node]]
        if node not in rank:
            rank[node] = max([0, *(rank.get(o, -1) + 1 for o in behind)])
        for other in behind:
            if rank[other] >= rank[node]:
                rank[node] = rank[other] + 1
    return rank


def _chained[N: Hashable](
    order: list[N], links: list[tuple[N, N]], rank: dict[N, int], height: float
) -> tuple[list[list[_Box]], dict[N, _Box], list[tuple[N, N, list[_Box]]]]:
    least = min(rank.values())
    columns: list[list[_Box]] = [[] for _ in range(max(rank.values()) - least + 1)]

    def add(column: int, tall: float, *, dummy: bool) -> _Box:
        made = _Box(column, tall, dummy)
        columns[column].append(made)
        return made

    boxes = {node: add(rank[node] - least, height, dummy=False) for node in order}
    chains = []
    for a, b in links:
        chain = [boxes[a]]
        for column in range(boxes[a].column + 1, boxes[b].column):
            chain.append(_linked(chain[-1], add(column, _DUMMY, dummy=True)))
        if boxes[b].column > chain[-1].column:
            _linked(chain[-1], boxes[b])
        chains.append((a, b, [*chain, boxes[b]]))
    return columns, boxes, chains


def _linked(a: _Box, b: _Box) -> _Box:
    a.after.append(b)
    b.before.append(a)
    return b


def _number(columns: list[list[_Box]]) -> None:
    for column in columns:
        for index, one in enumerate(column):
            one.order = index


def _crossings(columns: list[list[_Box]]) -> int:
    total = 0
    for column in columns[:-1]:
        ends = [o.order for one in column for o in sorted(one.after, key=lambda b: b.order)]
        total += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return total


def _arrange(columns: list[list[_Box]]) -> None:
    """Order each column by the middle of its neighbours; keep the sweep that crosses least."""
    _number(columns)
    best, kept = _crossings(columns), [list(column) for column in columns]
    for sweep in range(SWEEPS):
        if not best:
            break
        down = sweep % 2 == 0
        for column in columns if down else reversed(columns):
            pulls = {id(one): _pull(one, columns, down=down) for one in column}
            column.sort(key=lambda one: (pulls[id(one)], one.order))
            for index, one in enumerate(column):
                one.order = index
        now = _crossings(columns)
        if now < best:
            best, kept = now, [list(column) for column in columns]
    columns[:] = kept
    _number(columns)


def _pull(one: _Box, columns: list[list[_Box]], *, down: bool) -> float:
    near = one.before if down else one.after
    shares = [o.order / max(1, len(columns[o.column]) - 1) for o in near or [one]]
    return sum(shares) / len(shares)


def _gap(a: _Box, b: _Box, rows: float) -> float:
    between = 3.0 if a.dummy and b.dummy else 8.0 if a.dummy or b.dummy else rows
    return (a.height + b.height) / 2 + between


def _place(columns: list[list[_Box]], rows: float) -> None:
    for column in columns:
        y = 0.0
        for index, one in enumerate(column):
            y += _gap(column[index - 1], one, rows) if index else 0.0
            one.y = y
        for one in column:
            one.y -= y / 2
    for number in range(PASSES):
        for column in reversed(columns) if number % 2 else columns:
            _settle(column, rows)


def _settle(column: list[_Box], rows: float) -> None:
    """Move each box towards its neighbours; order and gaps are kept by pooling violators."""
    offsets = [0.0]
    for a, b in pairwise(column):
        offsets.append(offsets[-1] + _gap(a, b, rows))
    blocks: list[tuple[float, int]] = []
    for one, offset in zip(column, offsets, strict=False):
        blocks.append((_wanted(one) - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (high, many), (low, few) = blocks[-2], blocks[-1]
            blocks[-2:] = [((high * many + low * few) / (many + few), many + few)]
    placed = [value for value, count in blocks for _ in range(count)]
    for one, value, offset in zip(column, placed, offsets, strict=False):
        one.y = value + offset


def _wanted(one: _Box) -> float:
    pulls = [(_STIFF if one.dummy and o.dummy else 1.0, o.y) for o in (*one.before, *one.after)]
    weight = sum(pull for pull, _ in pulls)
    if not weight:
        return one.y
    return (sum(pull * y for pull, y in pulls) + one.y * 0.12 * weight) / (weight * 1.12)


def _measure[N: Hashable](
    boxes: dict[N, _Box],
    chains: list[tuple[N, N, list[_Box]]],
    count: int,
    box: tuple[float, float],
    gap: float,
) -> Drawing[N]:
    width, height = box
    top = min(one.y - one.height / 2 for one in boxes.values())
    for _, _, chain in chains:
        top = min([top, *(one.y - one.height / 2 for one in chain)])
    bottom = max(one.y + one.height / 2 for one in boxes.values())
    for _, _, chain in chains:
        bottom = max([bottom, *(one.y + one.height / 2 for one in chain)])

    def left(one: _Box) -> float:
        return one.column * (width + gap)

    paths = []
    for a, b, chain in chains:
        x, y = left(chain[0]) + width, chain[0].y - top
        d = f"M{x:.0f} {y:.1f}"
        for one in chain[1:]:
            to_x, to_y = left(one), one.y - top
            middle = (x + to_x) / 2
            d += f"C{middle:.0f} {y:.1f} {middle:.0f} {to_y:.1f} {to_x:.0f} {to_y:.1f}"
            x, y = to_x, to_y
            if one.dummy:
                x += width
                d += f"H{x:.0f}"
        paths.append((a, b, d))
    at = {node: (left(one) + width / 2, one.y - top) for node, one in boxes.items()}
    return Drawing(at, tuple(paths), count * (width + gap) - gap, max(bottom - top, height))
