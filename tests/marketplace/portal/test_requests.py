"""Asking: what is said before, what is sent, and the page that follows it."""

import re

import pytest
from django.test import Client

from subscriptions.actions import agreements, requests
from subscriptions.models import AccessAgreement, AccessRequest, Handle, RequestComment
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS, part

pytestmark = pytest.mark.django_db
ASK = f"/products/{FLIGHTS}/request"
FORM = {
    "port": "curated@1",
    "consumer": "team:growth",
    "days": "90",
    "purpose": "analytics",
    "purpose_text": "Weekly delay report",
}
FULL = {**FORM, "port": "full@1"}


def verdict(answer) -> tuple[str, str]:
    found = answer.context["foretold"]
    return found.outcome, found.headline


def test_the_form_says_what_will_happen_before_it_is_sent(mesh, as_ana):
    answer = as_ana.get(ASK)

    assert verdict(answer) == ("allow", "You will have access without a review")
    assert "was not measured yet" in answer.context["foretold"].note
    assert [c.name for c in answer.context["foretold"].columns] == [
        "flight_id",
        "carrier",
        "origin",
        "dep_delay",
    ]
    assert not AccessRequest.objects.exists()


def test_a_review_names_who_decides_and_that_the_wait_is_unknown(mesh, as_ana):
    found = as_ana.get(f"/products/{BOOKINGS}/request").context["foretold"]

    assert found.outcome == "review"
    assert [person["name"] for person in found.reviewers] == ["Petra Owner"]
    assert "nobody decided on this product in 180 days" in found.note
    assert found.reviewers[0]["wait"] == ""


def test_the_usual_wait_carries_its_basis(platform, ask_full, petra, browser):
    requests.approve(petra, request_id=ask_full().pk)

    found = browser("sid").get(f"/products/{BOOKINGS}/request").context["foretold"]

    assert "(1 decision on this product in 180 days)" in found.note
    assert found.reviewers[0]["wait"].startswith("usually ")


def test_taking_a_request_back_is_no_answer_and_gives_no_wait(platform, ask_full, ana, as_ana):
    requests.withdraw(ana, request_id=ask_full().pk)

    found = as_ana.get(f"/products/{BOOKINGS}/request").context["foretold"]
    row = next(r for r in as_ana.get("/").context["rows"] if r["key"] == BOOKINGS)

    assert "nobody decided on this product in 180 days" in found.note
    assert row["access"]["note"] == "wait not known yet"


def test_the_verdict_follows_the_form_and_creates_nothing(mesh, as_ana):
    answer = as_ana.post(
        f"{ASK}/verdict", {**FORM, "purpose": "marketing"}, headers=part("div#foretold")
    )

    assert answer.context["foretold"].outcome == "deny"
    assert b"not for marketing." in answer.content
    assert b"purpose-not-allowed" in answer.content
    assert b'hx-target="#ask-go"' in answer.content
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize(
    "half", [{}, {"port": "nothing@9"}, {"purpose": "joy"}, {"consumer": "team:customer"}]
)
def test_a_half_filled_form_gets_no_verdict_and_no_error(mesh, as_ana, half):
    data = {**FORM, **half} if half else {}

    answer = as_ana.post(f"{ASK}/verdict", data)

    assert (answer.status_code, answer.context["foretold"].outcome) == (200, "unknown")


def test_a_link_can_fill_the_form(mesh, as_ana):
    form = as_ana.get(ASK, {"port": "curated", "purpose": "reporting", "days": "30"}).context[
        "form"
    ]

    assert [form.chosen(n) for n in ("port", "purpose", "days")] == ["curated@1", "reporting", "30"]


def test_the_last_purpose_is_offered_again(granted, as_ana):
    assert as_ana.get(f"/products/{BOOKINGS}/request").context["form"].chosen("purpose") == (
        "analytics"
    )


def test_as_a_drawer_it_is_a_part_and_as_a_link_a_page(mesh, as_ana):
    drawer = as_ana.get(ASK, headers=part("dialog#drawer"))
    page = as_ana.get(ASK)

    assert drawer.content.lstrip().startswith(b'<div class="dr">')
    assert b'hx-post="/products/' in drawer.content
    assert b"<!doctype html>" in page.content


def test_sending_it_leads_to_the_request(mesh, as_ana):
    answer = as_ana.post(ASK, FORM)

    asked = AccessRequest.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/requests/{asked.pk}")
    assert (asked.state, asked.consumer_key, asked.purpose_text) == (
        "approved",
        "growth",
        "Weekly delay report",
    )


def test_a_refusal_keeps_the_form_and_says_rule_and_sentence(mesh, as_ana):
    answer = as_ana.post(ASK, {**FORM, "purpose": "marketing"})

    assert answer.status_code == 422
    assert "A policy forbids this access." in answer.content.decode()
    assert (
        "The contract allows use for analytics and reporting, not for marketing."
        in answer.content.decode()
    )
    assert answer.context["form"].chosen("purpose_text") == "Weekly delay report"
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", "gone@1"),
        ("consumer", "team:customer"),
        ("consumer", "user:olaf"),
        ("days", "9999"),
        ("days", "soon"),
        ("purpose", "joy"),
        ("purpose_text", "x" * 4001),
        ("purpose_text", "a\x00b"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(mesh, as_ana, field, value):
    answer = as_ana.post(ASK, {**FORM, field: value})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not AccessRequest.objects.exists()


def test_asking_twice_says_so_before_and_after(platform, ask_full, as_ana):
    asked = ask_full()

    before = as_ana.get(f"/products/{BOOKINGS}/request")
    after = as_ana.post(f"/products/{BOOKINGS}/request", FULL)

    assert verdict(before) == ("unknown", "Growth has asked already")
    assert before.context["foretold"].href == f"/requests/{asked.pk}"
    assert after.status_code == 422
    assert "Growth has asked for this port already." in after.content.decode()
    assert AccessRequest.objects.count() == 1


def test_without_a_script_a_button_says_what_will_happen(mesh, as_ana):
    answer = as_ana.post(ASK, {**FORM, "purpose": "marketing", "check": "1"})

    assert (answer.status_code, answer.context["foretold"].outcome) == (200, "deny")
    assert not answer.context["form"].errors
    assert not AccessRequest.objects.exists()


def test_a_hidden_product_cannot_be_asked_for(mesh, as_ana):
    for path in ("request", "request/verdict"):
        assert as_ana.post(f"/products/customer.secret-plans/{path}", FORM).status_code == 404
    assert not AccessRequest.objects.exists()


def test_a_form_without_its_token_is_refused(mesh, people, as_ana):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = as_ana.cookies

    assert strict.post(ASK, FORM).status_code == 403
    assert not AccessRequest.objects.exists()


# --- the page of a request


def test_the_page_follows_by_itself_until_access_is_proven(platform, ask_curated, work, as_ana):
    asked = ask_curated()
    address = f"/requests/{asked.pk}"

    before = as_ana.get(address, headers=part("section#state")).content.decode()
    work()
    after = as_ana.get(address, headers=part("section#state")).content.decode()

    assert before.lstrip().startswith('<section id="state"')
    assert f'data-live="{address}" data-live-every="1"' in before
    assert "Ready: access was proven" not in before
    assert "data-live=" not in after
    assert 'data-live-say="Ready: access was proven"' in after
    agreement = AccessAgreement.objects.get()
    assert f"/lab?agreement={agreement.pk}" in after


def test_the_page_is_whole_when_another_element_is_filled(platform, ask_curated, as_ana):
    """A drawer that followed the redirect goes to the page; it does not swallow it."""
    answer = as_ana.get(f"/requests/{ask_curated().pk}", headers=part("dialog#drawer"))

    assert answer.content.startswith(b"<!doctype html>") or b"<!doctype html>" in answer.content


def test_the_proof_shows_each_attempt_with_its_sqlstate(granted, as_ana):
    answer = as_ana.get(f"/requests/{granted.request_id}")

    probes = answer.context["proof"]["probes"]
    found = [(p["title"], re.search(r"SQLSTATE (\w+)", p["detail"])[1], p["ok"]) for p in probes]
    assert found == [
        ("Entitlement: allowed", "00000", True),
        ("Published view: allowed", "00000", True),
        ("Control object that nobody is promised: refused", "42501", True),
        ("Base table behind the view: refused", "42501", True),
    ]
    assert answer.context["proof"]["level"] == "proven"
    assert any("GRANT" in one for one in answer.context["proof"]["statements"])


def test_after_a_revoke_the_page_proves_the_refusal(granted, olaf, work, as_ana):
    agreements.revoke(olaf, agreement_id=granted.pk, reason="The project is over.")
    work()

    answer = as_ana.get(f"/requests/{granted.request_id}")

    assert answer.context["agreement"].state == "revoked"
    assert not answer.context["proof"]["expects_access"]
    assert all(probe["ok"] for probe in answer.context["proof"]["probes"])
    assert answer.context["ready"] is None
    assert "The project is over." in answer.content.decode()
    assert answer.context["ask_again"].startswith(f"{ASK}?port=curated@1")


def test_it_says_what_it_waits_for(platform, ask_curated, as_ana):
    asked = ask_curated()
    Handle.objects.update(waits_for="The data platform does not answer: connection refused")

    assert b"connection refused" in as_ana.get(f"/requests/{asked.pk}").content


def test_strangers_do_not_find_it_and_the_owner_is_led_to_the_review(platform, ask_full, browser):
    asked = ask_full()

    assert browser("sid").get(f"/requests/{asked.pk}").status_code == 404
    assert browser("olaf").get(f"/requests/{asked.pk}").status_code == 404
    assert f"/owner/reviews/{asked.pk}".encode() in (
        browser("petra").get(f"/requests/{asked.pk}").content
    )


def test_a_word_is_kept_in_the_conversation(platform, ask_full, as_ana):
    asked = ask_full()

    answer = as_ana.post(
        f"/requests/{asked.pk}/comment", {"text": "Only <b>emails</b>"}, follow=True
    )

    assert RequestComment.objects.get().text == "Only <b>emails</b>"
    assert b"Only &lt;b&gt;emails&lt;/b&gt;" in answer.content


def test_an_empty_word_is_refused_in_the_same_words(platform, ask_full, as_ana):
    answer = as_ana.post(f"/requests/{ask_full().pk}/comment", {"text": " "}, follow=True)

    assert b"Say why, in a sentence." in answer.content
    assert not RequestComment.objects.exists()


def test_it_is_taken_back_once(platform, ask_full, as_ana):
    asked = ask_full()

    as_ana.post(f"/requests/{asked.pk}/withdraw")
    again = as_ana.post(f"/requests/{asked.pk}/withdraw", follow=True)

    asked.refresh_from_db()
    assert asked.state == "withdrawn"
    assert b"This cannot be done now." in again.content


def test_others_cannot_take_it_back(platform, ask_full, browser):
    asked = ask_full()

    assert browser("sid").post(f"/requests/{asked.pk}/withdraw").status_code == 404
    asked.refresh_from_db()
    assert asked.state == "in_review"


def test_a_returned_request_is_changed_and_sent_again(platform, ask_full, petra, as_ana):
    asked = ask_full()
    requests.return_request(petra, request_id=asked.pk, note="For how long?")

    shown = as_ana.get(f"/requests/{asked.pk}").content.decode()
    as_ana.post(f"/requests/{asked.pk}/resubmit", {"purpose_text": "One month", "days": "30"})

    asked.refresh_from_db()
    assert "For how long?" in shown
    assert (asked.state, asked.purpose_text, asked.duration_days) == ("in_review", "One month", 30)


def test_an_offer_is_shown_and_taken(platform, ask_full, petra, as_ana):
    asked = ask_full()
    requests.counter(petra, request_id=asked.pk, columns=["booking_id"], note="Without e-mail")

    shown = as_ana.get(f"/requests/{asked.pk}").content.decode()
    as_ana.post(f"/requests/{asked.pk}/accept")

    asked.refresh_from_db()
    assert "Without e-mail" in shown
    assert (asked.state, asked.slice) == ("in_review", {"columns": ["booking_id"]})


def test_an_unknown_move_is_not_there(platform, ask_full, as_ana):
    assert as_ana.post(f"/requests/{ask_full().pk}/explode").status_code == 404


def test_what_asking_costs(granted, as_ana, django_assert_num_queries):
    with django_assert_num_queries(24):
        as_ana.get(f"/products/{BOOKINGS}/request", headers=part("dialog#drawer"))
    with django_assert_num_queries(18):
        as_ana.post(f"/products/{BOOKINGS}/request/verdict", FULL)
    with django_assert_num_queries(11):
        as_ana.get(f"/requests/{granted.request_id}", headers=part("section#state"))
