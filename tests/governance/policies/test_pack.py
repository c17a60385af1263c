import copy

import pytest

from governance.policies.base import Outcome, PackUsed, Reason, Stage
from governance.policies.pack import (
    BadPack,
    PackProblem,
    builtin_packs,
    evaluate,
    load_pack,
    validate_pack,
)
from tests.governance.policies.facts import facts

RULE = {
    "id": "open",
    "title": "Open",
    "when": {"fact": "own_team", "op": "eq", "value": False},
    "verdict": "allow",
    "sentence": "{port} is open.",
}
REVIEW = RULE | {
    "id": "look",
    "verdict": "review",
    "sentence": "Somebody looks at {purpose}.",
    "stages": [{"role": "governance", "why": "Because of {purpose}."}],
}
DENY = RULE | {"id": "shut", "verdict": "deny", "sentence": "Shut."}


def pack(*rules, **changed):
    return {"key": "own-pack", "version": 3, "title": "Own", "rules": list(rules)} | changed


def ask(*rules, **changed):
    return evaluate(facts(**changed), [load_pack(pack(*rules))])


def test_the_strictest_answer_wins_and_every_reason_is_kept():
    verdict = ask(RULE, REVIEW, DENY)

    assert verdict.outcome is Outcome.DENY
    assert verdict.stages == ()
    assert verdict.packs == (PackUsed(key="own-pack", version=3),)
    assert verdict.reasons == (
        Reason(rule="shut", pack="own-pack", verdict=Outcome.DENY, text="Shut."),
        Reason(
            rule="look",
            pack="own-pack",
            verdict=Outcome.REVIEW,
            text="Somebody looks at analytics.",
        ),
        Reason(rule="open", pack="own-pack", verdict=Outcome.ALLOW, text="curated is open."),
    )


def test_a_review_asks_for_its_stages():
    verdict = ask(RULE, REVIEW)

    assert verdict.outcome is Outcome.REVIEW
    assert verdict.stages == (Stage(role="governance", why="Because of analytics."),)


def test_packs_are_asked_together():
    strict = load_pack(pack(DENY, key="strict", version=1))
    mild = load_pack(pack(RULE, key="mild", version=2))

    for packs in ([strict, mild], [mild, strict]):
        verdict = evaluate(facts(), packs)
        assert verdict.outcome is Outcome.DENY
        assert {(used.key, used.version) for used in verdict.packs} == {("strict", 1), ("mild", 2)}


@pytest.mark.parametrize("packs", [[], [load_pack(pack(RULE | {"when": {"not": RULE["when"]}}))]])
def test_what_no_rule_allows_is_reviewed_by_the_owner(packs):
    verdict = evaluate(facts(), packs)

    assert verdict.outcome is Outcome.REVIEW
    assert [reason.rule for reason in verdict.reasons] == ["no-rule-allows"]
    assert [stage.role for stage in verdict.stages] == ["product_owner"]


def test_a_notice_speaks_but_allows_nothing():
    verdict = ask(RULE | {"id": "word", "notice": True})

    assert verdict.outcome is Outcome.REVIEW
    assert [reason.rule for reason in verdict.reasons] == ["no-rule-allows", "word"]


def test_a_rule_that_cannot_be_judged_asks_for_review():
    shaky = DENY | {
        "when": {"fact": "duration_days", "op": "gt", "value": {"fact": "max_duration_days"}},
        "title": "Not too long",
    }

    verdict = ask(RULE, shaky, max_duration_days=None)

    assert verdict.outcome is Outcome.REVIEW
    assert verdict.reasons[0].text == (
        "The rule 'Not too long' could not be judged, so a person decides."
    )
    assert [stage.role for stage in verdict.stages] == ["governance"]


def test_facts_of_the_wrong_type_never_open_a_port():
    for changed in (
        {"classification": None},
        {"allowed_purposes": None},
        {"duration_days": "long"},
        {"purpose": 7},
    ):
        assert evaluate(facts(**changed), builtin_packs()).outcome is not Outcome.ALLOW


def test_what_a_user_wrote_is_never_read_as_a_template():
    rule = RULE | {"sentence": "For: {purpose_text}"}

    verdict = ask(rule, purpose_text="{owner_team} {__class__}\u202e\n" + "x" * 300)

    assert verdict.reasons[0].text.startswith("For: {owner_team} {__class__} xxx")
    assert len(verdict.reasons[0].text) == len("For: ") + 200


def test_a_verdict_goes_to_json():
    assert ask(REVIEW).to_json() == {
        "outcome": "review",
        "reasons": [
            {
                "rule": "look",
                "pack": "own-pack",
                "verdict": "review",
                "text": "Somebody looks at analytics.",
            }
        ],
        "stages": [{"role": "governance", "why": "Because of analytics."}],
        "packs": [{"key": "own-pack", "version": 3}],
    }


WRONG = [
    ([], "", "wrong-type"),
    (pack(RULE, extra=1), "/extra", "unknown-key"),
    (pack(RULE, key="Own Pack"), "/key", "bad-form"),
    (pack(RULE, version="1"), "/version", "wrong-type"),
    (pack(RULE, version=0), "/version", "wrong-type"),
    (pack(RULE, version=True), "/version", "wrong-type"),
    (pack(RULE, title=""), "/title", "wrong-type"),
    (pack(RULE, description=7), "/description", "wrong-type"),
    (pack(), "/rules", "wrong-type"),
    (pack("no rule"), "/rules/0", "wrong-type"),
    (pack(RULE, RULE), "/rules/1/id", "duplicate"),
    (pack(RULE | {"id": "a b"}), "/rules/0/id", "bad-form"),
    (pack(RULE | {"title": None}), "/rules/0/title", "wrong-type"),
    (pack(RULE | {"weight": 1}), "/rules/0/weight", "unknown-key"),
    (pack(RULE | {"verdict": "maybe"}), "/rules/0/verdict", "not-allowed"),
    (pack(RULE | {"verdict": ["allow"]}), "/rules/0/verdict", "not-allowed"),
    (pack(RULE | {"notice": "yes"}), "/rules/0/notice", "not-allowed"),
    (pack(DENY | {"notice": True}), "/rules/0/notice", "not-allowed"),
    (pack(REVIEW | {"stages": []}), "/rules/0/stages", "not-allowed"),
    (pack(RULE | {"stages": REVIEW["stages"]}), "/rules/0/stages", "not-allowed"),
    (pack(REVIEW | {"stages": {}}), "/rules/0/stages", "wrong-type"),
    (pack(REVIEW | {"stages": ["x"]}), "/rules/0/stages/0", "wrong-type"),
    (
        pack(REVIEW | {"stages": [{"role": "boss", "why": "x"}]}),
        "/rules/0/stages/0/role",
        "not-allowed",
    ),
    (
        pack(REVIEW | {"stages": [{"role": ["x"], "why": "x"}]}),
        "/rules/0/stages/0/role",
        "not-allowed",
    ),
    (pack(REVIEW | {"stages": [{"role": "governance"}]}), "/rules/0/stages/0/why", "wrong-type"),
    (pack(RULE | {"sentence": "{nobody} knows"}), "/rules/0/sentence", "unknown-fact"),
    (pack(RULE | {"sentence": "{port.__class__}"}), "/rules/0/sentence", "bad-form"),
    (pack(RULE | {"sentence": "{port!r}"}), "/rules/0/sentence", "bad-form"),
    (pack(RULE | {"sentence": "x" * 501}), "/rules/0/sentence", "wrong-type"),
    (pack(RULE | {"when": None}), "/rules/0/when", "wrong-type"),
    (pack(RULE | {"when": {"all": []}}), "/rules/0/when/all", "wrong-type"),
    (pack(RULE | {"when": {"any": "x"}}), "/rules/0/when/any", "wrong-type"),
    (pack(RULE | {"when": {"not": []}}), "/rules/0/when/not", "wrong-type"),
    (pack(RULE | {"when": {}}), "/rules/0/when/fact", "unknown-fact"),
]
CONDITIONS = [
    ({"fact": "colour", "op": "eq", "value": "red"}, "fact", "unknown-fact"),
    ({"fact": ["purpose"], "op": "empty"}, "fact", "unknown-fact"),
    ({"fact": "purpose", "op": "like", "value": "a"}, "op", "unknown-op"),
    ({"fact": "purpose", "op": ["eq"], "value": "a"}, "op", "unknown-op"),
    ({"fact": "purpose", "op": "at_least", "value": "public"}, "op", "unknown-op"),
    ({"fact": "own_team", "op": "gt", "value": True}, "op", "unknown-op"),
    ({"fact": "allowed_purposes", "op": "eq", "value": []}, "op", "unknown-op"),
    ({"fact": "purpose", "op": "eq"}, "value", "missing"),
    ({"fact": "purpose", "op": "empty", "value": 1}, "value", "not-allowed"),
    ({"fact": "purpose", "op": "eq", "value": 1}, "value", "wrong-type"),
    ({"fact": "purpose", "op": "in", "value": "abc"}, "value", "wrong-type"),
    ({"fact": "purpose", "op": "in", "value": []}, "value", "wrong-type"),
    ({"fact": "purpose", "op": "in", "value": [1]}, "value", "wrong-type"),
    ({"fact": "purpose", "op": "in", "value": {"fact": "owner_team"}}, "value", "wrong-type"),
    ({"fact": "purpose", "op": "eq", "value": {"fact": "nobody"}}, "value", "wrong-type"),
    ({"fact": "purpose", "op": "eq", "value": {"fact": "port", "x": 1}}, "value", "wrong-type"),
    ({"fact": "own_team", "op": "eq", "value": "true"}, "value", "wrong-type"),
    ({"fact": "own_team", "op": "eq", "value": 1}, "value", "wrong-type"),
    ({"fact": "duration_days", "op": "gt", "value": "9"}, "value", "wrong-type"),
    ({"fact": "duration_days", "op": "gt", "value": True}, "value", "wrong-type"),
    ({"fact": "classification", "op": "at_least", "value": "secret"}, "value", "wrong-type"),
    ({"fact": "classification", "op": "at_least", "value": ["public"]}, "value", "wrong-type"),
    ({"fact": "purpose", "op": "empty", "then": 1}, "then", "unknown-key"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "pointer", "code"), WRONG)
def test_a_wrong_pack_is_refused_with_its_place(data, pointer, code):
    assert (pointer, code) in [(p.pointer, p.code) for p in validate_pack(data)]
    with pytest.raises(BadPack):
        load_pack(data)


@pytest.mark.parametrize(("when", "key", "code"), CONDITIONS)
def test_a_condition_that_can_never_work_is_refused(when, key, code):
    problems = validate_pack(pack(RULE | {"when": {"all": [when]}}))

    assert [(p.pointer, p.code) for p in problems] == [(f"/rules/0/when/all/0/{key}", code)]


def test_conditions_do_not_nest_without_end():
    when = RULE["when"]
    for _ in range(11):
        when = {"not": when}

    assert [p.code for p in validate_pack(pack(RULE | {"when": when}))] == ["too-deep"]


def test_all_problems_are_told_at_once():
    with pytest.raises(BadPack) as refusal:
        load_pack(pack(RULE | {"verdict": "no", "title": ""}, key=""))

    assert refusal.value.problems == (
        PackProblem("/key", "bad-form", "This is lower-case letters and digits joined by hyphens."),
        PackProblem("/rules/0/title", "wrong-type", "This is a text of 1 to 500 characters."),
        PackProblem("/rules/0/verdict", "not-allowed", "A verdict is one of allow, review, deny."),
    )


def test_loading_changes_nothing_in_the_data():
    data = pack(RULE, REVIEW, DENY)
    before = copy.deepcopy(data)

    assert load_pack(data).data == before
    assert data == before
