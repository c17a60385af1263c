from dataclasses import replace

import pytest

from governance.scoring.trustworthy import score
from tests.governance.scoring.facts import COMPLETE, EMPTY, point


def test_a_complete_product_is_fully_trustworthy():
    assert score(COMPLETE).score == 100


def test_an_empty_product_earns_nothing():
    assert score(EMPTY).score == 0


@pytest.mark.parametrize(
    ("changed", "key", "earned", "evidence"),
    [
        ({"owner_team": ""}, "owner", 0, "No owner team."),
        ({"owner_members": 0}, "owner", 5, "Owned by flight-operations, 0 members."),
        ({"owner_members": None}, "owner", 5,
         "Owned by flight-operations; its members are not known."),
        ({"service_levels": 1}, "service-levels", 8, "1 of 2 service levels promised."),
        ({"service_levels": 0}, "service-levels", 0, "0 of 2 service levels promised."),
        ({"levels_met": 0.95}, "levels-met", 19,
         "The service levels were met on 95.0% of the last 30 days."),
        ({"levels_met": 0.0}, "levels-met", 0,
         "The service levels were met on 0.0% of the last 30 days."),
        ({"levels_met": None}, "levels-met", 0, "Not known."),
        ({"quality_checks": 2}, "quality-checks", 6, "2 quality checks ran in 30 days."),
        ({"quality_checks": 0}, "quality-checks", 0, "0 quality checks ran in 30 days."),
        ({"quality_checks": None}, "quality-checks", 0, "Not known."),
        ({"quality_passed": 0.999}, "quality-passed", 19,
         "99.9% of the quality results of 30 days passed."),
        ({"quality_passed": None}, "quality-passed", 0, "Not known."),
        ({"freshness": "at_risk"}, "freshness", 5, "The freshness is at risk."),
        ({"freshness": "breached"}, "freshness", 0, "The freshness is breached."),
        ({"freshness": "unknown"}, "freshness", 0, "Not known."),
        ({"lineage_inputs": 0}, "lineage", 0, "0 inputs are known."),
        ({"lineage_inputs": None}, "lineage", 0, "Not known."),
        ({"certification": "silver"}, "certification", 4, "The certification is silver."),
        ({"certification": "bronze"}, "certification", 2, "The certification is bronze."),
        ({"certification": ""}, "certification", 0, "The certification is none."),
    ],
)  # fmt: skip
def test_what_is_missing_costs_its_points_and_has_a_fix(changed, key, earned, evidence):
    found = score(replace(COMPLETE, **changed))
    missed = point(found, key)

    assert (missed.earned, missed.evidence) == (earned, evidence)
    assert missed.fix
    assert found.score == 100 - missed.missing


def test_a_source_aligned_product_needs_no_inputs():
    found = score(replace(COMPLETE, type="sourceAligned", lineage_inputs=None))

    assert found.score == 100
    assert point(found, "lineage").evidence == (
        "It is source-aligned: its input is the source itself."
    )


@pytest.mark.parametrize("name", ["levels_met", "quality_passed"])
def test_what_was_never_measured_is_to_be_reported_not_repaired(name):
    key = name.replace("_", "-")

    (point,) = [one for one in score(replace(COMPLETE, **{name: None})).points if one.key == key]

    assert point.fix.startswith("Report what ")
