import json

import pytest

from governance.policies.base import AccessFacts, BadFacts, Outcome
from tests.governance.policies.facts import facts


def test_facts_go_to_json_and_back():
    asked = facts(personal_columns=("email",), duration_days=None)

    assert AccessFacts.from_json(json.loads(json.dumps(asked.to_json()))) == asked


def test_an_old_decision_without_a_newer_fact_is_still_read():
    stored = facts().to_json()
    del stored["cross_border"]

    assert AccessFacts.from_json(stored) == facts()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"colour": "red"}, "Unknown facts: colour."),
        ({"purpose": None}, "The fact purpose cannot be None."),
        ({"own_team": "no"}, "The fact own_team cannot be 'no'."),
        ({"own_team": 0}, "The fact own_team cannot be 0."),
        ({"duration_days": "90"}, "The fact duration_days cannot be '90'."),
        ({"duration_days": True}, "The fact duration_days cannot be True."),
        ({"allowed_purposes": "analytics"}, "The fact allowed_purposes cannot be 'analytics'."),
        ({"allowed_purposes": [1]}, "The fact allowed_purposes cannot be [1]."),
    ],
)
def test_wrong_stored_facts_are_refused(change, sentence):
    with pytest.raises(BadFacts) as refusal:
        AccessFacts.from_json(facts().to_json() | change)

    assert str(refusal.value) == sentence


def test_a_missing_fact_is_refused():
    stored = facts().to_json()
    del stored["classification"]

    with pytest.raises(BadFacts, match=r"^The fact classification is missing\.$"):
        AccessFacts.from_json(stored)


def test_deny_is_stricter_than_review_is_stricter_than_allow():
    assert sorted(Outcome, key=lambda outcome: outcome.strictness) == ["allow", "review", "deny"]
