"""Governance: the posture, rules in words, verdicts made again."""

import json
from uuid import UUID

import pytest

from governance.models import Policy, PolicyDecision
from marketplace.portal.fact_words import condition_words, facts_said
from tests.rest import api  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
PAGES = ("/governance", "/governance/policies", "/governance/verdicts")


@pytest.fixture
def as_gus(browser):
    return browser("gus")


@pytest.fixture
def base(people) -> Policy:
    """The pack that decides."""
    return Policy.objects.get(key="emporion-base", active=True)


def next_pack(base, **also) -> str:
    rules = [dict(rule) for rule in base.pack["rules"]]
    rules[0]["title"] = "Nobody at all enters what is retired"
    return json.dumps({**base.pack, "rules": rules, **also})


def test_the_posture_counts_what_stands(granted, as_gus):
    context = as_gus.get("/governance").context

    assert context["scores"].scored + context["scores"].unscored == 3
    assert [held.product.key for held in context["personal"]] == ["customer.bookings"]
    assert context["requests"] == {"approved": 1}
    assert context["agreements"] == {"active": 1}
    assert (context["proof"].standing, context["proof"].proven) == (1, 1)
    assert context["verdicts"] == {"allow": 1}
    assert [one.key for one in context["policies"]] == ["emporion-base"]


def test_the_map_names_who_reads_personal_data(platform, ask_full, petra, work, as_gus):
    from subscriptions.actions.requests import approve

    approve(petra, request_id=ask_full().pk)
    work()

    held = as_gus.get("/governance").context["personal"][0]

    assert (held.ports, held.readers, held.unproven) == (("full",), ("growth",), 0)


def test_a_product_without_anybody_is_an_orphan(mesh, as_gus):
    from marketplace.kernel.identity.models import Membership

    Membership.objects.filter(team__slug="customer").delete()

    found = as_gus.get("/governance").context["orphans"]
    assert [product.key for product in found] == ["customer.bookings", "customer.secret-plans"]


@pytest.mark.parametrize("name", ["ana", "olaf", "sid"])
def test_governance_is_for_oversight(mesh, browser, name):
    for page in PAGES:
        assert browser(name).get(page).status_code == 403


@pytest.mark.parametrize("name", ["gus", "dana", "pia"])
def test_oversight_reads_but_only_governance_writes_rules(base, browser, name):
    client = browser(name)
    writes = name == "gus"

    for page in PAGES:
        assert client.get(page).status_code == 200
    assert client.get("/governance/policies/new").status_code == (200 if writes else 403)
    sent = client.post("/governance/policies/new", {"pack": next_pack(base)})
    assert sent.status_code == (302 if writes else 403)
    assert Policy.objects.filter(key="emporion-base").count() == (2 if writes else 1)


def test_rules_are_read_in_words_and_as_json(base, as_gus):
    answer = as_gus.get("/governance/policies/emporion-base")

    rule = next(one for one in answer.context["rules"] if one["id"] == "confidential")
    assert rule["when"] == (
        "the consumer does not belong to the owner team and classification is at least confidential"
    )
    assert rule["sentence"] == "Port [port] holds [classification] data, so its owner decides."
    assert rule["stages"][0]["role"] == "owner of the product"
    assert '"id": "confidential"' in rule["json"]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"fact": "purpose", "op": "empty"}, "no purpose given"),
        (
            {"fact": "purpose", "op": "not_in", "value": {"fact": "allowed_purposes"}},
            "purpose is none of allowed purposes",
        ),
        (
            {"fact": "purpose", "op": "in", "value": ["marketing", "machine_learning"]},
            "purpose is one of Marketing, Train a model",
        ),
        (
            {"not": {"fact": "own_team", "op": "eq", "value": True}},
            "not: the consumer belongs to the owner team",
        ),
        (
            {"any": [{"fact": "port", "op": "eq", "value": "a"}, {"fact": "port", "op": "sings"}]},
            "(port is a or port sings)",
        ),
    ],
)
def test_conditions_are_said_in_words(condition, words):
    assert condition_words(condition) == words


def test_a_new_version_decides_only_when_activated(base, as_gus):
    as_gus.post("/governance/policies/new", {"pack": next_pack(base)})
    assert Policy.objects.get(active=True) == base

    as_gus.post("/governance/policies/emporion-base/2/activate")

    active = Policy.objects.get(key="emporion-base", active=True)
    assert (active.number, active.activated_by) == (2, "gus")
    history = as_gus.get("/governance/policies/emporion-base").context["versions"]
    assert [(one.number, one.active) for one in history] == [(2, True), (1, False)]


def test_only_governance_activates(base, as_gus, browser):
    as_gus.post("/governance/policies/new", {"pack": next_pack(base)})

    answer = browser("dana").post("/governance/policies/emporion-base/2/activate", follow=True)

    assert "You may not do this." in answer.text
    assert Policy.objects.get(active=True) == base


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "This is no JSON"),
        ("[]", "A pack is a JSON object."),
        ('{"key": "x"}', ""),
    ],
)
def test_a_wrong_pack_is_refused_with_its_places(base, as_gus, text, said):
    answer = as_gus.post("/governance/policies/new", {"pack": text})

    assert answer.status_code == 422
    assert said in answer.text
    assert Policy.objects.count() == 1


def test_every_verdict_is_logged_with_its_sentence(platform, ask_full, ask_curated, as_gus):
    ask_full()
    ask_curated()

    rows = as_gus.get("/governance/verdicts").context["rows"]
    reviewed = as_gus.get("/governance/verdicts?outcome=review").context["rows"]

    assert [row.outcome for row in rows] == ["allow", "review"]
    assert [row.facts["port"] for row in reviewed] == ["full"]


def test_a_verdict_is_made_again_from_its_facts(platform, ask_full, as_gus):
    ask_full()
    row = PolicyDecision.objects.get()
    url = f"/governance/verdicts/{row.pk}"

    assert as_gus.get(url).context["same"] is True

    PolicyDecision.objects.filter(pk=row.pk).update(outcome="allow")
    assert as_gus.get(url).context["same"] is False


def test_what_is_not_there_is_not_found(base, as_gus):
    assert as_gus.get("/governance/policies/nothing").status_code == 404
    assert as_gus.get("/governance/policies/emporion-base?version=99").status_code == 404
    assert as_gus.get(f"/governance/verdicts/{UUID(int=7)}").status_code == 404


def test_the_posture_costs_a_fixed_number_of_statements(granted, as_gus, django_assert_num_queries):
    with django_assert_num_queries(14):
        as_gus.get("/governance")


def test_facts_are_said_in_words_and_names_stay_as_they_are():
    facts = {
        "purpose": "machine_learning",
        "consumer_kind": "team",
        "consumer_key": "team",
        "own_team": False,
        "allowed_purposes": ["analytics", "reporting"],
        "new_fact": 3,
    }

    assert facts_said(facts) == [
        ("Purpose", "Train a model"),
        ("Allowed purposes", "Analytics, Reporting"),
        ("Kind of consumer", "a team"),
        ("Consumer", "team"),
        ("Owner team itself", "no"),
        ("New fact", "3"),
    ]


def test_a_verdict_is_read_with_its_facts_and_made_again(granted, api):  # noqa: F811
    listed = api.gus.get("/verdicts?outcome=allow").json["results"]
    row = PolicyDecision.objects.get()

    assert [one["id"] for one in listed] == [str(row.pk)]
    assert api.gus.get("/verdicts?outcome=deny").json["results"] == []
    assert len(api.gus.get(f"/verdicts?subject={row.subject}").json["results"]) == 1
    one = api.gus.get(f"/verdicts/{row.pk}").json
    assert (one["outcome"], one["again"], one["facts"]["product"]) == (
        "allow",
        "allow",
        "flight-operations.flight-delays",
    )
    assert api.gus.get(f"/verdicts/{granted.pk}").code == "not-found"
