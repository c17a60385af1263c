"""The plan that was approved is the plan that runs; another one goes back to the approver."""

import pytest
from django.db.models.functions import Now

from catalog.models import OutputPort
from marketplace.kernel.errors import ImpossibleMove, Invalid, NotFound
from marketplace.kernel.events.models import Event
from subscriptions.actions import parked, reopening, requests
from subscriptions.actions.openings import digest_of_plan, foreseen
from subscriptions.actions.requests import PlanChanged
from subscriptions.models import AccessAgreement, AccessRequest, Grant, Handle, Notice
from subscriptions.queries import request_or_404

pytestmark = pytest.mark.django_db

BOOKINGS = "customer.bookings"


@pytest.fixture(autouse=True)
def _released(platform, deliver):
    """What the mesh's contracts published is in step before anything is asked for."""
    deliver()


def the(request):
    return AccessAgreement.objects.select_related("grant__handle").get(request=request)


def withdraw_a_column(name="email"):
    """What a release does to the published view, while the grant still waits for its worker."""
    handle = Handle.objects.get()
    Handle.objects.update(columns=[column for column in handle.columns if column != name])


def test_the_digest_is_the_same_before_and_after_somebody_else_got_in(
    platform, ask_full, work, petra, olaf
):
    asked = ask_full()
    before = foreseen(request_or_404(petra, asked.pk))
    requests.approve(petra, request_id=asked.pk, plan=before.digest)
    work()
    other = ask_full(actor=olaf, consumer_key="flight-operations")
    asked_again = foreseen(request_or_404(petra, other.pk))

    assert len(before.digest) == 64
    assert asked_again.digest == digest_of_plan(request_or_404(petra, other.pk))
    assert asked_again.digest != before.digest  # another consumer is another plan
    assert len(asked_again.statements) < len(before.statements)  # the view stands already


def test_a_yes_binds_to_the_plan_and_the_grant_carries_it(platform, ask_full, work, petra):
    asked = ask_full()
    seen = digest_of_plan(request_or_404(petra, asked.pk))

    requests.approve(petra, request_id=asked.pk, plan=seen)

    assert AccessRequest.objects.get(pk=asked.pk).plan_digest == seen
    assert the(asked).grant.plan_digest == seen
    approved = Event.objects.get(name="access.request.approved")
    assert approved.data["plan_digest"] == seen
    work()
    assert the(asked).state == "active"


def test_a_yes_to_another_plan_is_refused_and_changes_nothing(platform, ask_full, petra):
    asked = ask_full()
    seen = digest_of_plan(request_or_404(petra, asked.pk))
    OutputPort.objects.filter(product__key=BOOKINGS).update(columns=["booking_id"])

    with pytest.raises(PlanChanged) as refused:
        requests.approve(petra, request_id=asked.pk, plan=seen)

    assert refused.value.facts["plan"] not in ("", seen)
    assert AccessRequest.objects.get(pk=asked.pk).state == "in_review"
    assert not Grant.objects.exists()


def test_another_plan_than_was_approved_goes_back_to_the_approver(
    platform, ask_full, work, petra, deliver
):
    asked = ask_full()
    requests.approve(petra, request_id=asked.pk)
    withdraw_a_column()

    work()

    request = AccessRequest.objects.get(pk=asked.pk)
    assert (request.state, request.decided_by, request.reopened) == ("in_review", "", 1)
    assert request.note == reopening.OTHER_PLAN
    assert [stage.state for stage in request.stages.all()] == ["open"]
    agreement = the(asked)
    assert (agreement.state, agreement.grant.state) == ("failed", "verified_removed")
    assert agreement.activated_at is None
    assert not Event.objects.filter(name="access.agreement.activated").exists()
    back = Notice.objects.get(type="REVIEW_WANTED", client_token__startswith="reopened-")
    assert [one.user.username for one in back.recipients.all()] == ["petra"]


def test_a_request_that_came_back_is_approved_anew_and_proven(platform, ask_full, work, petra):
    asked = ask_full()
    requests.approve(petra, request_id=asked.pk)
    withdraw_a_column()
    work()

    requests.approve(petra, request_id=asked.pk)
    work()

    agreement = the(asked)
    assert (agreement.state, agreement.grant.state) == ("active", "verified")
    assert AccessAgreement.objects.count() == 1


def test_what_a_policy_approved_comes_back_to_the_owner(platform, ask_curated, work):
    asked = ask_curated()
    Handle.objects.update(columns=["flight_id"])

    work()

    request = AccessRequest.objects.get(pk=asked.pk)
    assert request.state == "in_review"
    assert [(s.role, s.state) for s in request.stages.all()] == [("product_owner", "open")]


def test_a_declined_request_that_had_come_back_leaves_no_agreement_open(
    platform, ask_full, work, petra
):
    asked = ask_full()
    requests.approve(petra, request_id=asked.pk)
    withdraw_a_column()
    work()

    requests.reject(petra, request_id=asked.pk, note="Not with another plan.")
    work()

    assert the(asked).state == "terminated"
    assert ask_full().state == "in_review"


@pytest.fixture
def stuck(platform, ask_full, work, petra) -> Grant:
    """A grant that cannot be given: the base table is gone."""
    asked = ask_full()
    requests.approve(petra, request_id=asked.pk)
    platform.execute("ALTER TABLE customer.bookings RENAME TO elsewhere")
    work()
    grant = Grant.objects.get()
    assert (grant.needs_human, grant.state) == (True, "failed")
    return grant


def test_what_cannot_be_granted_is_sent_back_changed_and_asked_again(
    stuck, platform, work, petra, ana
):
    with pytest.raises(Invalid):
        reopening.send_back(petra, grant_id=stuck.pk, note=" ")
    reopening.send_back(petra, grant_id=stuck.pk, note="The table moves; ask for less.")
    work()
    request = AccessRequest.objects.get()
    assert (request.state, request.note) == ("returned", "The table moves; ask for less.")

    platform.execute("ALTER TABLE customer.elsewhere RENAME TO bookings")
    requests.resubmit(ana, request_id=request.pk, purpose_text="Shorter.", duration_days=7)
    requests.approve(petra, request_id=request.pk)
    work()

    agreement = the(request)
    assert (agreement.state, (agreement.end_at - agreement.start_at).days) == ("active", 7)


def test_what_cannot_be_granted_is_given_up_and_the_refusal_proven(stuck, work, petra, sid):
    with pytest.raises(NotFound):
        parked.abandon(sid, grant_id=stuck.pk, reason="No.")

    parked.abandon(petra, grant_id=stuck.pk, reason="The table is gone for good.")
    work()

    agreement = AccessAgreement.objects.get()
    assert (agreement.state, agreement.end_reason) == ("revoked", "The table is gone for good.")
    assert agreement.grant.evidence["level"] == "proven"
    assert Event.objects.filter(name="access.grant.abandoned").count() == 1


def test_a_removal_that_cannot_be_proven_is_closed_as_reported_only(
    platform, ask_curated, work, olaf, pia
):
    agreement = the(ask_curated())
    work()
    AccessAgreement.objects.update(state="ending", end_kind="revoked", end_reason="Over.")
    Grant.objects.update(desired="absent", state="deprovisioning", revoke_unverified=True)

    with pytest.raises(Exception, match="may not"):
        parked.abandon(olaf, grant_id=agreement.grant.pk, reason="Believe me.")
    parked.abandon(pia, grant_id=agreement.grant.pk, reason="The server was scrapped.")

    agreement = the(agreement.request)
    assert (agreement.state, agreement.grant.state) == ("revoked", "removed")
    evidence = agreement.grant.evidence
    assert (evidence["level"], evidence["reported_by"]) == ("reported", "pia")


def test_what_stands_is_not_given_up(platform, ask_curated, work, olaf):
    agreement = the(ask_curated())
    work()
    Handle.objects.update(next_at=Now())

    with pytest.raises(ImpossibleMove):
        parked.abandon(olaf, grant_id=agreement.grant.pk, reason="Because.")
    assert the(agreement.request).state == "active"
