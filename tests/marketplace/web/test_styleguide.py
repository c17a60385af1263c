import re
from pathlib import Path

import pytest
from django.conf import settings

from marketplace.portal.style import examples
from marketplace.portal.style_examples import lineage

TEMPLATES = Path(settings.BASE_DIR) / "templates"
COMPONENTS = sorted(path.name for path in (TEMPLATES / "components").glob("*.html"))
INCLUDE = re.compile(r'"(components/[a-z_0-9]+\.html)"')


def reached(start: str) -> set[str]:
    """Every component that a template includes, and those that they include."""
    seen: set[str] = set()
    queue = [start]
    while queue:
        text = (TEMPLATES / queue.pop()).read_text()
        text = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", text, flags=re.DOTALL)
        new = set(INCLUDE.findall(text)) - seen
        seen |= new
        queue += new
    return {Path(name).name for name in seen}


@pytest.fixture
def page(show) -> str:
    return show("styleguide.html", {"nav": "style", "csrf_token": "t", **examples()})


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_style_guide_shows_every_component(name):
    assert name in reached("styleguide.html") | reached("base.html")


def test_a_component_that_is_shown_nowhere_would_be_noticed():
    assert "row.html" in reached("styleguide.html")
    assert "nowhere.html" not in reached("styleguide.html")


def test_the_style_guide_says_that_its_data_are_examples(page):
    assert "All data here is example data." in page


def test_the_style_guide_leaves_nothing_unrendered(page):
    assert "{#" not in page
    assert "{{" not in page
    assert "dict_keys" not in page


def test_the_style_guide_has_each_id_once(page):
    ids = re.findall(r'\sid="([^"]+)"', page)

    assert sorted(ids) == sorted(set(ids))


def test_the_example_graph_has_the_shape_of_the_api():
    graph = lineage()

    known = {node["id"] for node in graph["nodes"]}
    assert graph["total_nodes"] == len(known) == 10
    assert {edge["kind"] for edge in graph["edges"]} == {"declared", "granted", "observed"}
    assert {end for edge in graph["edges"] for end in (edge["from"], edge["to"])} <= known
