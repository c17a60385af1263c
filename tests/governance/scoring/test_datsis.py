import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.scoring.base import (
    GRADES,
    WEIGHTS,
    BestFix,
    Point,
    ProductFacts,
    PropertyScore,
    combine,
    listed,
)
from governance.scoring.datsis import score
from tests.governance.scoring.facts import COMPLETE, CURATED, EMPTY, FILES


def test_a_complete_product_has_100_points_and_nothing_to_fix():
    found = score(COMPLETE)

    assert (found.total, found.grade, found.next_best_fix) == (100, "A", None)
    assert [(one.name, one.score) for one in found.properties] == [(name, 100) for name in WEIGHTS]


def test_an_empty_product_has_no_points():
    found = score(EMPTY)

    assert (found.total, found.grade) == (0, "E")


def test_the_weights_and_the_points_of_each_property_add_up_to_100():
    assert sum(WEIGHTS.values()) == 100
    for one in score(EMPTY).properties:
        assert sum(point.max for point in one.points) == 100
        assert len({point.key for point in one.points}) == len(one.points)


def test_the_next_best_fix_gains_most_on_the_total():
    found = score(replace(COMPLETE, purpose="", quality_passed=0.5, descriptor_kept=False))

    # purpose: 25 of 100 x weight 15; quality: 10 x 25; descriptor: 20 x 10
    assert found.next_best_fix == BestFix(
        name="discoverable",
        point="purpose",
        gain=375,
        property_gain=25,
        fix="Say in at least 40 characters what the product is for.",
        pointer="DataProduct#/description/purpose",
    )
    assert [one.score for one in found.properties] == [75, 100, 90, 100, 80, 100]
    assert found.total == 92  # 91.75


def plain(earned):
    return [
        PropertyScore(
            name=name,
            points=(Point(key="x", max=100, earned=earned, evidence="", fix="Do.", pointer="p"),),
        )
        for name in WEIGHTS
    ]


@pytest.mark.parametrize(
    ("earned", "grade"),
    [(100, "A"), (90, "A"), (89, "B"), (75, "B"), (74, "C"), (60, "C"), (59, "D"), (40, "D"),
     (39, "E"), (0, "E")],
)  # fmt: skip
def test_the_grades(earned, grade):
    assert (combine(plain(earned)).total, combine(plain(earned)).grade) == (earned, grade)
    assert GRADES[-1] == (0, "E")


def test_half_a_point_is_rounded_up():
    properties = plain(0)
    properties[4] = PropertyScore(
        name="interoperable",
        points=(Point(key="x", max=100, earned=5, evidence="", fix="", pointer=""),),
    )

    assert combine(properties).total == 1  # 0.5


def test_a_score_goes_to_json():
    found = score(replace(COMPLETE, version=""))
    told = json.loads(json.dumps(found.to_json()))

    assert (told["total"], told["grade"]) == (98, "A")
    assert [one["property"] for one in told["properties"]] == list(WEIGHTS)
    assert told["properties"][1]["score"] == 85
    assert told["properties"][1]["weight"] == 15
    assert told["properties"][1]["points"][2] == {
        "key": "version",
        "max": 15,
        "earned": 0,
        "evidence": "No version.",
        "fix": "State the version of the product.",
        "pointer": "DataProduct#/version",
    }
    assert told["next_best_fix"]["point"] == "version"


@pytest.mark.parametrize(
    ("names", "words"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c"),
     (("a", "b", "c", "d", "e"), "a, b, c and 2 more"), (("a", "a"), "a")],
)  # fmt: skip
def test_names_are_listed_shortly(names, words):
    assert listed(names) == words


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        field.name: st.just(getattr(EMPTY, field.name))
        for field in fields(ProductFacts)
        if getattr(EMPTY, field.name) != getattr(COMPLETE, field.name)
    },
)


@pytest.mark.slow
@given(changed=CHANGES)
@settings(max_examples=200, deadline=None)
def test_knowing_less_never_earns_more_and_every_gap_has_evidence_and_fix(changed):
    found = score(replace(COMPLETE, **changed))

    assert found == score(replace(COMPLETE, **changed))
    assert 0 <= found.total <= 100
    for field in changed:
        known = {name: value for name, value in changed.items() if name != field}
        assert score(replace(COMPLETE, **known)).total >= found.total
    for one in found.properties:
        for point in one.points:
            assert 0 <= point.earned <= point.max
            assert point.evidence
            assert bool(point.fix) == bool(point.missing)
            assert point.pointer


def test_the_fix_earns_what_it_says():
    before = score(replace(COMPLETE, tags=("delay",)))
    after = score(COMPLETE)

    assert before.next_best_fix is not None
    assert after.properties[0].score - before.properties[0].score == (
        before.next_best_fix.property_gain
    )


def test_two_thousand_columns_are_scored_quickly():
    import time

    wide = replace(CURATED, columns=CURATED.columns * 1_000)
    started = time.process_time()

    assert score(replace(COMPLETE, ports=(wide, FILES))).total == 100
    assert time.process_time() - started < 0.5
