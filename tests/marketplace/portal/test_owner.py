"""The owner's console, and who reads a product."""

import pytest

from catalog.actions.asks import ask as wish
from catalog.actions.changes import propose_change
from subscriptions.models import AccessAgreement, Notice
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS

pytestmark = pytest.mark.django_db
CONSUMERS = f"/owner/products/{FLIGHTS}/consumers"


def move(agreement, what) -> str:
    return f"/owner/agreements/{agreement.pk}/{what}"


def test_the_console_shows_ones_own_products_only(mesh, browser, as_olaf):
    assert [one["product"].key for one in as_olaf.get("/owner").context["products"]] == [FLIGHTS]
    petra = browser("petra").get("/owner").context["products"]
    assert [one["product"].key for one in petra] == [BOOKINGS, "customer.secret-plans"]


def test_what_waits_stands_on_the_console(platform, ask_full, browser):
    asked = ask_full(purpose_text="Churn of members")

    context = browser("petra").get("/owner").context

    assert [row["asked"] for row in context["waiting"]] == [asked]
    assert context["products"][0]["asked"] == 1


def test_a_change_stands_there_with_its_answers(granted, olaf, as_olaf, work):
    columns = {k: v for k, v in make.FLIGHT_COLUMNS.items() if k != "origin"}
    propose_change(olaf, text=make.contract(version="2.0.0", columns=columns))
    work()

    one = as_olaf.get("/owner").context["changes"][0]

    assert (one.change.to_version, one.ready, one.asked) == ("2.0.0", 0, 1)


def test_the_console_is_for_owners_and_officers(mesh, browser):
    assert browser("ana").get("/owner").status_code == 403
    assert browser("sid").get("/owner").status_code == 403
    assert browser("dana").get("/owner").status_code == 200


def test_consumers_are_shown_with_state_proof_and_use(granted, as_olaf):
    page = as_olaf.get(CONSUMERS)

    context, line = page.context, page.context["held"][0]
    assert 'class="filters"' not in page.text
    assert line["agreement"] == granted
    assert (line["agreement"].state, line["level"]) == ("active", "proven")
    assert context["proven"] == 1
    assert (line["may_revoke"], line["may_suspend"], line["may_resume"]) == (True, True, False)


def test_another_owner_may_not_see_them_and_a_hidden_product_is_not_there(granted, browser):
    assert browser("petra").get(CONSUMERS).status_code == 403
    assert browser("ana").get(CONSUMERS).status_code == 403
    hidden = "/owner/products/customer.secret-plans/consumers"
    assert browser("ana").get(hidden).status_code == 404


def test_olaf_revokes_with_a_reason_and_it_is_proven(granted, as_olaf, work):
    as_olaf.post(move(granted, "revoke"), {"reason": "The report ended."})
    granted.refresh_from_db()
    assert granted.state == "ending"
    work()

    granted.refresh_from_db()
    assert (granted.state, granted.end_by) == ("revoked", "olaf")
    assert granted.grant.state == "verified_removed"
    assert as_olaf.get(CONSUMERS).context["ended"] == [granted]


def test_without_a_reason_nothing_is_revoked(granted, as_olaf):
    answer = as_olaf.post(move(granted, "revoke"), {"reason": " "}, follow=True)

    assert "Say why, in a sentence." in answer.text
    granted.refresh_from_db()
    assert granted.state == "active"


def test_access_is_held_back_and_given_again(granted, as_olaf, work):
    as_olaf.post(move(granted, "suspend"), {"reason": "Under audit."})
    work()
    granted.refresh_from_db()
    assert granted.state == "suspended"

    as_olaf.post(move(granted, "resume"))
    work()
    granted.refresh_from_db()
    assert granted.state == "active"


def test_the_consumers_side_cannot_revoke_as_an_owner(granted, as_ana, browser):
    answer = as_ana.post(move(granted, "revoke"), {"reason": "Mine."}, follow=True)

    assert answer.status_code == 403  # the list of consumers is not hers
    assert AccessAgreement.objects.get().state == "active"
    assert browser("sid").post(move(granted, "revoke"), {"reason": "x"}).status_code == 404


def test_an_unknown_move_is_not_found(granted, as_olaf):
    assert as_olaf.post(move(granted, "delete")).status_code == 404
    assert as_olaf.get(move(granted, "revoke")).status_code == 405


def test_the_pages_cost_a_fixed_number_of_statements(granted, as_olaf, django_assert_num_queries):
    as_olaf.get("/owner")
    with django_assert_num_queries(20):
        as_olaf.get("/owner")
    with django_assert_num_queries(11):
        as_olaf.get(CONSUMERS)


def test_olaf_writes_to_the_consumers_from_their_page(granted, as_olaf, work):
    sent = {"title": "A gap", "text": "On Sunday.", "ports": ["curated"]}
    answer = as_olaf.post(f"/owner/products/{FLIGHTS}/message", sent, follow=True)
    work()

    assert "Your words are on their way" in answer.text
    assert "Flight delays: A gap" in [one.title for one in Notice.objects.all()]


def test_access_is_taken_away_with_grace(granted, as_olaf):
    before = granted.end_at

    as_olaf.post(move(granted, "revoke"), {"reason": "We move.", "grace": "7"})

    granted.refresh_from_db()
    assert granted.state == "active"
    assert granted.end_at < before


def test_others_write_to_nobody(granted, browser):
    for name in ("ana", "petra"):
        browser(name).post(f"/owner/products/{FLIGHTS}/message", {"title": "x", "text": "y"})

    assert not Notice.objects.filter(type="OWNER_MESSAGE").exists()


def test_the_console_shows_what_is_wanted_of_my_domains(mesh, ana, as_olaf):
    wish(ana, title="Crew duty hours by day", domain="flight-operations")
    wish(ana, title="Seat preferences", domain="customer")

    assert [one.title for one in as_olaf.get("/owner").context["wanted"]] == [
        "Crew duty hours by day"
    ]
