from dataclasses import replace

import pytest

from governance.scoring.discoverable import score
from tests.governance.scoring.facts import COMPLETE, EMPTY, point, with_port

P = "DataProduct#"


def test_a_complete_product_is_fully_discoverable():
    assert score(COMPLETE).score == 100
    assert {one.fix for one in score(COMPLETE).points} == {""}


def test_an_empty_product_earns_nothing():
    assert score(EMPTY).score == 0


@pytest.mark.parametrize(
    ("changed", "key", "earned", "evidence", "fix", "pointer"),
    [
        ({"name": ""}, "name", 0, "No name.", "Give the product a name people would say.",
         f"{P}/name"),
        ({"purpose": "Delays."}, "purpose", 10, "The purpose has 7 characters.",
         "Say in at least 40 characters what the product is for.", f"{P}/description/purpose"),
        ({"purpose": "x" * 39}, "purpose", 10, "The purpose has 39 characters.",
         "Say in at least 40 characters what the product is for.", f"{P}/description/purpose"),
        ({"purpose": " "}, "purpose", 0, "The purpose has 0 characters.",
         "Say in at least 40 characters what the product is for.", f"{P}/description/purpose"),
        ({"tags": ("delay",)}, "tags", 5, "1 of 3 tags.",
         "Add 2 more of the words people search for.", f"{P}/tags"),
        ({"tags": ("delay", "delay", "late")}, "tags", 10, "2 of 3 tags.",
         "Add 1 more of the words people search for.", f"{P}/tags"),
        ({"type": ""}, "type", 0, "No type.",
         "Say whether it is sourceAligned, aggregate or consumerAligned.", f"{P}/type"),
        ({"type": "odd"}, "type", 0, "The type is odd.",
         "Say whether it is sourceAligned, aggregate or consumerAligned.", f"{P}/type"),
        ({"publication_scope": "domain"}, "published", 10, "The publication scope is domain.",
         "Publish it to the organization, if others may know that it exists.",
         f"{P}/customProperties"),
        ({"publication_scope": "team"}, "published", 0, "The publication scope is team.",
         "Publish it to the organization, if others may know that it exists.",
         f"{P}/customProperties"),
        ({"publication_scope": ""}, "published", 0, "The publication scope is not stated.",
         "Publish it to the organization, if others may know that it exists.",
         f"{P}/customProperties"),
    ],
)  # fmt: skip
def test_what_is_missing_costs_its_points_and_says_the_fix(
    *, changed, key, earned, evidence, fix, pointer
):
    found = score(replace(COMPLETE, **changed))
    missed = point(found, key)

    assert (missed.earned, missed.evidence, missed.fix, missed.pointer) == (
        earned, evidence, fix, pointer,
    )  # fmt: skip
    assert found.score == 100 - missed.missing


def test_a_port_without_description_costs_its_share():
    missed = point(score(with_port(description="")), "ports-described")

    assert (missed.earned, missed.max) == (10, 20)
    assert missed.evidence == "1 of 2 ports are described."
    assert missed.fix == "Describe curated."


def test_without_ports_there_is_nothing_to_describe():
    missed = point(score(replace(COMPLETE, ports=())), "ports-described")

    assert (missed.earned, missed.evidence, missed.fix) == (
        0, "There are no ports.", "Publish ports first.",
    )  # fmt: skip
