"""What an owner should do first, from real facts."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from catalog.actions.changes import propose_change
from catalog.models import DataProduct, ServiceLevelWindow
from marketplace.portal.owner_tasks import Rank
from subscriptions.actions.notices import acknowledge
from subscriptions.models import AccessRequest, Grant, Notice
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import FLIGHTS

pytestmark = pytest.mark.django_db
NARROW = {k: v for k, v in make.FLIGHT_COLUMNS.items() if k != "origin"}


def first(client):
    return client.get("/owner").context["tasks"]


def aged(asked, hours) -> None:
    moment = timezone.now() - timedelta(hours=hours)
    AccessRequest.objects.filter(pk=asked.pk).update(created_at=moment)


def test_an_answer_in_time_says_what_is_left(platform, ask_full, browser):
    aged(ask_full(), 4)

    task = first(browser("petra"))[0]

    assert (task.rank, task.title) == (Rank.ANSWER, "Answer Growth on Bookings")
    assert task.why.endswith("left of 24 h")
    assert task.why.startswith("19 h 59 min")


def test_a_late_answer_says_by_how_much(platform, ask_full, browser):
    asked = ask_full()
    aged(asked, 30)

    task = first(browser("petra"))[0]

    assert (task.rank, task.tone, task.href) == (
        Rank.LATE_ANSWER,
        "bad",
        f"/owner/reviews/{asked.pk}",
    )
    assert task.why.startswith("6 h past the objective")


def test_access_that_may_remain_comes_before_everything(granted, as_olaf):
    Grant.objects.update(revoke_unverified=True, diagnostics="The role is still a member.")
    product = DataProduct.objects.get(key=FLIGHTS)
    ServiceLevelWindow.objects.create(
        product=product, day=timezone.now().date(), state="breached", basis="3 h, objective 1 h"
    )

    tasks = first(as_olaf)

    assert [task.rank for task in tasks[:2]] == [Rank.ACCESS_REMAINS, Rank.PROMISE_MISSED]
    assert tasks[0].why == "The role is still a member."
    assert tasks[1].why == "3 h, objective 1 h; 1 consumer reads it"


def test_a_promise_missed_last_week_is_history(granted, as_olaf):
    product = DataProduct.objects.get(key=FLIGHTS)
    ServiceLevelWindow.objects.create(
        product=product, day=date(2020, 1, 1), state="breached", basis="3 h"
    )

    assert Rank.PROMISE_MISSED not in [task.rank for task in first(as_olaf)]


def test_an_objection_asks_for_a_talk(granted, olaf, ana, as_olaf, work):
    propose_change(olaf, text=make.contract(version="2.0.0", columns=NARROW))
    work()
    notice = Notice.objects.get(type="BREAKING_CHANGE")
    acknowledge(ana, notice_id=notice.pk, answer="object", note="We join on origin.")

    task = first(as_olaf)[0]

    assert (task.rank, task.title) == (Rank.OBJECTION, "Talk about Flight delays 2.0.0")
    assert task.why == "1 consumer objects to this change"


def test_a_fix_counts_points_times_consumers(granted, as_olaf, deliver):
    deliver()

    task = next(one for one in first(as_olaf) if one.rank == Rank.FIX)

    product = DataProduct.objects.get(key=FLIGHTS)
    assert task.touched == pytest.approx(
        product.datsis.best_fix["gain"] / 100 * max(1, product.consumers)
    )
    assert "for Flight delays, 1 consumer" in task.why


def test_an_officer_without_products_has_no_tasks_of_owners(granted, browser):
    context = browser("dana").get("/owner").context

    assert context["tasks"] == []
    assert context["value"] == []
