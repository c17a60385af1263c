"""Each hears by the ways they chose; the inbox keeps everything."""

import json
import re
from pathlib import Path

import pytest

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import Invalid
from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.models import User
from subscriptions import kinds
from subscriptions.actions import notices, sending, webhooks
from subscriptions.actions.notification_choices import choices_of, choose
from subscriptions.models import Mail, Notice, NoticeRecipient, NotificationChoice, WebhookDelivery
from subscriptions.notices import Draft, ways_of
from tests.receivers import WebhookReceiver

pytestmark = pytest.mark.django_db
_KIND = re.compile(r'"([A-Z]+(?:_[A-Z]+)+|INCIDENT|SUNSET|DEPRECATION)"')


@pytest.fixture
def tell(people):
    def run(kind: str, *who, token: str = "one"):
        draft = Draft(kind, "Late", "We look into it.", "/inbox", token)
        return notices.tell(SYSTEM, draft=draft, people=[one.user_id for one in who])

    return run


@pytest.fixture
def reachable(settings):
    settings.ALLOW_TARGETS = ["127.0.0.0/8"]


def mails() -> list[tuple[str, str]]:
    return sorted(Mail.objects.values_list("user__username", "state"))


def test_mail_is_as_each_chose_and_every_inbox_has_it(people, tell, ana, olaf):
    choose(ana, wanted={"INCIDENT": {"email": False}})

    tell("INCIDENT", ana, olaf)

    assert mails() == [("ana", "suppressed"), ("olaf", "queued")]
    assert NoticeRecipient.objects.count() == 2


def test_what_comes_only_by_choice_comes_by_choice(people, tell, ana, olaf):
    choose(ana, wanted={"QUALITY_BREACH": {"email": True}})

    tell("QUALITY_BREACH", ana, olaf)

    assert mails() == [("ana", "queued"), ("olaf", "suppressed")]


@pytest.mark.parametrize("kind", sorted(kinds.MANDATORY))
def test_a_locked_kind_is_not_silenced(people, tell, ana, kind):
    with pytest.raises(Invalid) as refused:
        choose(ana, wanted={kind: {"email": False}, "INCIDENT": {"email": False}})

    assert [(one.pointer, one.code) for one in refused.value.problems] == [
        (f"/{kind}/email", "always-on")
    ]
    assert not NotificationChoice.objects.exists()
    tell(kind, ana)
    assert mails() == [("ana", "queued")]


@pytest.mark.parametrize(
    ("wanted", "pointer", "code"),
    [
        ({"INCIDENT": {"inbox": False}}, "/INCIDENT/inbox", "always-on"),
        ({"INCIDENT": {"pigeon": True}}, "/INCIDENT/pigeon", "unknown-channel"),
        ({"WEATHER": {"email": True}}, "/WEATHER", "unknown-kind"),
    ],
)
def test_what_there_is_no_choice_of_is_refused(people, ana, wanted, pointer, code):
    with pytest.raises(Invalid) as refused:
        choose(ana, wanted=wanted)

    assert [(one.pointer, one.code) for one in refused.value.problems] == [(pointer, code)]
    assert not NotificationChoice.objects.exists()


def test_a_choice_that_is_the_default_leaves_no_row(people, ana):
    account = choose(ana, wanted={"INCIDENT": {"email": False, "webhook": True}})
    assert choices_of(account) == {("INCIDENT", "email"): False, ("INCIDENT", "webhook"): True}

    choose(ana, wanted={"INCIDENT": {"email": True, "webhook": False}})

    assert choices_of(account) == {}
    told = Event.objects.filter(name="notice.choices.changed").order_by("-seq").first()
    assert told.data == {"changed": ["INCIDENT email on", "INCIDENT webhook off"]}
    assert told.teams == ["user:ana"]


@pytest.mark.usefixtures("reachable")
def test_a_webhook_hears_once_what_its_owner_chose(tell, ana, olaf, deliver):
    with WebhookReceiver() as hook:
        for one in (ana, olaf):
            webhooks.create(one, url=hook.url, types=["notice.addressed"])
        choose(ana, wanted={"INCIDENT": {"webhook": True}})
        tell("INCIDENT", ana, olaf)
        tell("INCIDENT", ana, olaf)
        tell("OWNER_MESSAGE", ana, olaf, token="two")
        deliver()
        sending.send_due()

    heard = [json.loads(body)["data"] for _, body in hook.requests]
    notice = Notice.objects.get(type="INCIDENT")
    assert [(one["type"], one["title"], one["notice_id"]) for one in heard] == [
        ("INCIDENT", "Late", str(notice.pk))
    ]
    assert WebhookDelivery.objects.get(event_name="notice.addressed").endpoint.owner.pk == (
        ana.user_id
    )


def test_without_a_webhook_nothing_is_recorded_for_one(people, tell, ana):
    choose(ana, wanted={"INCIDENT": {"webhook": True}})

    tell("INCIDENT", ana)

    assert not Event.objects.filter(name="notice.addressed").exists()


def test_ways_cost_one_statement(people, ana, olaf, gus, django_assert_num_queries):
    users = list(User.objects.all())
    with django_assert_num_queries(1):
        ways_of("INCIDENT", users)


def test_every_kind_that_is_sent_has_a_choice():
    sent = set()
    here = Path("subscriptions")
    for path in [*here.glob("*_handlers.py"), *here.glob("handlers/*.py")]:
        sent |= set(
            re.findall(r'"([A-Z]+(?:_[A-Z]+)+|INCIDENT|SUNSET|DEPRECATION)"', path.read_text())
        )

    assert sent == set(kinds.KINDS_BY_NAME)
