"""The operator's page: what is stuck, and how it is set going again."""

import pytest

from catalog.models import PlatformConnection
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.events.models import Delivery
from marketplace.kernel.events.queries import pulse
from subscriptions.models import Grant, Mail, WebhookDelivery, WebhookEndpoint
from subscriptions.states import MessageState

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_pia(browser):
    return browser("pia")


@pytest.fixture
def dead(mesh) -> Delivery:
    """A handler that was given up."""
    row = Delivery.objects.order_by("pk").first()
    Delivery.objects.filter(pk=row.pk).update(
        dead=True, next_at=None, attempts=12, error="ValueError: no"
    )
    return row


def test_the_page_says_what_is_due(mesh, as_pia, deliver):
    before = as_pia.get("/operator").context["pulse"]
    deliver()
    after = as_pia.get("/operator").context["pulse"]

    assert before.due > 0
    assert before.oldest_due is not None
    assert (after.due, after.oldest_due, after.dead) == (0, None, 0)
    assert after.last_done is not None


def test_a_handler_that_was_given_up_runs_again(dead, as_pia, deliver):
    assert as_pia.get("/operator").context["dead"] == [dead]

    as_pia.post(f"/operator/delivery/{dead.pk}/retry")
    dead.refresh_from_db()
    assert (dead.dead, dead.attempts) == (False, 0)
    deliver()

    dead.refresh_from_db()
    assert dead.done_at is not None
    assert pulse().dead == 0


def test_only_what_was_given_up_is_retried(mesh, as_pia):
    row = Delivery.objects.order_by("pk").first()

    assert as_pia.post(f"/operator/delivery/{row.pk}/retry").status_code == 404
    assert as_pia.post("/operator/delivery/x/retry").status_code == 404
    assert as_pia.post("/operator/fire/1/retry").status_code == 404


def test_a_mail_that_was_given_up_is_tried_again(granted, as_pia):
    mail = Mail.objects.first()
    Mail.objects.filter(pk=mail.pk).update(state=MessageState.DEAD, next_at=None, attempts=10)

    assert as_pia.get("/operator").context["given_up"] == 1
    as_pia.post(f"/operator/mail/{mail.pk}/retry")

    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("queued", 0)
    assert mail.next_at is not None


def test_a_parked_grant_is_proven_anew(granted, as_pia, work):
    Grant.objects.update(needs_human=True, diagnostics="The view is gone.")

    assert len(as_pia.get("/operator").context["troubled"]) == 1
    as_pia.post(f"/operator/grants/{granted.grant.pk}/verify")
    work()

    grant = Grant.objects.get()
    assert (grant.needs_human, grant.state) == (False, "verified")


def test_a_platform_is_checked_on_demand(platform, as_pia):
    as_pia.post("/operator/platforms/warehouse/check")

    row = PlatformConnection.objects.get()
    assert row.checked_at is not None
    shown = as_pia.get("/operator").text
    assert all(one["text"] in shown for one in row.findings)


@pytest.mark.parametrize("name", ["ana", "olaf", "gus", "dana", "sid"])
def test_the_machinery_is_for_operators(dead, browser, name):
    client = browser(name)

    assert client.get("/operator").status_code == 403
    assert client.post(f"/operator/delivery/{dead.pk}/retry").status_code == 403
    assert client.post("/operator/platforms/warehouse/check").status_code == 403
    dead.refresh_from_db()
    assert dead.dead is True


def test_others_may_not_repair_past_the_page(dead, gus):
    from marketplace.kernel.errors import NotAllowed
    from marketplace.kernel.events.actions import retry_delivery

    with pytest.raises(NotAllowed):
        retry_delivery(gus, delivery_id=dead.pk)
    assert retry_delivery(SYSTEM, delivery_id=dead.pk).dead is False


def test_the_page_costs_a_fixed_number_of_statements(granted, as_pia, django_assert_num_queries):
    with django_assert_num_queries(29):
        as_pia.get("/operator")


def test_a_webhook_delivery_that_was_given_up_is_tried_again(mesh, as_pia, people):
    endpoint = WebhookEndpoint.objects.create(
        owner_id=people["ana"].user_id, url="https://example.org/hook"
    )
    row = WebhookDelivery.objects.create(
        endpoint=endpoint, event_seq=1, event_name="product.published", state="dead", attempts=9
    )

    assert as_pia.get("/operator").context["dead_webhooks"] == [row]
    as_pia.post(f"/operator/webhook/{row.pk}/retry")

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("queued", 0)
    assert row.next_at is not None
    assert as_pia.post("/operator/webhook/x/retry").status_code == 404
    assert as_pia.post(f"/operator/webhook/{row.pk}/retry", follow=True).status_code == 404


def test_queues_are_shown_with_what_they_are(granted, as_pia):
    queues = {one["about"]: one["number"] for one in as_pia.get("/operator").context["queues"]}

    assert queues["Grants that are proven"] == 1
    assert queues["Revokes that are not proven"] == 0


def test_a_webhook_delivery_that_arrived_is_sent_again(mesh, as_pia, people):
    endpoint = WebhookEndpoint.objects.create(
        owner_id=people["ana"].user_id, url="https://example.org/hook"
    )
    row = WebhookDelivery.objects.create(
        endpoint=endpoint, event_seq=1, event_name="team.changed", state=MessageState.DELIVERED
    )
    assert as_pia.get("/operator").context["sent"] == [row]

    as_pia.post(f"/operator/webhook/{row.pk}/retry")

    states = WebhookDelivery.objects.order_by("replay").values_list("replay", "state")
    assert list(states) == [(0, MessageState.DELIVERED), (1, MessageState.QUEUED)]
