"""What needs a person, over HTTP: a plan that changed, sending back, giving up."""

import pytest

from subscriptions.models import AccessAgreement, Grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def stuck(platform, ask_full, work, deliver, petra) -> Grant:
    """A grant that cannot be given: the base table is gone."""
    from subscriptions.actions import requests

    deliver()
    requests.approve(petra, request_id=ask_full().pk)
    platform.execute("ALTER TABLE customer.bookings RENAME TO elsewhere")
    work()
    return Grant.objects.get()


def test_a_yes_to_a_plan_that_is_not_the_one_of_now_is_refused(api, platform, ask_full, deliver):
    deliver()
    asked = ask_full()

    answer = api.petra.post(f"/access-requests/{asked.pk}/approve", {"plan": "0" * 64})

    assert (answer.status, answer.code) == (409, "plan-changed")
    now = answer.json["plan"]
    approved = api.petra.post(f"/access-requests/{asked.pk}/approve", {"plan": now})
    assert (approved.status, approved.json["plan_digest"]) == (200, now)


def test_what_needs_a_person_is_listed_and_sent_back(api, stuck):
    listed = api.petra.get("/grants?needs_human=true").json["results"]
    assert [one["id"] for one in listed] == [str(stuck.pk)]

    refused = api.petra.post(f"/grants/{stuck.pk}/send-back", {})
    assert (refused.status, refused.errors) == (400, [("/note", "required")])
    assert api.ana.post(f"/grants/{stuck.pk}/send-back", {"note": "x"}).status == 403
    answer = api.petra.post(f"/grants/{stuck.pk}/send-back", {"note": "Ask for less."})

    assert (answer.status, answer.json["state"]) == (200, "returned")


def test_what_needs_a_person_is_given_up(api, stuck):
    assert api.sid.post(f"/grants/{stuck.pk}/abandon", {"reason": "x"}).status == 404

    answer = api.petra.post(f"/grants/{stuck.pk}/abandon", {"reason": "The table is gone."})

    assert (answer.status, answer.json["state"]) == (200, "deprovisioning")
    assert AccessAgreement.objects.get().state == "ending"
