"""Mail as it was written: one's own, and all of it for operators."""

import pytest

pytestmark = pytest.mark.django_db
OUTBOX = "/dev/outbox"


def receivers(answer) -> set[str]:
    return {mail.to for mail in answer.context["mails"]}


def test_operators_see_all_mail_and_others_their_own(platform, ask_full, work, browser):
    ask_full()
    work()

    assert receivers(browser("pia").get(OUTBOX)) == {"petra@example.org"}
    assert receivers(browser("petra").get(OUTBOX)) == {"petra@example.org"}
    assert receivers(browser("ana").get(OUTBOX)) == set()


def test_in_production_only_operators_reach_it(platform, ask_full, work, browser, settings):
    ask_full()
    work()
    settings.PRODUCTION = True

    assert browser("petra").get(OUTBOX).status_code == 404
    assert receivers(browser("pia").get(OUTBOX)) == {"petra@example.org"}


def test_nobody_reads_mail_without_signing_in(client, db):
    assert client.get(OUTBOX).status_code == 302
