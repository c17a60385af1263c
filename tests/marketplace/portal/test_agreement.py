"""The page of an agreement: its story, its proof, and what to do when it is stuck."""

import pytest

from subscriptions.actions import requests
from subscriptions.models import AccessAgreement, AccessRequest, Grant
from tests.marketplace.portal.conftest import part

pytestmark = pytest.mark.django_db


@pytest.fixture
def stuck(platform, ask_full, work, deliver, petra) -> AccessAgreement:
    """Growth's access to Bookings that cannot be granted: the base table is gone."""
    deliver()
    requests.approve(petra, request_id=ask_full().pk)
    platform.execute("ALTER TABLE customer.bookings RENAME TO elsewhere")
    work()
    return AccessAgreement.objects.get()


def test_the_story_goes_from_asking_to_the_proof(granted, as_ana):
    page = as_ana.get(f"/agreements/{granted.pk}")

    titles = [step["title"] for step in page.context["steps"]]
    assert titles == [
        "Asked, Ana Analyst",
        "Approved by a policy",
        "A worker began",
        "Proven as the consumer",
        "Active",
    ]
    assert page.context["steps"][1]["detail"].startswith("It binds to plan ")
    assert (page.context["level"], page.context["every"]) == ("proven", 0)
    assert b"SQLSTATE 42501" in page.content


def test_others_do_not_see_it(granted, browser):
    assert browser("sid").get(f"/agreements/{granted.pk}").status_code == 404
    assert browser("petra").get(f"/agreements/{granted.pk}").status_code == 404
    assert browser("olaf").get(f"/agreements/{granted.pk}").status_code == 200


def test_it_follows_while_a_worker_is_at_it(platform, ask_curated, as_ana):
    ask_curated()
    row = AccessAgreement.objects.get()

    page = as_ana.get(f"/agreements/{row.pk}", headers=part("live"))

    assert page.context["every"] == 2
    assert page.content.lstrip().startswith(b"<section")
    assert page.context["steps"][-1]["title"] == "Proven as the consumer"


def test_what_is_stuck_offers_three_ways_out_to_the_owner(stuck, browser):
    page = browser("petra").get(f"/agreements/{stuck.pk}")

    trouble = page.context["trouble"]
    assert (trouble["state"], trouble["may_change"], trouble["may_abandon"]) == (
        "needs_human",
        True,
        True,
    )
    assert "base relation does not exist" in trouble["why"]
    as_ana = browser("ana").get(f"/agreements/{stuck.pk}").context["trouble"]
    assert (as_ana["may_change"], as_ana["may_abandon"]) == (False, False)


def test_a_way_out_needs_words_and_the_right(stuck, browser):
    browser("petra").post(f"/agreements/{stuck.pk}/change", {"words": " "})
    browser("ana").post(f"/agreements/{stuck.pk}/abandon", {"words": "Because."})
    assert AccessRequest.objects.get().state == "approved"

    browser("petra").post(f"/agreements/{stuck.pk}/change", {"words": "Ask for less."})
    assert AccessRequest.objects.get().state == "returned"


def test_giving_up_and_trying_again(stuck, browser, platform, work):
    platform.execute("ALTER TABLE customer.elsewhere RENAME TO bookings")
    browser("petra").post(f"/agreements/{stuck.pk}/retry")
    work()
    assert AccessAgreement.objects.get().state == "active"
    assert browser("petra").post(f"/agreements/{stuck.pk}/fire").status_code == 404

    browser("petra").post(f"/agreements/{stuck.pk}/suspend", {"words": "Incident 7."})
    work()
    assert Grant.objects.get().state == "verified_removed"
    browser("petra").post(f"/agreements/{stuck.pk}/resume")
    work()
    browser("petra").post(f"/agreements/{stuck.pk}/revoke", {"words": "Over."})
    work()
    assert AccessAgreement.objects.get().state == "revoked"


def test_the_page_costs_a_fixed_number_of_statements(
    granted, as_ana, django_assert_max_num_queries
):
    as_ana.get(f"/agreements/{granted.pk}")
    with django_assert_max_num_queries(16):
        as_ana.get(f"/agreements/{granted.pk}")
