import pytest

from governance.policies.base import KINDS
from governance.policies.rules import (
    BY_KIND,
    OPERATORS,
    RANKED,
    All,
    AnyOf,
    CannotEvaluate,
    Check,
    Not,
    Other,
    class_rank,
    fill,
)
from tests.governance.policies.facts import facts


@pytest.mark.parametrize(
    ("fact", "op", "value", "holds"),
    [
        ("purpose", "eq", "analytics", True),
        ("purpose", "ne", "analytics", False),
        ("purpose", "in", ("analytics", "research"), True),
        ("purpose", "not_in", ("analytics",), False),
        ("purpose", "in", Other("allowed_purposes"), True),
        ("purpose", "empty", None, False),
        ("consumer_domain", "empty", None, True),
        ("purpose", "not_empty", None, True),
        ("classification", "at_least", "internal", True),
        ("classification", "at_least", "confidential", False),
        ("classification", "at_most", "public", False),
        ("own_team", "eq", False, True),
        ("duration_days", "gt", 90, False),
        ("duration_days", "gte", 90, True),
        ("duration_days", "lt", Other("max_duration_days"), True),
        ("duration_days", "lte", 89, False),
        ("duration_days", "not_empty", None, True),
        ("allowed_purposes", "contains", "reporting", True),
        ("allowed_purposes", "contains", Other("purpose"), True),
        ("allowed_purposes", "intersects", ("marketing", "reporting"), True),
        ("allowed_purposes", "intersects", Other("requester_teams"), False),
        ("personal_columns", "empty", None, True),
    ],
)
def test_one_fact_against_one_value(fact, op, value, holds):
    assert Check(fact, op, value).holds(facts()) is holds


def test_conditions_combine():
    yes, no = Check("own_team", "eq", value=False), Check("own_team", "eq", value=True)

    assert All((yes, yes)).holds(facts())
    assert not All((yes, no)).holds(facts())
    assert AnyOf((no, yes)).holds(facts())
    assert not AnyOf((no, no)).holds(facts())
    assert Not(no).holds(facts())


def test_no_limit_cannot_be_compared_but_can_be_asked_for():
    endless = facts(max_duration_days=None)

    assert Check("max_duration_days", "empty").holds(endless)
    with pytest.raises(CannotEvaluate):
        Check("max_duration_days", "gt", 1).holds(endless)


def test_a_class_nobody_knows_ranks_as_restricted():
    assert [class_rank(word) for word in ("public", "Internal ", "confidential", "secret")] == [
        0, 1, 2, 3,
    ]  # fmt: skip


def test_every_kind_of_fact_has_operators_and_every_operator_works():
    assert set(KINDS.values()) == set(BY_KIND)
    assert set().union(*BY_KIND.values()) | RANKED == set(OPERATORS)


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{own_team} {personal_data}", "no no"),
        ("{duration_days} of {max_duration_days}", "90 of 365"),
        ("{allowed_purposes}", "analytics, reporting and machine learning"),
        ("{personal_columns}", "nothing"),
        ("{requester_teams}", "growth"),
    ],
)
def test_facts_are_put_into_words(template, sentence):
    assert fill(template, facts()) == sentence


def test_no_limit_is_said_so():
    assert fill("{max_duration_days}", facts(max_duration_days=None)) == "no limit"
