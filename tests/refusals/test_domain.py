"""Refusals of the marketplace itself: what cannot be, or cannot be now."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from catalog.actions.profiles import NothingToProfile, take_profile
from catalog.models import ContractVersion, DataProduct, PlatformConnection, PortProfile
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.clock import now
from subscriptions.actions import kill_switch
from subscriptions.actions.agreements import NotOverYet, expire
from subscriptions.models import AccessAgreement, AccessRequest, Grant, IssuedLogin
from tests.factories import descriptors as make
from tests.refusals.provoked import provokes
from tests.rows import nothing_changes

pytestmark = pytest.mark.django_db

KEY = "flight-operations.flight-delays"
ASK = {
    "product": KEY,
    "port": "curated",
    "consumer": {"kind": "team", "id": "growth"},
    "purpose": "analytics",
    "purpose_text": "Weekly delay report",
    "duration_days": 90,
}
BOOKINGS = ASK | {"product": "customer.bookings", "port": "full"}
WITHOUT_ORIGIN = {name: facts for name, facts in make.FLIGHT_COLUMNS.items() if name != "origin"}
WITH_GATE = {**make.FLIGHT_COLUMNS, "gate": {"logicalType": "string", "physicalType": "text"}}


def the(request: AccessRequest) -> AccessAgreement:
    return AccessAgreement.objects.get(request=request)


def activated(request: AccessRequest) -> AccessAgreement:
    """The agreement as a worker would leave it, without a platform."""
    AccessAgreement.objects.filter(request=request).update(state="active")
    Grant.objects.filter(agreement__request=request).update(state="verified")
    return the(request)


# --- asking and deciding ------------------------------------------------------------------------


@provokes("denied-by-policy")
def test_a_purpose_that_the_contract_does_not_allow(api, mesh):
    with nothing_changes():
        answer = api.ana.post("/access-requests", ASK | {"purpose": "marketing"})

    assert (answer.status, answer.code) == (403, "denied-by-policy")
    assert answer.json["verdict"]["outcome"] == "deny"


@provokes("duplicate")
def test_asking_for_what_one_has_asked_for(api, mesh, ask_full):
    ask_full()

    with nothing_changes():
        answer = api.ana.post("/access-requests", BOOKINGS)

    assert (answer.status, answer.code) == (409, "duplicate")


@provokes("not-offered")
def test_asking_for_ones_own_draft(api, mesh, curated):
    DataProduct.objects.filter(pk=curated.product_id).update(status="draft")

    with nothing_changes():
        answer = api.olaf.post(
            "/access-requests", ASK | {"consumer": {"kind": "team", "id": "flight-operations"}}
        )

    assert (answer.status, answer.code) == (409, "not-offered")


@provokes("not-provisioned")
def test_asking_for_a_port_that_no_platform_gives(api, mesh, curated):
    curated.platform = None
    curated.save()

    with nothing_changes():
        answer = api.ana.post("/access-requests", ASK)

    assert (answer.status, answer.code) == (409, "not-provisioned")


@provokes("changed-since")
def test_deciding_on_something_else_than_was_read(api, mesh, ask_full):
    asked = ask_full()

    with nothing_changes():
        answer = api.petra.post(
            f"/access-requests/{asked.pk}/approve",
            {"digest": "0" * 64},
            If_Match=api.petra.get(f"/access-requests/{asked.pk}").etag,
        )

    assert (answer.status, answer.code) == (409, "changed-since")


@provokes("plan-changed")
def test_approving_another_plan_than_the_one_that_was_shown(api, platform, ask_full):
    asked = ask_full()
    address = f"/access-requests/{asked.pk}"

    with nothing_changes():
        answer = api.petra.post(
            f"{address}/approve", {"plan": "0" * 64}, If_Match=api.petra.get(address).etag
        )

    assert (answer.status, answer.code) == (409, "plan-changed")


@provokes("gone")
def test_approving_an_access_whose_time_is_over(api, mesh, ask_full):
    asked = ask_full(duration_days=None, end_at=now() + timedelta(days=1))
    AccessRequest.objects.filter(pk=asked.pk).update(end_at=Now() - timedelta(seconds=1))

    with nothing_changes():
        answer = api.petra.post(
            f"/access-requests/{asked.pk}/approve",
            {},
            If_Match=api.petra.get(f"/access-requests/{asked.pk}").etag,
        )

    assert (answer.status, answer.code) == (410, "gone")


@provokes("impossible-move")
def test_taking_a_request_back_twice(api, mesh, ask_full):
    asked = ask_full()
    address = f"/access-requests/{asked.pk}"
    first = api.ana.post(f"{address}/withdraw", {}, If_Match=api.ana.get(address).etag)
    assert first.status == 200

    with nothing_changes():
        answer = api.ana.post(f"{address}/withdraw", {}, If_Match=api.ana.get(address).etag)

    assert (answer.status, answer.code) == (409, "impossible-move")


# --- using and ending ---------------------------------------------------------------------------


@provokes("not-ready")
def test_a_query_before_the_proof(api, mesh, ask_curated):
    agreement = the(ask_curated())

    with nothing_changes():
        answer = api.ana.post("/lab/runs", {"agreement": str(agreement.pk), "sql": "SELECT 1"})

    assert (answer.status, answer.code) == (409, "not-ready")


@provokes("access-ended")
def test_a_query_after_the_end(api, mesh, ask_curated):
    agreement = activated(ask_curated())
    AccessAgreement.objects.update(state="suspended")

    with nothing_changes():
        answer = api.ana.post("/lab/runs", {"agreement": str(agreement.pk), "sql": "SELECT 1"})

    assert (answer.status, answer.code) == (403, "access-ended")
    assert answer.json["request_again"] == f"/products/{KEY}/request?port=curated"


@provokes("query-refused")
def test_a_query_that_the_platform_refuses(api, platform, ask_curated, work):
    agreement = the(ask_curated())
    work()

    answer = api.ana.post(
        "/lab/runs", {"agreement": str(agreement.pk), "sql": "SELECT * FROM customer.bookings"}
    )

    assert (answer.status, answer.code) == (422, "query-refused")
    assert answer.json["reason"] == "permission-denied"


@provokes("platform-away")
def test_a_platform_that_does_not_answer(api, mesh, ask_curated):
    agreement = activated(ask_curated())
    kept = PlatformConnection.objects.get()
    PlatformConnection.objects.update(config={**kept.config, "port": 1})

    answer = api.ana.post(f"/access-agreements/{agreement.pk}/credentials", {"minutes": 5})

    assert (answer.status, answer.code) == (503, "platform-away")
    assert IssuedLogin.objects.get().state == "failed"  # the ledger says that none was made


@provokes("held-by-switch")
def test_giving_again_what_a_kill_switch_holds(api, mesh, ask_curated, gus):
    agreement = activated(ask_curated())
    kill_switch.pull(gus, scope="product", key=KEY, reason="An incident.")
    address = f"/access-agreements/{agreement.pk}"

    with nothing_changes():
        answer = api.olaf.post(f"{address}/resume", {}, If_Match=api.olaf.get(address).etag)

    assert (answer.status, answer.code) == (409, "held-by-switch")
    assert the(agreement.request).state == "suspended"


@provokes("not-over-yet")
def test_the_sweep_ends_nothing_before_its_time(mesh, ask_curated):
    agreement = activated(ask_curated())

    with nothing_changes(), pytest.raises(NotOverYet):
        expire(SYSTEM, agreement_id=agreement.pk)


# --- the catalog --------------------------------------------------------------------------------


@provokes("not-empty")
def test_deleting_a_domain_that_holds_products(api, mesh):
    seen = api.gus.get("/domains/flight-operations")

    with nothing_changes():
        answer = api.gus.delete("/domains/flight-operations", If_Match=seen.etag)

    assert (answer.status, answer.code) == (409, "not-empty")


@provokes("breaking-change")
def test_a_breaking_version_that_was_not_proposed(api, mesh):
    text = make.contract(version="2.0.0", columns=WITHOUT_ORIGIN)

    with nothing_changes():
        answer = api.olaf.post("/apply", text, kind="application/yaml")

    assert (answer.status, answer.code) == (409, "breaking-change")


@provokes("consumers-not-ready")
def test_a_breaking_release_before_its_consumers_have_answered(api, mesh, ask_curated, deliver):
    activated(ask_curated())
    change = _proposed(api, "2.0.0", WITHOUT_ORIGIN)
    deliver()

    with nothing_changes():
        answer = _release(api, change)

    assert (answer.status, answer.code) == (409, "consumers-not-ready")
    assert answer.json["waiting_for"] == ["growth"]


@provokes("base-moved")
def test_releasing_a_change_of_what_is_no_more_in_force(api, mesh):
    first, second = _proposed(api, "1.1.0", WITH_GATE), _proposed(api, "1.2.0", WITH_GATE)
    assert _release(api, first).status == 200

    with nothing_changes():
        answer = _release(api, second)

    assert (answer.status, answer.code, answer.json["in_force"]) == (409, "base-moved", "1.1.0")
    assert not ContractVersion.objects.filter(version_name="1.2.0").exists()


@provokes("nothing-to-profile")
def test_looking_into_a_port_that_is_no_relation(mesh, full):
    full.relation_name = ""

    with nothing_changes(), pytest.raises(NothingToProfile):
        take_profile(full)

    assert not PortProfile.objects.exists()


def _proposed(api, version, columns):
    answer = api.olaf.post("/changes", {"text": make.contract(version=version, columns=columns)})
    address = f"/changes/{answer.json['id']}"
    assert api.olaf.post(f"{address}/propose", {}, If_Match=answer.etag).status == 200
    return answer.json["id"]


def _release(api, change):
    seen = api.olaf.get(f"/changes/{change}")
    return api.olaf.post(f"/changes/{change}/release", {}, If_Match=seen.etag)
