from dataclasses import replace

import pytest

from governance.scoring.self_describing import score
from tests.governance.scoring.facts import COMPLETE, EMPTY, point, with_column, with_port


def test_a_complete_product_describes_itself_fully():
    assert score(COMPLETE).score == 100


def test_an_empty_product_earns_nothing():
    assert score(EMPTY).score == 0


@pytest.mark.parametrize(
    ("changed", "key", "earned", "evidence"),
    [
        ({"row_meaning": ""}, "row-meaning", 0, "It is not said what one row means."),
        ({"usage": ""}, "usage", 5, "Stated: limitations."),
        ({"usage": "", "limitations": " "}, "usage", 0, "Neither usage nor limitations."),
        ({"not_for": ()}, "good-and-not-for", 5, "Stated: good for."),
        ({"documentation_url": ""}, "documentation", 0, "No documentation link."),
        ({"documentation_broken": True}, "documentation", 0,
         "The documentation link is broken: https://example.org/flights"),
        ({"saved_queries": 0}, "examples", 5, "Stated: a sample or profile."),
    ],
)  # fmt: skip
def test_what_is_missing_costs_its_points_and_has_a_fix(changed, key, earned, evidence):
    found = score(replace(COMPLETE, **changed))
    missed = point(found, key)

    assert (missed.earned, missed.evidence) == (earned, evidence)
    assert missed.fix
    assert found.score == 100 - missed.missing


def test_a_link_that_nobody_checked_counts():
    assert score(replace(COMPLETE, documentation_broken=None)).score == 100


def test_a_port_without_a_contract_costs_its_share():
    missed = point(score(with_port(has_contract=False)), "contract")

    assert (missed.earned, missed.fix) == (12, "Write a contract for curated.")


@pytest.mark.parametrize(
    ("description", "earned"), [("", 15), ("Short one", 15), ("Long enough", 30)]
)
def test_a_column_counts_as_described_from_ten_characters(description, earned):
    assert point(score(with_column(description=description)), "columns-described").earned == earned


def test_the_fix_names_the_columns():
    missed = point(score(with_column(description="")), "columns-described")

    assert missed.evidence == "1 of 2 columns are described."
    assert missed.fix == "Describe flight_id."
    assert missed.pointer == "DataContract#/schema/0/properties"


def test_a_product_without_a_sample_misses_half_of_the_examples():
    ports = tuple(replace(port, sampled=None) for port in COMPLETE.ports)

    assert point(score(replace(COMPLETE, ports=ports)), "examples").earned == 5
