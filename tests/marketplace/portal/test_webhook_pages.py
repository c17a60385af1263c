"""One's webhooks: made, paused, tested, logged, replayed."""

import pytest

from subscriptions.models import WebhookDelivery, WebhookEndpoint

pytestmark = pytest.mark.django_db
FORM = {"url": "https://hooks.example.org/in", "description": "Pipeline", "types": ["access."]}


@pytest.fixture
def hook(people, as_ana) -> WebhookEndpoint:
    """Ana's webhook for everything about access."""
    as_ana.post("/settings/webhooks", FORM)
    return WebhookEndpoint.objects.get()


def at(hook, tail="") -> str:
    return f"/settings/webhooks/{hook.pk}{tail}"


def test_a_webhook_is_made_and_its_secret_shown_once(hook, as_ana):
    shown, again = as_ana.get(at(hook)), as_ana.get(at(hook))

    assert shown.context["secret"].value.startswith("whsec_")
    assert shown["Cache-Control"] == "no-store"
    assert again.context["secret"] is None
    assert (hook.url, hook.types) == ("https://hooks.example.org/in", ["access."])


def test_a_private_address_is_refused_at_its_field(people, as_ana):
    answer = as_ana.post("/settings/webhooks", {**FORM, "url": "http://127.0.0.1:9/"})

    assert answer.status_code == 422
    assert answer.context["form"].errors["url"]
    assert not WebhookEndpoint.objects.exists()


def test_it_is_paused_and_resumed(hook, as_ana):
    as_ana.post(at(hook, "/pause"))
    hook.refresh_from_db()
    assert hook.active is False
    as_ana.post(at(hook, "/resume"))
    hook.refresh_from_db()
    assert hook.active is True


def test_a_new_secret_is_shown_once(hook, as_ana):
    first = as_ana.get(at(hook)).context["secret"].value

    second = as_ana.post(at(hook, "/rotate"), follow=True).context["secret"].value

    assert second != first
    assert second.startswith("whsec_")


def test_a_test_event_appears_in_the_log_and_is_replayed(hook, as_ana, deliver):
    hook.types = []
    hook.save()
    as_ana.post(at(hook, "/test"))
    deliver()

    sent = as_ana.get(at(hook)).context["deliveries"]
    # The test itself and, before it, nothing: making the hook was told before it stood.
    row = next(one for one in sent if one.event_name.startswith("webhook"))
    as_ana.post(at(hook, f"/deliveries/{row.pk}/replay"))

    assert WebhookDelivery.objects.filter(event_seq=row.event_seq).count() == 2


def test_it_is_removed_with_its_log(hook, as_ana):
    as_ana.post(at(hook, "/remove"))

    assert not WebhookEndpoint.objects.exists()


def test_somebody_elses_webhook_is_not_there(hook, browser):
    olaf = browser("olaf")

    assert olaf.get(at(hook)).status_code == 404
    for move in ("pause", "rotate", "test", "remove"):
        assert olaf.post(at(hook, f"/{move}")).status_code == 404
    assert WebhookEndpoint.objects.get().active is True
    assert olaf.get("/settings/webhooks").context["webhooks"] == []
    assert olaf.post(at(hook, "/explode")).status_code == 404
