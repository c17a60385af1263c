"""The admin: rows to look at, for operators alone, with buttons that call actions."""

import pytest

from marketplace.kernel.events.models import Delivery
from marketplace.kernel.identity.actions import issue_token
from marketplace.kernel.identity.admin import site
from subscriptions.models import Grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_pia(browser):
    return browser("pia")


def lists() -> list[str]:
    return [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]


def test_every_list_and_row_is_shown_to_the_operator(granted, ana, as_pia):
    issue_token(ana, username="ana", name="x", scopes=["read"])
    assert as_pia.get("/admin/").status_code == 200

    for model in site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert as_pia.get(base).status_code == 200, base
        row = model.objects.first()
        if row is not None:
            assert as_pia.get(f"{base}{row.pk}/change/").status_code == 200, base


def test_no_row_is_added_changed_or_deleted(granted, as_pia):
    for base in lists():
        assert as_pia.get(f"{base}add/").status_code == 403, base
    row = Grant.objects.get()
    base = f"/admin/subscriptions/grant/{row.pk}/"
    assert as_pia.post(f"{base}change/", {"state": "verified"}).status_code == 403
    assert as_pia.post(f"{base}delete/", {"post": "yes"}).status_code == 403
    assert Grant.objects.get() == row


@pytest.mark.parametrize("name", ["ana", "olaf", "gus", "sid"])
def test_nobody_else_gets_in_whatever_is_staff_says(people, browser, name):
    from marketplace.kernel.identity.models import User

    User.objects.filter(username=name).update(is_staff=True, is_superuser=True)

    assert browser(name).get("/admin/", follow=True).status_code == 403


def test_the_admin_has_no_sign_in_of_its_own(client, db):
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_secrets_and_digests_are_not_shown(people, ana, as_pia):
    from marketplace.kernel.identity.models import ApiToken, User

    issue_token(ana, username="ana", name="x", scopes=["read"])
    token = ApiToken.objects.get()

    assert token.digest not in as_pia.get(f"/admin/identity/apitoken/{token.pk}/change/").text
    User.objects.filter(username="ana").update(password="pbkdf2_sha256$secret")
    shown = as_pia.get(f"/admin/identity/user/{ana.user_id}/change/").text
    assert "pbkdf2_sha256$secret" not in shown


def test_a_button_calls_the_action(mesh, as_pia):
    row = Delivery.objects.order_by("pk").first()
    Delivery.objects.filter(pk=row.pk).update(dead=True, next_at=None)

    sent = {"action": "run_again", "_selected_action": [row.pk]}
    answer = as_pia.post("/admin/events/delivery/", sent, follow=True)

    row.refresh_from_db()
    assert row.dead is False
    assert "1 run again." in answer.text


def test_a_refusal_is_told_by_its_words(mesh, as_pia):
    row = Delivery.objects.order_by("pk").first()

    sent = {"action": "run_again", "_selected_action": [row.pk]}
    answer = as_pia.post("/admin/events/delivery/", sent, follow=True)

    assert "There is nothing here for you." in answer.text
