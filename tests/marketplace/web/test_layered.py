"""The layered drawing: before, this, after; every box once, no two on each other, any graph."""

import random
from itertools import pairwise

import pytest

from marketplace.kernel.web.layered import layered


def overlaps(drawing, box=(168, 46)):
    middles = list(drawing.at.values())
    return [
        (a, b)
        for i, a in enumerate(middles)
        for b in middles[i + 1 :]
        if abs(a[0] - b[0]) < box[0] and abs(a[1] - b[1]) < box[1]
    ]


def test_what_feeds_stands_before_and_what_is_fed_after():
    drawing = layered(["b", "a", "c"], [("a", "b"), ("b", "c")], "b")

    assert [drawing.at[name][0] for name in "abc"] == [84, 318, 552]
    assert [(a, b) for a, b, _ in drawing.paths] == [("a", "b"), ("b", "c")]
    assert (drawing.width, drawing.height) == (636, 46)


def test_a_node_alone_is_drawn():
    drawing = layered(["a"], [], "a")

    assert (drawing.at, drawing.paths, drawing.width, drawing.height) == (
        {"a": (84, 23.0)},
        (),
        168,
        46,
    )


def test_two_lines_that_would_cross_do_not():
    edges = [("f", "a"), ("f", "b"), ("a", "y"), ("b", "x")]
    drawing = layered(["f", "a", "b", "x", "y"], edges, "f")

    assert (drawing.at["a"][1] < drawing.at["b"][1]) == (drawing.at["y"][1] < drawing.at["x"][1])


def test_circles_doubles_and_unknown_ends_do_no_harm():
    edges = [("a", "b"), ("b", "a"), ("a", "b"), ("a", "a"), ("a", "nowhere")]

    drawing = layered(["a", "b"], edges, "a")

    assert len(drawing.at) == 2
    assert not overlaps(drawing)


@pytest.mark.parametrize("seed", range(6))
def test_no_two_boxes_stand_on_each_other(seed):
    chance = random.Random(seed)
    nodes = list(range(60))
    edges = [tuple(sorted(chance.sample(nodes, 2))) for _ in range(90)]

    drawing = layered(nodes, edges, chance.choice(nodes))

    assert sorted(drawing.at) == nodes
    assert not overlaps(drawing)
    assert all(0 <= y <= drawing.height for _, y in drawing.at.values())


def test_the_same_graph_gives_the_same_drawing():
    edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]

    assert layered(range(4), edges, 0) == layered(range(4), edges, 0)


def test_a_chain_as_long_as_a_mesh_is_drawn_without_recursion():
    nodes = list(range(1500))

    drawing = layered(nodes, list(pairwise(nodes)), 0)

    assert drawing.width == 1500 * 234 - 66
