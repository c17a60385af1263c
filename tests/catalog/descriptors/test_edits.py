"""Single values are changed in a text; everything else of it stays as it was."""

from pathlib import Path

import pytest

from catalog.descriptors import safe_yaml
from catalog.descriptors.edits import CannotEdit, set_values

TEXT = """\
# How late flights are.
apiVersion: v1.1.0
kind: DataProduct
id: flight-operations.flight-delays
name: Flight delays  # as people say it
tags:
  - delay
  - late  # the word of the crews
unknown:
  kept: [1, 2]

description:
  purpose: >-
    How late every flight
    left and arrived.

  # limits are told to everybody
  limitations: One airport only.

customProperties:
  # what one row is
  - property: rowMeaning
    value: One flight.
  - property: goodFor
    value:
      - reports
      - punctuality  # since 2013
"""
MESH = sorted((Path(__file__).parents[3] / "demo/mesh").rglob("product.yaml"))


def lines_changed(new: str) -> tuple[list[str], list[str]]:
    old = TEXT.split("\n")
    now = new.split("\n")
    return [one for one in old if one not in now], [one for one in now if one not in old]


def test_a_name_changes_one_line_and_keeps_its_comment():
    new = set_values(TEXT, {("name",): "Delays of flights"})

    assert lines_changed(new) == (
        ["name: Flight delays  # as people say it"],
        ["name: Delays of flights  # as people say it"],
    )


def test_a_folded_text_gives_way_and_the_comment_after_it_stays():
    new = set_values(TEXT, {("description", "purpose"): "Minutes late."})

    assert "  purpose: Minutes late.\n\n  # limits are told to everybody\n" in new
    assert safe_yaml.load(new)[0].data["description"] == {
        "purpose": "Minutes late.",
        "limitations": "One airport only.",
    }


def test_items_are_added_and_removed_beside_the_comments_of_others():
    new = set_values(TEXT, {("tags",): ["late", "weather"]})

    assert "tags:\n  - late  # the word of the crews\n  - weather\n" in new
    assert "- delay" not in new


def test_a_custom_property_is_changed_added_and_taken_away():
    new = set_values(
        TEXT,
        {
            ("customProperties", "rowMeaning"): "One departure.",
            ("customProperties", "goodFor"): ["punctuality"],
            ("customProperties", "notFor"): ["billing"],
        },
    )

    assert "  # what one row is\n  - property: rowMeaning\n    value: One departure.\n" in new
    assert "      - punctuality  # since 2013\n" in new
    assert new.endswith("  - property: notFor\n    value:\n      - billing\n") or (
        "- property: notFor" in new
    )
    gone = set_values(new, {("customProperties", "rowMeaning"): ""})
    properties = safe_yaml.load(gone)[0].data["customProperties"]
    assert [one["property"] for one in properties] == ["goodFor", "notFor"]


def test_what_is_absent_is_added_with_the_keys_that_lead_to_it():
    text = "kind: DataProduct\nid: a.b\n# the end\n"

    new = set_values(text, {("description", "usage"): "Read it: daily.", ("tags",): ["one"]})

    assert safe_yaml.load(new)[0].data == {
        "kind": "DataProduct",
        "id": "a.b",
        "description": {"usage": "Read it: daily."},
        "tags": ["one"],
    }
    assert "# the end" in new


def test_an_empty_value_takes_the_key_away():
    new = set_values(TEXT, {("description", "limitations"): "", ("tags",): []})

    data = safe_yaml.load(new)[0].data
    assert "tags" not in data
    assert list(data["description"]) == ["purpose"]


def test_the_same_values_change_nothing():
    same = {("name",): "Flight delays", ("tags",): ["delay", "late"], ("version",): ""}

    assert set_values(TEXT, same) == TEXT


def test_words_that_yaml_would_take_for_something_else_stay_words():
    for words in ("no", "1.0", "a: b", "# hash", "- dash", "two\nlines", "'quoted'", "{x}"):
        new = set_values(TEXT, {("name",): words})
        assert safe_yaml.load(new)[0].data["name"] == words


def test_what_is_written_in_one_line_is_left_to_its_writer():
    text = "id: a.b\ndescription: {purpose: Late.}\n"

    with pytest.raises(CannotEdit):
        set_values(text, {("description", "purpose"): "Early."})


@pytest.mark.parametrize("path", MESH, ids=lambda path: path.parent.name)
def test_every_descriptor_of_the_demo_can_be_changed(path):
    text = path.read_text(encoding="utf-8")
    data = safe_yaml.load(text)[0].data
    wanted = {
        ("name",): "Another name",
        ("description", "purpose"): "Another purpose, long enough to be more than a few words.",
        ("description", "usage"): "",
        ("tags",): [*data.get("tags", []), "another"],
        ("customProperties", "rowMeaning"): "One of another.",
        ("customProperties", "goodFor"): ["another"],
    }

    new = set_values(text, wanted)

    after = safe_yaml.load(new)[0].data
    assert after["outputPorts"] == data["outputPorts"]
    assert after["name"] == "Another name"
    assert after["tags"][-1] == "another"
