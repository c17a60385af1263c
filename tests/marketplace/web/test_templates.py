import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from marketplace.kernel.web import states
from marketplace.kernel.web.templatetags import emporion

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
MAILS = "emails/"  # a mail program knows no style sheets: mails may carry style=""

# The pages run under script-src 'self' and style-src 'self'; words of people are escaped.
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE),
    "an event handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "htmx's hx-on": re.compile(r"hx-on", re.IGNORECASE),
    "a value that htmx evaluates": re.compile(r"[\"'\s]js:|javascript:", re.IGNORECASE),
    "a trigger filter that htmx evaluates": re.compile(r"hx-trigger=\"[^\"]*\["),
    "the filter safe": re.compile(r"\|\s*safe(seq)?\b"),
    "autoescape off": re.compile(r"autoescape\s+off"),
    "an address of another site": re.compile(r"(?:src|href)=\"(?:https?:)?//(?!{{)"),
}
ICON = re.compile(r"\{%\s*icon\s+[\"']([a-z0-9-]+)[\"']")
INCLUDE = re.compile(r"\{%\s*include\s+\"(components/[^\"]+)\"([^%]*)%\}")
COMMENT = re.compile(r"^(?:\{#.*#\}|\{% comment %\}.*?\{% endcomment %\})", re.DOTALL)


def sprite() -> set[str]:
    text = (ROOT / "static/dist/icons.svg").read_text()
    return set(re.findall(r'<symbol id="([^"]+)"', text))


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_no_template_needs_a_weaker_content_security_policy(path):
    text = COMMENT.sub("", path.read_text())
    rules = {
        what: rule
        for what, rule in FORBIDDEN.items()
        if not (MAILS in str(path) and "style" in what)  # programs that show mails know no sheets
    }

    assert {what: found for what, rule in rules.items() if (found := rule.findall(text))} == {}


@pytest.mark.parametrize(
    ("markup", "what"),
    [
        ('<p style="color: red">', "an inline style"),
        ("<script>alert(1)</script>", "an inline script"),
        ('<a onclick="x()">', "an event handler"),
        ('<b hx-on:click="x">', "htmx's hx-on"),
        ("<b hx-vals='js:{a: 1}'>", "a value that htmx evaluates"),
        ("{{ word|safe }}", "the filter safe"),
        ("{% autoescape off %}", "autoescape off"),
    ],
)
def test_the_rules_see_what_they_forbid(markup, what):
    assert FORBIDDEN[what].search(markup)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_no_comment_of_one_line_runs_over_two(path):
    """Django shows such a comment as text."""
    text = path.read_text()

    assert [line for line in text.splitlines() if line.count("{#") != line.count("#}")] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_components_are_given_what_they_need_by_name(path):
    loose = [name for name, rest in INCLUDE.findall(path.read_text()) if "only" not in rest.split()]

    assert loose == []


COMPONENTS = sorted((ROOT / "templates/components").glob("*.html"))


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_each_component_says_at_its_top_what_it_takes(path):
    assert COMMENT.match(path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_each_icon_named_in_a_template_is_in_the_built_sprite(path):
    missing = set(ICON.findall(path.read_text())) - sprite()

    assert missing == set(), "run `npm run build` in frontend/"


def test_each_icon_chosen_by_python_is_in_the_built_sprite():
    of_states = {look.icon for looks in states.KINDS.values() for look in looks.values()}
    listed = set(json.loads((ROOT / "frontend/icons.json").read_text()))
    chosen = of_states | set(emporion.INTERFACE_ICONS.values()) | {"box", "circle"}

    assert chosen - listed == set()
    assert chosen - sprite() == set()
