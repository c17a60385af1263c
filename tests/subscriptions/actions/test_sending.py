"""Webhooks and mail go out signed and once, wait when a receiver is away, and are never lost."""

import json
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.db.models.functions import Now
from standardwebhooks import Webhook

from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.identity.models import User
from subscriptions.actions import follows, notices, sending, webhooks
from subscriptions.models import Mail, Notice, WebhookDelivery, WebhookEndpoint
from subscriptions.notices import Draft
from tests.receivers import Mailbox, WebhookReceiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(settings):
    settings.ALLOW_TARGETS = ["127.0.0.0/8"]
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def endpoint(hook, ana, mesh, deliver):
    made, secret = webhooks.create(ana, url=hook.url, types=["product.followed"])
    deliver()
    made.plain = secret
    return made


def test_an_event_arrives_signed_as_cloudevent(endpoint, hook, ana, deliver):
    follows.follow(ana, key="flight-operations.flight-delays")
    deliver()

    assert sending.send_due() == 1

    headers, body = hook.requests[0]
    assert Webhook(endpoint.plain).verify(body, headers)["subject"] == (
        "product/flight-operations.flight-delays"
    )
    event = json.loads(body)
    assert (event["specversion"], event["type"]) == ("1.0", "io.emporion.product.followed")
    assert event["id"] == headers["webhook-id"]
    assert headers["content-type"].startswith("application/cloudevents+json")
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts) == ("delivered", 1)


def test_olafs_webhook_does_not_hear_what_olaf_may_not(endpoint, hook, olaf, ana, deliver):
    webhooks.create(olaf, url=hook.url, types=["product.followed"])
    follows.follow(ana, key="flight-operations.flight-delays")
    deliver()

    sending.send_due()

    assert WebhookDelivery.objects.filter(endpoint__owner__username="olaf").count() == 0
    assert len(hook.requests) == 1


def test_a_receiver_that_is_away_is_tried_again(endpoint, hook, ana, deliver):
    hook.status = 503
    follows.follow(ana, key="flight-operations.flight-delays")
    deliver()
    assert sending.send_due() == 0

    row = WebhookDelivery.objects.get()
    assert (row.state, row.response_status, row.attempts) == ("retrying", 503, 1)
    assert row.next_at is not None
    hook.status = 200
    WebhookDelivery.objects.update(next_at=Now())
    assert sending.send_due() == 1
    assert WebhookDelivery.objects.get().state == "delivered"
    ids = {headers["webhook-id"] for headers, _ in hook.requests}
    assert len(ids) == 1


def test_a_receiver_that_is_gone_is_paused_and_its_owner_can_see_why(endpoint, hook, ana, deliver):
    hook.status = 410
    follows.follow(ana, key="flight-operations.flight-delays")
    deliver()

    sending.send_due()

    kept = WebhookEndpoint.objects.get(pk=endpoint.pk)
    assert (kept.active, kept.disabled_reason) == (False, "It answered 410: gone.")
    assert WebhookDelivery.objects.get().state == "dead"


def test_a_receiver_that_hangs_does_not_hold_up_another(hook, settings, ana, mesh, deliver):
    import threading

    with WebhookReceiver() as slow:
        slow.hold = threading.Event()
        webhooks.create(ana, url=slow.url, types=["product.followed"])
        webhooks.create(ana, url=hook.url, types=["product.followed"])
        deliver()
        follows.follow(ana, key="flight-operations.flight-delays")
        deliver()
        helper = threading.Thread(
            target=lambda: (hook.arrived.wait(10), slow.hold.set()), daemon=True
        )
        helper.start()

        assert sending.send_due() == 2

        assert hook.arrived.is_set()


def test_after_a_rotation_both_secrets_sign_for_a_day(endpoint, hook, ana, deliver):
    _, fresh = webhooks.rotate(ana, endpoint_id=endpoint.pk)
    follows.follow(ana, key="flight-operations.flight-delays")
    deliver()
    sending.send_due()

    headers, body = hook.requests[0]
    assert Webhook(endpoint.plain).verify(body, headers)
    assert Webhook(fresh).verify(body, headers)
    WebhookEndpoint.objects.update(old_secret_until=Now() - timedelta(seconds=1))
    follows.unfollow(ana, key="flight-operations.flight-delays")
    deliver()
    sending.send_due()
    headers, body = hook.requests[1]
    assert len(headers["webhook-signature"].split()) == 1


def test_a_delivery_is_replayed_by_its_owner_only(endpoint, hook, ana, sid, deliver):
    follows.follow(ana, key="flight-operations.flight-delays")
    deliver()
    sending.send_due()
    row = WebhookDelivery.objects.get()

    with pytest.raises(NotFound):
        webhooks.replay(sid, endpoint_id=endpoint.pk, delivery_id=row.pk)
    webhooks.replay(ana, endpoint_id=endpoint.pk, delivery_id=row.pk)
    sending.send_due()

    assert len(hook.requests) == 2
    assert hook.requests[0][0]["webhook-id"] == hook.requests[1][0]["webhook-id"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.8/hook",
        "https://169.254.169.254/latest",
        "https://user:secret@example.org/",
        "https://2130706433/",
        "https://localhost/hook",
        "ftp://example.org/",
        "not an address",
    ],
)
def test_an_address_of_ours_is_refused_and_nothing_is_kept(ana, mesh, url):
    with pytest.raises(Invalid) as refused:
        webhooks.create(ana, url=url)

    assert refused.value.problems[0].pointer == "/url"
    assert not WebhookEndpoint.objects.exists()


def test_the_secret_is_sealed_in_the_row(endpoint):
    kept = WebhookEndpoint.objects.get(pk=endpoint.pk)

    assert endpoint.plain.encode() not in bytes(kept.secret)


@pytest.fixture
def told(mesh, ana):
    from marketplace.kernel.actors import SYSTEM

    draft = Draft("ACCESS_GRANTED", "Ready\r\nBcc: all@example.org", "Read it.", "/lab", "token-1")
    return notices.tell(SYSTEM, draft=draft, people=[ana.user_id])


def test_a_notice_is_mailed_once_and_no_header_can_be_injected(settings, told):
    with Mailbox() as box:
        settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_STARTTLS = (
            "127.0.0.1",
            box.port,
            False,
        )

        assert (sending.send_mails(), sending.send_mails()) == (1, 0)

        letter = message_from_bytes(box.letters[0].content)
    assert box.letters[0].rcpt_tos == ["ana@example.org"]
    assert letter["Subject"] == "Ready Bcc: all@example.org"
    assert letter["Bcc"] is None
    assert Mail.objects.get().state == "delivered"


def test_everybody_is_mailed_in_their_own_language(settings, mesh, ana):
    from marketplace.kernel.actors import SYSTEM

    User.objects.filter(username="olaf").update(language="de")
    draft = Draft(
        "ACCESS_GRANTED",
        "Flight delays: port curated is ready",
        "It runs until 2027-01-31 09:00 UTC. Our own words, as they are.",
        "/lab",
        "token-2",
    )
    olaf = User.objects.get(username="olaf")
    notices.tell(SYSTEM, draft=draft, people=[ana.user_id, olaf.pk])
    with Mailbox() as box:
        settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", box.port
        settings.SMTP_STARTTLS = False

        assert sending.send_mails() == 2

        letters = {
            letter.rcpt_tos[0]: message_from_bytes(letter.content, policy=default)
            for letter in box.letters
        }
    english, german = letters["ana@example.org"], letters["olaf@example.org"]
    assert english["Subject"] == "Flight delays: port curated is ready"
    assert german["Subject"] == "Flight delays: Port curated ist bereit"
    assert german.get_content().splitlines()[0] == (
        "Es läuft bis 31. Jan 2027, 09:00 UTC. Our own words, as they are."
    )
    assert Notice.objects.get().title == "Flight delays: port curated is ready"


def test_a_mail_server_that_is_away_loses_nothing(settings, told):
    settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_STARTTLS = "127.0.0.1", 1, False

    assert sending.send_mails() == 0

    mail = Mail.objects.get()
    assert (mail.state, mail.attempts) == ("retrying", 1)
    assert mail.next_at is not None


def test_the_same_notice_twice_is_one(told, ana):
    from marketplace.kernel.actors import SYSTEM

    draft = Draft("ACCESS_GRANTED", "Ready", "Read it.", "/lab", "token-1")
    again = notices.tell(SYSTEM, draft=draft, people=[ana.user_id])

    assert again.pk == told.pk
    assert Mail.objects.count() == 1
    assert told.recipients.count() == 1
