"""A notice that was put off is back when it is due: none is lost."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.events.models import Event
from subscriptions.actions import notices
from subscriptions.models import NoticeRecipient
from subscriptions.notices import Draft
from subscriptions.queries import awake, came_back, inbox, unread

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(people):
    draft = Draft("INCIDENT", "Late", "We look into it.", "/inbox", "one")
    return notices.tell(SYSTEM, draft=draft, people=[people["ana"].user_id])


def test_it_is_out_of_the_way_until_then_and_new_again(notice, ana):
    notices.read(ana, notice_id=notice.pk)
    until = timezone.now() + timedelta(days=1)

    notices.snooze(ana, notice_id=notice.pk, until=until)

    assert unread(ana) == 0
    assert not awake(inbox(ana)).exists()
    assert inbox(ana).get().snoozed_until == until
    assert notices.read_all(ana) == 0
    said = Event.objects.filter(name="notice.snoozed").get()
    assert (said.data["notice_id"], said.data["until"]) == (str(notice.pk), until.isoformat())

    NoticeRecipient.objects.update(snoozed_until=Now() - timedelta(seconds=1))
    assert unread(ana) == 1
    assert came_back(ana).get().notice_id == notice.pk


def test_it_is_brought_back_at_once(notice, ana):
    notices.snooze(ana, notice_id=notice.pk, until=timezone.now() + timedelta(days=9))

    notices.bring_back(ana, notice_id=notice.pk)

    assert unread(ana) == 1
    assert not came_back(ana).exists()


@pytest.mark.parametrize("span", [timedelta(seconds=-1), timedelta(days=91)])
def test_neither_into_the_past_nor_for_ever(notice, ana, span):
    with pytest.raises(Invalid) as refused:
        notices.snooze(ana, notice_id=notice.pk, until=timezone.now() + span)

    assert [one.pointer for one in refused.value.problems] == ["/until"]
    assert inbox(ana).get().snoozed_until is None
    assert not Event.objects.filter(name="notice.snoozed").exists()


def test_what_wants_an_answer_is_back_before_its_deadline(notice, ana):
    notice.ack_deadline = timezone.now() + timedelta(days=5)
    notice.save()

    with pytest.raises(Invalid):
        notices.snooze(ana, notice_id=notice.pk, until=timezone.now() + timedelta(days=6))

    assert unread(ana) == 1
    notices.snooze(ana, notice_id=notice.pk, until=timezone.now() + timedelta(days=4))
    assert unread(ana) == 0


def test_somebody_elses_notice_cannot_be_put_off(notice, ana, people):
    with pytest.raises(NotFound):
        notices.snooze(
            people["olaf"], notice_id=notice.pk, until=timezone.now() + timedelta(days=1)
        )
    with pytest.raises(NotFound):
        notices.bring_back(people["olaf"], notice_id=notice.pk)

    assert inbox(ana).get().snoozed_until is None
