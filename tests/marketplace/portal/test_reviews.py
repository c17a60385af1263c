"""Reviewing: what a reviewer sees, decides, and why the asking side does not."""

import pytest
from django.test import Client

from marketplace.kernel.errors import NotAllowed
from subscriptions.actions import requests
from subscriptions.models import AccessAgreement, AccessRequest, RequestComment
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import part

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(platform, ask_full) -> AccessRequest:
    """Ana asks for Bookings, full, for team growth: Petra has to look."""
    return ask_full(purpose_text="Churn of members")


@pytest.fixture
def as_petra(browser) -> Client:
    return browser("petra")


def at(asked, tail="") -> str:
    return f"/owner/reviews/{asked.pk}{tail}"


def form(asked, **also) -> dict[str, object]:
    return {"version": asked.version, "digest": asked.digest, **also}


def test_the_queue_opens_its_first_request(asked, as_petra):
    answer = as_petra.get("/owner/reviews")

    assert answer.context["asked"] == asked
    assert answer.context["queue"]["waiting"] == 1
    assert "Churn of members" in answer.text


def test_an_empty_queue_says_so(platform, as_petra):
    answer = as_petra.get("/owner/reviews")

    assert answer.context["asked"] is None
    assert "Nothing waits for you" in answer.text


def test_a_reviewer_sees_what_the_consumer_would_read(asked, as_petra):
    columns = as_petra.get(at(asked)).context["columns"]

    assert [(c.name, c.personal_data, c.today, c.then) for c in columns] == [
        ("booking_id", False, "", "visible"),
        ("email", True, "", "visible"),
        ("fare", False, "", "visible"),
    ]


def test_columns_that_are_read_already_are_told_from_new_ones(
    platform, ask_full, petra, work, as_petra
):
    requests.approve(petra, request_id=ask_full(slice={"columns": ["fare"]}).pk)
    work()
    held = AccessAgreement.objects.get()
    asked = AccessRequest.objects.get()
    asked.pk, asked.number, asked.state = None, asked.number + 1, "in_review"
    asked.decided_by, asked.decided_at = "", None
    asked.snapshot = {**asked.snapshot, "columns": ["fare", "email"]}
    asked._state.adding = True
    asked.id = AccessRequest._meta.pk.get_default()
    asked.save(force_insert=True)

    columns = as_petra.get(at(asked)).context["columns"]

    assert held.state == "active"
    assert [(c.name, c.today, c.then, c.new) for c in columns] == [
        ("booking_id", "", "not asked for", False),
        ("email", "", "visible", True),
        ("fare", "port full", "unchanged", False),
    ]


def test_the_verdict_names_its_rules_and_the_stages_who_may_answer(asked, as_petra):
    context = as_petra.get(at(asked)).context

    assert context["verdict"].label == "Needs review"
    assert "emporion-base/personal-data" in [one["rule"] for one in context["reasons"]]
    owner = context["stages"][0]
    assert owner["title"] == "Owner of the product"
    assert owner["detail"].startswith("Waits for Petra Owner.")


def test_the_statements_come_from_the_platform_as_a_part(asked, as_petra):
    page = as_petra.get(at(asked))
    answer = as_petra.get(at(asked, "/plan"), headers=part("div#plan"))

    assert f'hx-get="{at(asked, "/plan")}"' in page.text
    assert "<html" not in answer.text
    assert "customer_products" in answer.text
    assert "CREATE VIEW" in answer.text
    assert AccessAgreement.objects.count() == 0


def test_a_narrowed_request_previews_its_own_view(platform, ask_full, as_petra):
    asked = ask_full(slice={"columns": ["fare"]})

    plan = as_petra.get(at(asked, "/plan")).context["plan"]

    assert any('"fare"' in one for one in plan.statements)
    assert not any('t."email"' in one for one in plan.statements)


def test_a_platform_that_is_away_is_said_and_the_page_still_works(asked, as_petra):
    platform = asked.port.platform
    platform.config = {**platform.config, "port": 1}
    platform.save()

    page = as_petra.get(at(asked))
    plan = as_petra.get(at(asked, "/plan"))

    assert page.status_code == 200
    assert plan.context["plan"] is None
    assert "does not answer now" in plan.text


def test_petra_approves_and_a_worker_proves_it(asked, as_petra, work):
    answer = as_petra.post(at(asked, "/approve"), form(asked, note="Fine."), follow=True)
    work()

    asked.refresh_from_db()
    assert (asked.state, asked.decided_by, asked.note) == ("approved", "petra", "Fine.")
    assert asked.agreement.state == "active"
    assert "A worker grants it now" in answer.text


def test_a_request_that_changed_meanwhile_is_not_approved(asked, as_petra):
    answer = as_petra.post(at(asked, "/approve"), form(asked, digest="0" * 64))

    assert answer.status_code == 422
    assert "changed since you read it" in answer.text
    asked.refresh_from_db()
    assert asked.state == "in_review"


def test_declining_needs_words_and_keeps_the_page(asked, as_petra):
    answer = as_petra.post(at(asked, "/reject"), form(asked))

    assert answer.status_code == 422
    assert "Say why, in a sentence." in answer.text
    asked.refresh_from_db()
    assert asked.state == "in_review"


def test_declining_with_words_is_told(asked, as_petra):
    as_petra.post(at(asked, "/reject"), form(asked, note="Use the curated port."))

    asked.refresh_from_db()
    assert (asked.state, asked.note) == ("rejected", "Use the curated port.")


def test_returning_asks_for_a_change(asked, as_petra):
    as_petra.post(at(asked, "/return"), form(asked, note="For which campaign?"))

    asked.refresh_from_db()
    assert (asked.state, asked.note) == ("returned", "For which campaign?")


def test_an_offer_has_fewer_columns_and_a_shorter_time(asked, as_petra):
    sent = form(
        asked,
        columns=["booking_id", "fare"],
        all_columns=["booking_id", "email", "fare"],
        asked_days=90,
        days=30,
    )
    as_petra.post(at(asked, "/counter"), sent)

    asked.refresh_from_db()
    assert asked.state == "countered"
    assert asked.snapshot["counter"] == {"columns": ["booking_id", "fare"], "duration_days": 30}


def test_an_offer_that_offers_everything_is_refused(asked, as_petra):
    every = ["booking_id", "email", "fare"]
    sent = form(asked, columns=every, all_columns=every, asked_days=90, days=90)

    answer = as_petra.post(at(asked, "/counter"), sent)

    assert answer.status_code == 422
    assert "Say what is offered instead." in answer.text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ana", "You asked for this yourself"),
        ("gus", "You are not one of those who answer"),
        ("petra", ""),
    ],
)
def test_the_page_says_why_somebody_cannot_decide(asked, browser, name, words):
    answer = browser(name).get(at(asked))

    assert answer.context["why_not"].startswith(words)
    assert answer.context["decides"] is (name == "petra")
    assert ("Approve as" in answer.text) is (name == "petra")


def test_a_colleague_of_the_requester_reads_why_others_decide(asked, people, browser):
    from marketplace.kernel.identity.models import Membership, Team, User

    sid = User.objects.get(username="sid")
    Membership.objects.create(user=sid, team=Team.objects.get(slug="growth"), role="lead")

    answer = browser("sid").get(at(asked))

    assert "You would get this access as a part of Growth" in answer.text


def test_ana_cannot_approve_her_own_request(asked, as_ana):
    answer = as_ana.post(at(asked, "/approve"), form(asked))

    assert answer.status_code == 422
    assert NotAllowed.title in answer.text
    asked.refresh_from_db()
    assert asked.state == "in_review"


def test_the_asking_side_sees_no_statements(asked, as_ana):
    assert as_ana.get(at(asked)).context["sees_plan"] is False
    assert as_ana.get(at(asked, "/plan")).status_code == 403


def test_a_strangers_review_is_not_there(asked, browser):
    sid = browser("sid")

    assert sid.get(at(asked)).status_code == 404
    assert sid.get(at(asked, "/plan")).status_code == 404
    assert sid.post(at(asked, "/approve"), form(asked)).status_code == 404
    assert sid.get("/owner/reviews").status_code == 403


def test_nobody_reviews_without_signing_in(asked):
    answer = Client().get(at(asked))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_both_sides_talk_in_place(asked, as_petra, as_ana):
    as_petra.post(at(asked, "/comment"), {"text": "For which campaign?"})
    as_ana.post(at(asked, "/comment"), {"text": "<b>Spring</b>"})

    said = list(RequestComment.objects.values_list("author", "text"))
    assert said == [("petra", "For which campaign?"), ("ana", "<b>Spring</b>")]
    assert "&lt;b&gt;Spring&lt;/b&gt;" in as_petra.get(at(asked)).text


def test_the_keys_are_on_the_page(asked, as_petra):
    text = as_petra.get(at(asked)).text

    for key in ("a", "c", "d r", "o"):
        assert f'data-key="{key}"' in text
    assert "data-row" in text


def test_answered_requests_have_their_own_list(asked, petra, as_petra):
    requests.reject(petra, request_id=asked.pk, note="No.")

    queue = as_petra.get("/owner/reviews?show=done").context["queue"]

    assert [row["asked"] for row in queue["rows"]] == [asked]
    assert queue["waiting"] == 0
    assert queue["pace"].basis == "1 answer in 180 days"


def test_a_review_costs_a_fixed_number_of_statements(asked, as_petra, django_assert_num_queries):
    as_petra.get(at(asked))
    with django_assert_num_queries(29):
        as_petra.get(at(asked))


def test_a_lesser_port_of_the_product_is_offered_from_the_page(asked, apply, as_petra):
    apply(
        make.product(
            "customer.bookings",
            version="1.1.0",
            ports=[
                make.port("full", contract="bookings-full", resource="customer.bookings"),
                make.port("numbers", contract="bookings-numbers", resource="customer.bookings"),
            ],
        ),
        make.contract(
            "bookings-numbers",
            product="customer.bookings",
            columns={"booking_id": make.BOOKING_COLUMNS["booking_id"]},
        ),
    )
    assert "numbers, with all its columns" in as_petra.get(at(asked)).text

    every = ["booking_id", "email", "fare"]
    sent = form(asked, port="numbers@1", columns=every, all_columns=every, asked_days=90, days=90)
    as_petra.post(at(asked, "/counter"), sent)

    asked.refresh_from_db()
    assert asked.state == "countered"
    assert asked.snapshot["counter"] == {"port": "numbers", "port_version": "1"}
