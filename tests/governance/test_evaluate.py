"""Verdicts: by the packs in force, kept with all they were made from, and made again."""

import pytest

from governance.actions.packs import activate_policy, put_policy
from governance.evaluate import active_packs, decide, judge, judge_again
from governance.models import Policy, PolicyDecision
from governance.policies.base import Outcome
from governance.queries import outsider

DENY_ALL = {
    "key": "emporion-base",
    "title": "Nobody",
    "rules": [
        {
            "id": "nobody",
            "title": "Nobody",
            "when": {"fact": "personal_data", "op": "eq", "value": False},
            "verdict": "deny",
            "sentence": "Nobody reads {product}.",
        }
    ],
}


@pytest.fixture
def plain(curated):
    """A plain request of an outside team for Flight delays, curated."""
    return outsider(curated, curated.product)


def test_the_shipped_pack_is_in_force(db):
    assert [pack.key for pack in active_packs()] == ["emporion-base"]
    assert Policy.objects.get(active=True).activated_by == "system"


def test_a_plain_request_is_allowed_and_personal_data_is_reviewed(plain, full):
    assert judge(plain).outcome is Outcome.ALLOW

    verdict = judge(outsider(full, full.product))

    assert verdict.outcome is Outcome.REVIEW
    assert verdict.stages[0].role == "product_owner"


def test_a_decision_is_kept_with_its_facts_and_can_be_made_again(plain):
    kept = decide(plain, "request/7")

    row = PolicyDecision.objects.get()
    assert (row.pk, row.subject, row.outcome) == (kept.pk, "request/7", "allow")
    assert row.facts == plain.to_json()
    assert row.packs == [{"key": "emporion-base", "version": 1}]
    assert judge_again(row).to_json() == judge(plain).to_json()


def test_another_version_decides_at_once_and_old_decisions_stay_what_they_were(plain, gus):
    before = decide(plain, "request/1")

    number = put_policy(gus, pack=DENY_ALL).number
    assert judge(plain).outcome is Outcome.ALLOW  # kept, not in force
    activate_policy(gus, key="emporion-base", number=number)

    verdict = judge(plain)
    assert verdict.outcome is Outcome.DENY
    assert verdict.reasons[0].text == "Nobody reads flight-operations.flight-delays."
    assert judge_again(before).outcome is Outcome.ALLOW
    activate_policy(gus, key="emporion-base", number=1)
    assert judge(plain).outcome is Outcome.ALLOW


def test_without_any_policy_nothing_is_allowed_by_itself(plain):
    Policy.objects.update(active=False)

    verdict = judge(plain)

    assert verdict.outcome is Outcome.REVIEW
    assert [reason.rule for reason in verdict.reasons] == ["no-rule-allows"]


def test_a_verdict_costs_one_statement(plain, django_assert_num_queries):
    judge(plain)

    with django_assert_num_queries(1):
        judge(plain)
    with django_assert_num_queries(2):
        decide(plain, "request/2")
