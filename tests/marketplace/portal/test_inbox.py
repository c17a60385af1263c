"""The inbox: what wants an answer, answered in place."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from catalog.actions.changes import propose_change
from marketplace.portal.inbox import _ICONS
from subscriptions.models import Acknowledgement, Notice, NoticeRecipient
from subscriptions.queries import unread
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(granted, olaf, work) -> Notice:
    """Olaf proposes what breaks Ana's team; she is told and asked."""
    columns = {k: v for k, v in make.FLIGHT_COLUMNS.items() if k != "origin"}
    propose_change(olaf, text=make.contract(version="2.0.0", columns=columns))
    work()
    return Notice.objects.get(type="BREAKING_CHANGE")


def test_every_kind_of_notice_has_an_icon_that_there_is():
    sprite = (settings.BASE_DIR / "static/dist/icons.svg").read_text()

    assert [icon for icon in _ICONS.values() if f'id="{icon}"' not in sprite] == []


def groups(answer) -> dict[str, list[str]]:
    return {g["title"]: [c["title"] for c in g["cards"]] for g in answer.context["groups"]}


def test_notices_are_grouped_by_what_they_want(told, as_ana):
    answer = as_ana.get("/inbox")

    assert groups(answer) == {
        "Needs your answer": ["Flight delays will change: flight-delays-curated 2.0.0"],
        "New": ["Flight delays: port curated is ready"],
    }
    assert answer.context["unread"] == 2


@pytest.mark.parametrize(
    ("answer", "state"),
    [("acknowledge", "acknowledged"), ("need_time", "needs_time"), ("object", "objected")],
)
def test_ana_answers_in_place(told, as_ana, ana, answer, state):
    as_ana.post(f"/inbox/{told.pk}/answer", {"answer": answer})

    ack = Acknowledgement.objects.get()
    assert (ack.state, ack.answered_by) == (state, "ana")
    assert unread(ana) == 1


def test_an_unknown_answer_changes_nothing(told, as_ana):
    shown = as_ana.post(f"/inbox/{told.pk}/answer", {"answer": "maybe"}, follow=True)

    assert "Answer one of" in shown.text
    assert Acknowledgement.objects.get().state == "pending"


def test_reading_one_and_reading_all(told, as_ana, ana):
    ready = Notice.objects.get(type="ACCESS_GRANTED")
    answer = as_ana.post(f"/inbox/{ready.pk}/read?back=/inbox%3Fshow%3Dunread")
    assert answer["Location"] == "/inbox?show=unread"
    assert unread(ana) == 1

    as_ana.post("/inbox/read")
    assert unread(ana) == 0
    assert groups(as_ana.get("/inbox?show=unread")) == {}


def test_a_notice_is_put_off_to_a_day_and_undone(told, as_ana, ana):
    ready = Notice.objects.get(type="ACCESS_GRANTED")
    tomorrow = timezone.now().date() + timedelta(days=1)

    shown = as_ana.post(f"/inbox/{ready.pk}/snooze?back=/inbox", follow=True)

    assert groups(shown)["Put off"] == ["Flight delays: port curated is ready"]
    assert (shown.context["unread"], unread(ana)) == (1, 1)
    assert f"/inbox/{ready.pk}/back?back=%2Finbox" in shown.text
    kept = NoticeRecipient.objects.get(notice=ready)
    assert kept.snoozed_until == datetime.combine(tomorrow, time(6), UTC)
    assert "Put off" not in groups(as_ana.get("/inbox?show=unread"))

    as_ana.post(f"/inbox/{ready.pk}/back")
    assert groups(as_ana.get("/inbox"))["New"] == ["Flight delays: port curated is ready"]
    assert unread(ana) == 2


@pytest.mark.parametrize("until", ["yesterday", "2020-01-01", "2099-01-01"])
def test_a_day_that_cannot_be_is_refused(told, as_ana, ana, until):
    shown = as_ana.post(f"/inbox/{told.pk}/snooze", {"until": until}, follow=True)

    assert "Put off" not in groups(shown)
    assert "A day as" in shown.text or "Between now and" in shown.text
    assert unread(ana) == 2


def test_what_is_due_stands_on_the_first_page_however_old_it_is(told, as_ana, monkeypatch):
    monkeypatch.setattr("marketplace.portal.inbox.PAGE", 1)
    oldest = NoticeRecipient.objects.filter(user__username="ana").order_by("notice_id").first()
    oldest.snoozed_until = timezone.now() - timedelta(minutes=1)
    oldest.save()

    shown = as_ana.get("/inbox")

    assert groups(shown)["New"] == [oldest.notice.title]
    assert "it is back since" in shown.text


def test_the_way_back_leads_nowhere_else(told, as_ana):
    for back in ("https://evil.example", "//evil.example", "/inboxx/../evil", "javascript:x"):
        answer = as_ana.post(f"/inbox/{told.pk}/read", QUERY_STRING=f"back={back}")
        assert answer["Location"].startswith("/inbox")


def test_somebody_elses_notice_is_not_there(told, browser):
    sid = browser("sid")

    assert sid.post(f"/inbox/{told.pk}/read").status_code == 404
    assert sid.post(f"/inbox/{told.pk}/snooze").status_code == 404
    assert sid.post(f"/inbox/{told.pk}/back").status_code == 404
    assert sid.post(f"/inbox/{told.pk}/answer", {"answer": "object"}).status_code == 404
    assert Acknowledgement.objects.get().state == "pending"
    assert groups(sid.get("/inbox")) == {}


def test_a_request_that_waits_stands_in_its_own_group(platform, ask_full, work, browser):
    ask_full()
    work()

    answer = browser("petra").get("/inbox")

    assert list(groups(answer)) == ["Waits for your review"]


def test_the_inbox_comes_in_pages(told, as_ana, ana, monkeypatch):
    monkeypatch.setattr("marketplace.portal.inbox.PAGE", 1)
    first = as_ana.get("/inbox")
    second = as_ana.get(first.context["older"])

    assert sum(map(len, groups(first).values())) == 1
    assert groups(first) != groups(second)
    assert second.context["older"] == ""
    assert second.context["newer"] == "/inbox"
    assert NoticeRecipient.objects.filter(user_id=ana.user_id).count() == 2


def test_the_inbox_costs_a_fixed_number_of_statements(told, as_ana, django_assert_num_queries):
    with django_assert_num_queries(7):
        as_ana.get("/inbox")
