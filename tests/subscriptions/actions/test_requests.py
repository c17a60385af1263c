"""Asking for access, and deciding on it."""

from dataclasses import replace

import pytest

from catalog.actions.products import deprecate, retire
from marketplace.kernel.actions import dry_run
from marketplace.kernel.actors import MEMBER, OWNER
from marketplace.kernel.errors import (
    Duplicate,
    ImpossibleMove,
    Invalid,
    NotAllowed,
    NotFound,
    Stale,
)
from marketplace.kernel.events.models import Event
from subscriptions.actions import requests
from subscriptions.actions.requests import DeniedByPolicy, NotOffered, NotProvisioned
from subscriptions.models import AccessAgreement, AccessRequest
from subscriptions.states import RequestState

pytestmark = pytest.mark.django_db


def events():
    return list(Event.objects.filter(name__startswith="access.").values_list("name", flat=True))


def test_internal_data_is_approved_by_policy_at_once(mesh, ask_curated):
    asked = ask_curated()

    assert asked.state == RequestState.APPROVED
    assert (asked.decided_by, asked.decided_by_kind) == ("policy", "policy")
    assert asked.decision.outcome == "allow"
    agreement = AccessAgreement.objects.get(request=asked)
    assert agreement.state == "pending"
    assert (agreement.end_at - agreement.start_at).days == 90
    assert events() == ["access.request.submitted", "access.request.approved"]


def test_personal_data_waits_for_its_owner(mesh, ask_full):
    asked = ask_full()

    assert asked.state == RequestState.IN_REVIEW
    assert asked.stages.first().role == "product_owner"
    assert asked.snapshot["columns"] == ["booking_id", "email", "fare"]
    assert asked.snapshot["personal_columns"] == ["email"]
    assert not AccessAgreement.objects.exists()


def test_the_verdict_is_kept_with_its_inputs(mesh, ask_full):
    asked = ask_full()

    facts = asked.decision.facts
    assert facts["personal_columns"] == ["email"]
    assert facts["consumer_key"] == "growth"
    assert asked.decision.packs == [{"key": "emporion-base", "version": 1}]


def test_a_purpose_that_the_contract_does_not_list_is_denied_and_nothing_is_written(
    mesh, ask_curated
):
    with pytest.raises(DeniedByPolicy) as refused:
        ask_curated(purpose="marketing")

    assert refused.value.facts["verdict"]["outcome"] == "deny"
    assert not AccessRequest.objects.exists()
    assert events() == ["access.denied"]


def test_a_dry_run_tells_the_outcome_and_writes_nothing(mesh, ana):
    ask = requests.Ask(
        product="flight-operations.flight-delays",
        port="curated",
        consumer_kind="team",
        consumer_key="growth",
        purpose="analytics",
        duration_days=30,
    )

    would = dry_run(requests.request_access, ana, ask=ask)

    assert would.state == RequestState.APPROVED
    assert not AccessRequest.objects.exists()
    assert events() == []


@pytest.mark.parametrize(
    ("wanted", "pointer", "code"),
    [
        ({"purpose": "fun"}, "/purpose", "unknown-purpose"),
        ({"consumer_key": "nobody"}, "/consumer/id", "unknown-consumer"),
        ({"consumer_kind": "robot"}, "/consumer/kind", "unknown"),
        ({"duration_days": 0}, "/duration_days", "out-of-range"),
        ({"duration_days": 731}, "/duration_days", "out-of-range"),
        ({"slice": {"columns": ["salary"]}}, "/slice/columns", "unknown-column"),
        ({"slice": {"sampling": 1}}, "/slice/sampling", "not-offered"),
        ({"purpose_text": "x" * 4001}, "/purpose_text", "too-long"),
    ],
)
def test_wrong_input_names_its_place_and_changes_nothing(mesh, ask_curated, wanted, pointer, code):
    with pytest.raises(Invalid) as refused:
        ask_curated(**wanted)

    assert [(p.pointer, p.code) for p in refused.value.problems] == [(pointer, code)]
    assert not AccessRequest.objects.exists()


def test_sid_cannot_ask_for_a_team_he_is_not_in(mesh, ask_curated, sid):
    with pytest.raises(NotAllowed):
        ask_curated(sid)

    assert not AccessRequest.objects.exists()


def test_ana_cannot_ask_for_what_she_cannot_see(mesh, ask_curated):
    with pytest.raises(NotFound):
        ask_curated(product="customer.secret-plans", port="plans")


def test_the_same_ask_twice_is_refused_with_the_first_one(mesh, ask_curated, ask_full):
    ask_curated()
    waiting = ask_full()

    with pytest.raises(Duplicate):
        ask_curated()
    with pytest.raises(Duplicate) as refused:
        ask_full()

    assert refused.value.facts == {"request": str(waiting.pk)}
    assert AccessRequest.objects.count() == 2


def test_a_retired_product_is_not_offered(mesh, ask_curated, olaf):
    deprecate(olaf, key="flight-operations.flight-delays")
    retire(olaf, key="flight-operations.flight-delays")

    with pytest.raises((NotOffered, NotFound)):
        ask_curated()

    assert not AccessRequest.objects.exists()


def test_a_port_without_a_platform_says_so(mesh, ask_curated, curated):
    curated.platform = None
    curated.save()

    with pytest.raises(NotProvisioned):
        ask_curated()


def test_fewer_columns_can_avoid_the_review(mesh, ask_full):
    asked = ask_full(slice={"columns": ["booking_id"]})

    assert asked.decision.facts["personal_data"] is False
    assert asked.snapshot["columns"] == ["booking_id"]


def test_the_owner_approves_and_the_agreement_is_pending(mesh, ask_full, petra):
    asked = ask_full()

    requests.approve(petra, request_id=asked.pk, note="Fine.")

    asked.refresh_from_db()
    assert asked.state == RequestState.APPROVED
    assert (asked.decided_by, asked.decided_by_kind) == ("petra", "human")
    assert asked.agreement.state == "pending"


def test_restricted_personal_data_needs_two_different_people(mesh, apply, ask_full, petra, dana):
    from tests.factories import descriptors as make

    columns = {**make.BOOKING_COLUMNS, "email": {**make.BOOKING_COLUMNS["email"]}}
    columns["email"]["classification"] = "restricted"
    apply(
        make.product(
            "customer.passports",
            ports=[make.port("full", contract="passports", resource="customer.passports")],
        ),
        make.contract("passports", product="customer.passports", columns=columns),
    )
    asked = ask_full(product="customer.passports")
    assert [s.role for s in asked.stages.all()] == ["product_owner", "privacy_officer"]

    requests.approve(petra, request_id=asked.pk)
    asked.refresh_from_db()
    assert asked.state == RequestState.IN_REVIEW
    with pytest.raises(NotAllowed):
        requests.approve(petra, request_id=asked.pk)
    requests.approve(dana, request_id=asked.pk)

    asked.refresh_from_db()
    assert asked.state == RequestState.APPROVED


@pytest.mark.parametrize("name", ["ana", "olaf", "gus", "pia"])
def test_only_the_owner_decides(mesh, ask_full, people, name):
    asked = ask_full()

    with pytest.raises((NotAllowed, NotFound)):
        requests.approve(people[name], request_id=asked.pk)

    asked.refresh_from_db()
    assert asked.state == RequestState.IN_REVIEW
    assert not AccessAgreement.objects.exists()


def test_sid_is_told_that_there_is_nothing(mesh, ask_full, sid):
    asked = ask_full()

    with pytest.raises(NotFound):
        requests.approve(sid, request_id=asked.pk)


def test_nobody_decides_for_a_team_they_are_in(mesh, ask_full, petra):
    asked = ask_full()
    both = replace(petra, memberships=(("customer", OWNER), ("growth", MEMBER)))

    with pytest.raises(NotAllowed):
        requests.approve(both, request_id=asked.pk)

    asked.refresh_from_db()
    assert asked.state == RequestState.IN_REVIEW


@pytest.mark.parametrize(
    "changes",
    [{"kind": "agent"}, {"kind": "service"}, {"scopes": frozenset({"read", "request"})}],
    ids=["agent", "service", "token-without-decide"],
)
def test_programs_and_narrow_tokens_do_not_decide(mesh, ask_full, petra, changes):
    asked = ask_full()

    with pytest.raises(NotAllowed):
        requests.approve(replace(petra, **changes), request_id=asked.pk)

    asked.refresh_from_db()
    assert asked.state == RequestState.IN_REVIEW


def test_a_request_is_decided_once(mesh, ask_full, petra):
    asked = ask_full()
    requests.approve(petra, request_id=asked.pk)

    with pytest.raises(ImpossibleMove):
        requests.reject(petra, request_id=asked.pk, note="No.")

    asked.refresh_from_db()
    assert asked.state == RequestState.APPROVED


def test_a_stale_version_is_refused(mesh, ask_full, petra):
    asked = ask_full()

    with pytest.raises(Stale) as refused:
        requests.approve(petra, request_id=asked.pk, version=asked.version + 1)

    assert refused.value.facts == {"version": asked.version}
    asked.refresh_from_db()
    assert asked.state == RequestState.IN_REVIEW


def test_declining_needs_words_and_keeps_them(mesh, ask_full, petra):
    asked = ask_full()

    with pytest.raises(Invalid):
        requests.reject(petra, request_id=asked.pk, note="  ")
    requests.reject(petra, request_id=asked.pk, note="Use the curated port.")

    asked.refresh_from_db()
    assert (asked.state, asked.note) == (RequestState.REJECTED, "Use the curated port.")


def test_an_offer_is_narrower_and_voids_the_digest(mesh, ask_full, ana, petra):
    asked = ask_full()
    before = asked.digest

    with pytest.raises(Invalid):
        requests.counter(petra, request_id=asked.pk, duration_days=91)
    requests.counter(petra, request_id=asked.pk, columns=["booking_id", "fare"], duration_days=30)
    requests.accept_counter(ana, request_id=asked.pk)

    asked.refresh_from_db()
    assert asked.state == RequestState.IN_REVIEW
    assert asked.slice == {"columns": ["booking_id", "fare"]}
    assert asked.duration_days == 30
    assert asked.digest != before
    requests.approve(petra, request_id=asked.pk, digest=asked.digest)
    asked.refresh_from_db()
    assert asked.agreement.grant.handle.columns == ["booking_id", "fare"]


def test_an_approval_of_what_was_read_before_a_change_is_refused(mesh, ask_full, ana, petra):
    asked = ask_full()
    read = asked.digest
    requests.return_request(petra, request_id=asked.pk, note="Say more.")
    requests.resubmit(ana, request_id=asked.pk, purpose_text="Churn by fare, monthly.")

    with pytest.raises(requests.ChangedSince):
        requests.approve(petra, request_id=asked.pk, digest=read)

    asked.refresh_from_db()
    assert asked.state == RequestState.IN_REVIEW


def test_ana_takes_her_request_back(mesh, ask_full, ana, olaf):
    asked = ask_full()

    with pytest.raises(NotFound):
        requests.withdraw(olaf, request_id=asked.pk)
    requests.withdraw(ana, request_id=asked.pk)

    asked.refresh_from_db()
    assert asked.state == RequestState.WITHDRAWN
