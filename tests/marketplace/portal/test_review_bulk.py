"""Answering several requests at once, the clock, and the way to the next."""

from datetime import timedelta

import pytest
from django.utils import timezone

from subscriptions.actions import requests
from subscriptions.models import AccessAgreement, AccessRequest

pytestmark = pytest.mark.django_db
APPROVE, REJECT = "/owner/reviews/answer/approve", "/owner/reviews/answer/reject"


@pytest.fixture
def as_petra(browser):
    return browser("petra")


@pytest.fixture
def three(platform, ask_full) -> list[AccessRequest]:
    """Ana asks for Bookings, full: for her team, for herself, and for a product of her team."""
    return [
        ask_full(purpose_text="Churn of members"),
        ask_full(consumer_kind="user", consumer_key="ana"),
    ]


def picked(*asked, **also) -> dict[str, object]:
    sent: dict[str, object] = {"pick": [str(one.pk) for one in asked], **also}
    return sent | {f"version-{one.pk}": one.version for one in asked}


def states(asked) -> list[str]:
    found = AccessRequest.objects.in_bulk([one.pk for one in asked])
    return [found[one.pk].state for one in asked]


def test_petra_approves_all_that_she_picked(three, as_petra, work):
    answer = as_petra.post(APPROVE, picked(*three, note="Fine."))
    work()

    assert states(three) == ["approved", "approved"]
    assert [line["done"] for line in answer.context["lines"]] == [True, True]
    assert "2 of 2 done" in answer.text
    assert AccessAgreement.objects.filter(state="active").count() == 2


def test_one_that_changed_meanwhile_stops_no_other(three, as_petra):
    sent = picked(*three) | {f"version-{three[0].pk}": 99}

    answer = as_petra.post(APPROVE, sent)

    assert states(three) == ["in_review", "approved"]
    lines = answer.context["lines"]
    assert [line["done"] for line in lines] == [False, True]
    assert lines[0]["outcome"].startswith("This was changed by somebody else.")
    assert "1 still waits" in answer.text


def test_declining_needs_words_for_each(three, as_petra):
    answer = as_petra.post(REJECT, picked(*three))

    assert states(three) == ["in_review", "in_review"]
    assert answer.text.count("Say why, in a sentence.") == 2

    as_petra.post(REJECT, picked(*three, note="Use the curated port."))
    assert states(three) == ["rejected", "rejected"]


def test_nobody_approves_past_their_rights(three, as_ana, browser):
    answer = as_ana.post(APPROVE, picked(*three))
    stranger = browser("sid").post(APPROVE, picked(*three))

    assert [line["done"] for line in answer.context["lines"]] == [False, False]
    assert [line["asked"] for line in stranger.context["lines"]] == [None, None]
    assert "Bookings" not in stranger.text
    assert states(three) == ["in_review", "in_review"]


def test_nothing_picked_and_nonsense_are_told_apart(three, as_petra):
    assert "No request was picked" in as_petra.post(APPROVE, {}).text
    assert as_petra.post(APPROVE, {"pick": "x"}).status_code == 404
    assert as_petra.post("/owner/reviews/answer/burn", picked(*three)).status_code == 404
    assert as_petra.get(APPROVE).status_code == 405
    assert states(three) == ["in_review", "in_review"]


def test_the_queue_has_boxes_keys_and_a_clock(three, as_petra):
    late = timezone.now() - timedelta(hours=30)
    AccessRequest.objects.filter(pk=three[0].pk).update(created_at=late)

    answer = as_petra.get("/owner/reviews")

    queue = answer.context["queue"]
    assert [row["clock"].short for row in queue["rows"]] == ["6 h late", "23 h left"]
    assert (queue["late"], queue["hours"]) == (1, 24)
    assert answer.context["clock"].long.startswith("6 h past the objective")
    assert answer.text.count('data-key="x"') == 2
    assert 'data-key="d r"' in answer.text


def test_the_page_leads_to_the_next_request(three, as_petra, petra):
    page = as_petra.get(f"/owner/reviews/{three[0].pk}")
    assert page.context["next"] == three[1]
    assert 'data-key="n"' in page.text

    requests.approve(petra, request_id=three[0].pk)
    assert as_petra.get(f"/owner/reviews/{three[0].pk}").context["next"] == three[1]
    requests.approve(petra, request_id=three[1].pk)
    assert as_petra.get(f"/owner/reviews/{three[1].pk}").context["next"] is None
