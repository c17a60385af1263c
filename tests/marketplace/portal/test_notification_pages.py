"""The choices of notifications: shown with what is locked and why, kept by a plain form."""

import pytest

from subscriptions import kinds
from subscriptions.actions.webhooks import create
from subscriptions.models import NotificationChoice

pytestmark = pytest.mark.django_db
PAGE = "/settings/notifications"
MAIL = [f"{one.name}:email" for one in kinds.KINDS if one.mail and not one.locked]


def ticked(answer) -> set[str]:
    return {
        way["value"]
        for group in answer.context["groups"]
        for line in group["kinds"]
        for way in line["ways"]
        if way["on"] and not way["locked"]
    }


def test_every_kind_stands_there_with_what_is_locked_and_why(people, as_ana):
    answer = as_ana.get(PAGE)

    shown = [line["kind"].name for group in answer.context["groups"] for line in group["kinds"]]
    assert shown == list(kinds.KINDS_BY_NAME)
    assert ticked(answer) == set(MAIL)
    assert answer.text.count("Always by mail.") == len(kinds.MANDATORY)
    assert 'value="BREAKING_CHANGE:email"' not in answer.text
    assert "It asks your team for an answer before a date." in answer.text


def test_what_is_ticked_is_kept(people, as_ana):
    wants = {*MAIL, "QUALITY_BREACH:email", "INCIDENT:webhook"} - {"DEPRECATION:email"}

    as_ana.post(PAGE, {"wants": sorted(wants)})

    rows = NotificationChoice.objects.values_list("user__username", "kind", "channel", "wanted")
    assert set(rows) == {
        ("ana", "DEPRECATION", "email", False),
        ("ana", "INCIDENT", "webhook", True),
        ("ana", "QUALITY_BREACH", "email", True),
    }
    assert ticked(as_ana.get(PAGE)) == wants


def test_a_forged_tick_off_of_a_locked_kind_changes_nothing(people, as_ana):
    as_ana.post(PAGE, {"wants": [*MAIL, "SUNSET:inbox", "WEATHER:email"]})

    assert not NotificationChoice.objects.exists()


def test_it_says_where_mail_and_webhooks_go(people, as_ana, ana, settings):
    assert "make one" in as_ana.get(PAGE).text
    settings.ALLOW_TARGETS = ["127.0.0.0/8"]

    create(ana, url="http://127.0.0.1:1/hook")

    assert "your 1 active webhook<" in as_ana.get(PAGE).text


def test_it_needs_a_sign_in(client, db):
    assert client.get(PAGE).status_code == 302


def test_the_page_costs_a_fixed_number_of_statements(people, as_ana, django_assert_num_queries):
    with django_assert_num_queries(7):
        as_ana.get(PAGE)
