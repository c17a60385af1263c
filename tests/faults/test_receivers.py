"""A receiver that is away, and comes back: nothing is lost, and nothing comes twice."""

import socket
from datetime import timedelta
from email import message_from_bytes

import pytest
from django.db.models.functions import Now

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.leases import claim
from subscriptions.actions import sending
from subscriptions.actions import webhooks as hooks
from subscriptions.actions.notices import tell
from subscriptions.models import Mail, WebhookDelivery
from subscriptions.notices import Draft
from tests.receivers import Mailbox, WebhookReceiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def closed_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def due_now(model) -> None:
    model.objects.filter(next_at__isnull=False).update(next_at=Now())


def test_mail_waits_for_its_server_and_comes_once(people, ana, settings, closed_port):
    settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", closed_port
    settings.SMTP_STARTTLS, settings.SMTP_USER = False, ""
    for number in range(3):
        draft = Draft("DATA_UPDATE", f"News {number}", "It is there.", "/", f"test-{number}")
        tell(SYSTEM, draft=draft, people=[ana.user_id])

    assert sending.send_mails() == 0
    assert set(Mail.objects.values_list("state", "attempts")) == {("retrying", 1)}

    with Mailbox() as box:
        settings.SMTP_PORT = box.port
        due_now(Mail)
        assert sending.send_mails() == 3
        due_now(Mail)
        assert sending.send_mails() == 0
        subjects = sorted(message_from_bytes(one.content)["Subject"] for one in box.letters)
    assert subjects == ["News 0", "News 1", "News 2"]
    assert set(Mail.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_mail_whose_lease_has_ended_meanwhile_is_left_to_who_has_it_now(people, ana, settings):
    settings.SMTP_HOST = ""
    tell(SYSTEM, draft=Draft("DATA_UPDATE", "News", "Text.", "/", "one"), people=[ana.user_id])
    ((key, fence),) = claim(Mail, limit=1, lease=timedelta(seconds=30))
    Mail.objects.update(lease_until=Now() - timedelta(seconds=1))
    claim(Mail, limit=1, lease=timedelta(seconds=30))

    assert not sending._send_mail(key, fence)

    assert Mail.objects.get().state == "queued"


def test_webhooks_wait_for_their_receiver_and_come_once(people, ana, deliver, settings):
    settings.ALLOW_TARGETS = ["127.0.0.1"]
    with WebhookReceiver() as receiver:
        endpoint, _ = hooks.create(ana, url=receiver.url, types=["webhook.changed"])
        deliver()
        WebhookDelivery.objects.all().delete()
        receiver.requests.clear()
        receiver.status = 503
        for _ in range(3):
            hooks.test(ana, endpoint_id=endpoint.pk)
        deliver()
        assert sending.send_webhooks() == 0
        assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"retrying"}

        receiver.status = 204
        receiver.requests.clear()
        due_now(WebhookDelivery)
        assert sending.send_webhooks() == 3
        due_now(WebhookDelivery)
        assert sending.send_webhooks() == 0

        names = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert len(names) == len(set(names)) == 3
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
    endpoint.refresh_from_db()
    assert (endpoint.active, endpoint.failing_since) == (True, None)
