"""The base pack, case by case, and what holds for any request."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.policies.base import CLASSIFICATIONS, PURPOSES, AccessFacts, Stage
from governance.policies.pack import builtin_packs, evaluate
from tests.governance.policies.facts import facts

PACKS = builtin_packs()
EMAIL = {"personal_data": True, "personal_columns": ("email",)}
OWNER = {"own_team": True, "same_domain": True, "consumer_key": "flight-operations"}


def verdict(**changed):
    return evaluate(facts(**changed), PACKS)


def test_the_base_pack_is_version_1():
    assert [(pack.key, pack.version, len(pack.rules)) for pack in PACKS] == [
        ("emporion-base", 1, 17)
    ]


@pytest.mark.parametrize(
    ("changed", "outcome", "rules", "roles"),
    [
        ({}, "allow", ["open-data"], []),
        ({"classification": "public"}, "allow", ["open-data"], []),
        ({"purpose": "reporting"}, "allow", ["open-data"], []),
        ({"duration_days": 365}, "allow", ["open-data"], []),
        ({"max_duration_days": None}, "allow", ["open-data"], []),
        ({"max_duration_days": None, "duration_days": None}, "allow", ["open-data"], []),
        ({"publication_scope": ""}, "allow", ["open-data"], []),
        ({"publication_scope": "external"}, "allow", ["open-data"], []),
        ({"publication_scope": "domain", "same_domain": True}, "allow", ["open-data"], []),
        ({"port_status": "deprecated"}, "allow", ["deprecated", "open-data"], []),
        ({"product_status": "deprecated"}, "allow", ["deprecated", "open-data"], []),
        (OWNER, "allow", ["own-team"], []),
        ({**OWNER, "classification": "restricted", **EMAIL}, "allow", ["own-team"], []),
        ({**OWNER, "purpose": "operations"}, "allow", ["own-team"], []),
        ({**OWNER, "allowed_purposes": ()}, "allow", ["own-team"], []),
        ({**OWNER, "product_status": "draft"}, "allow", ["own-team"], []),
        ({**OWNER, "publication_scope": "team"}, "allow", ["own-team"], []),
        ({"classification": "confidential"}, "review", ["confidential"], ["product_owner"]),
        ({"classification": "restricted"}, "review", ["confidential"], ["product_owner"]),
        ({"classification": "secret"}, "review", ["confidential"], ["product_owner"]),
        ({"allowed_purposes": ()}, "review", ["purposes-not-listed"], ["product_owner"]),
        (EMAIL, "review", ["personal-data"], ["product_owner"]),
        ({**EMAIL, "classification": "confidential"}, "review",
         ["confidential", "personal-data"], ["product_owner"]),
        ({**EMAIL, "classification": "restricted"}, "review",
         ["confidential", "personal-data", "personal-data-restricted"],
         ["product_owner", "privacy_officer"]),
        ({**EMAIL, "purpose": "machine_learning"}, "review",
         ["personal-data", "personal-data-outside-domain"], ["product_owner", "privacy_officer"]),
        ({**EMAIL, "purpose": "machine_learning", "same_domain": True}, "review",
         ["personal-data"], ["product_owner"]),
        ({**EMAIL, "purpose": "marketing", "allowed_purposes": ("marketing",)}, "review",
         ["personal-data", "personal-data-outside-domain"], ["product_owner", "privacy_officer"]),
        ({**EMAIL, "cross_border": True}, "review",
         ["personal-data", "personal-data-cross-border"], ["product_owner", "privacy_officer"]),
        ({**OWNER, **EMAIL, "cross_border": True}, "review",
         ["personal-data-cross-border", "own-team"], ["privacy_officer"]),
        ({"purpose": ""}, "deny", ["purpose-missing"], []),
        ({**OWNER, "purpose": ""}, "deny", ["purpose-missing", "own-team"], []),
        ({"purpose": "curiosity"}, "deny", ["purpose-unknown", "purpose-not-allowed"], []),
        ({"purpose": "marketing"}, "deny", ["purpose-not-allowed"], []),
        ({"duration_days": 366}, "deny", ["duration-too-long", "open-data"], []),
        ({"duration_days": None}, "deny", ["duration-without-end", "open-data"], []),
        ({"port_status": "retired"}, "deny", ["retired", "open-data"], []),
        ({**OWNER, "product_status": "retired"}, "deny", ["retired", "own-team"], []),
        ({"product_status": "draft"}, "deny", ["not-published", "open-data"], []),
        ({"publication_scope": "team"}, "deny", ["not-published", "open-data"], []),
        ({"publication_scope": "domain"}, "deny", ["published-in-domain", "open-data"], []),
    ],
)  # fmt: skip
def test_a_request_gets_this_verdict(changed, outcome, rules, roles):
    given_verdict = verdict(**changed)

    assert given_verdict.outcome == outcome
    assert [reason.rule for reason in given_verdict.reasons] == rules
    assert [stage.role for stage in given_verdict.stages] == roles


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, ("Port curated holds internal data without personal data, and analytics is an allowed "
             "purpose.")),
        ({"purpose": ""}, "No purpose was given; every access needs one."),
        ({"purpose": "marketing"},
         ("The contract allows use for analytics, reporting and machine learning, not for "
         "marketing.")),
        ({"duration_days": 400}, "400 days were asked for; the contract allows at most 365."),
        ({"duration_days": None}, "An end is needed: the contract allows at most 365 days."),
        ({"port_status": "retired"},
         "Port curated of flight-operations.flight-delays is retired; nobody is let in any more."),
        ({"personal_data": True, "personal_columns": ("email", "phone")},
         "Port curated holds personal data (email and phone), so its owner decides."),
        (OWNER, ("flight-operations belongs to flight-operations, which owns "
                "flight-operations.flight-delays.")),
    ],
)  # fmt: skip
def test_the_verdict_explains_itself(changed, sentence):
    assert verdict(**changed).reasons[0].text == sentence


def test_a_stage_says_why_once_for_each_reason():
    assert verdict(**EMAIL, classification="restricted").stages == (
        Stage(role="product_owner", why="The data is restricted. Personal data: email."),
        Stage(role="privacy_officer", why="Restricted personal data: email."),
    )


FACTS = st.builds(
    AccessFacts,
    product=st.just("customer.bookings"),
    port=st.just("full"),
    product_domain=st.just("customer"),
    owner_team=st.just("customer"),
    classification=st.sampled_from(CLASSIFICATIONS),
    personal_data=st.booleans(),
    purpose=st.sampled_from(["", "curiosity", *PURPOSES]),
    consumer_kind=st.just("team"),
    consumer_key=st.just("growth"),
    requester=st.just("ana"),
    same_domain=st.booleans(),
    own_team=st.booleans(),
    duration_days=st.one_of(st.none(), st.integers(1, 800)),
    product_status=st.sampled_from(["draft", "active", "deprecated", "retired"]),
    port_status=st.sampled_from(["active", "deprecated", "retired"]),
    publication_scope=st.sampled_from(["", "none", "team", "domain", "organization", "external"]),
    personal_columns=st.sampled_from([(), ("email",)]),
    purpose_text=st.text(max_size=20),
    allowed_purposes=st.lists(st.sampled_from(PURPOSES), unique=True, max_size=3).map(tuple),
    consumer_domain=st.just(""),
    requester_teams=st.just(("growth",)),
    max_duration_days=st.one_of(st.none(), st.integers(1, 800)),
    cross_border=st.booleans(),
)
SETTINGS = settings(max_examples=300, deadline=None)


@pytest.mark.slow
@given(asked=FACTS)
@SETTINGS
def test_the_same_request_always_gets_the_same_verdict(asked):
    assert evaluate(asked, PACKS) == evaluate(replace(asked), PACKS)


@pytest.mark.slow
@given(asked=FACTS)
@SETTINGS
def test_a_decision_can_be_reproduced_from_what_was_stored(asked):
    stored = asked.to_json()

    assert evaluate(AccessFacts.from_json(stored), PACKS) == evaluate(asked, PACKS)


@pytest.mark.slow
@given(asked=FACTS)
@SETTINGS
def test_a_review_has_stages_and_nothing_else_has(asked):
    given_verdict = evaluate(asked, PACKS)

    assert bool(given_verdict.stages) == (given_verdict.outcome == "review")
    assert given_verdict.reasons
    assert given_verdict.reasons[0].verdict == given_verdict.outcome


@pytest.mark.slow
@given(asked=FACTS, other=st.sampled_from(CLASSIFICATIONS))
@SETTINGS
def test_a_stricter_class_never_gets_a_milder_verdict(asked, other):
    milder, stricter = sorted((asked.classification, other), key=CLASSIFICATIONS.index)
    before = evaluate(replace(asked, classification=milder), PACKS)
    after = evaluate(replace(asked, classification=stricter), PACKS)

    assert after.outcome.strictness >= before.outcome.strictness
    if before.outcome == after.outcome:
        assert {s.role for s in after.stages} >= {s.role for s in before.stages}


@pytest.mark.slow
@given(asked=FACTS)
@SETTINGS
def test_personal_data_never_gets_a_milder_verdict(asked):
    without = evaluate(replace(asked, personal_data=False), PACKS)
    with_it = evaluate(replace(asked, personal_data=True), PACKS)

    assert with_it.outcome.strictness >= without.outcome.strictness


@pytest.mark.slow
@given(asked=FACTS, more=st.integers(0, 400))
@SETTINGS
def test_a_longer_access_never_gets_a_milder_verdict(asked, more):
    shorter = replace(asked, duration_days=asked.duration_days or 1)
    longer = replace(shorter, duration_days=shorter.duration_days + more)
    endless = replace(asked, duration_days=None)

    strictness = [evaluate(one, PACKS).outcome.strictness for one in (shorter, longer, endless)]

    assert strictness == sorted(strictness)
