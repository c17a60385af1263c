"""The ledger of logins: one's own page, the operator's, and the button."""

import pytest

from subscriptions.actions import lab
from subscriptions.models import IssuedLogin

pytestmark = pytest.mark.django_db


@pytest.fixture
def login(granted, ana) -> IssuedLogin:
    """A login of Ana's."""
    lab.credentials(ana, agreement_id=granted.pk, minutes=30)
    return IssuedLogin.objects.get()


def test_ana_sees_hers_and_drops_it(login, as_ana):
    page = as_ana.get("/settings/logins")
    assert [one["row"].pk for one in page.context["live"]] == [login.pk]
    assert page.context["live"][0]["may_drop"]

    as_ana.post(f"/logins/{login.pk}/revoke")

    login.refresh_from_db()
    assert login.state == "revoked"
    page = as_ana.get("/settings/logins")
    assert ([], [login.pk]) == (
        page.context["live"],
        [one["row"].pk for one in page.context["over"]],
    )


def test_the_operator_sees_all_and_others_do_not(login, browser):
    assert browser("pia").get("/operator/logins?person=ana").context["live"]
    assert browser("pia").get("/operator/logins?person=sid").context["live"] == []
    assert browser("ana").get("/operator/logins").status_code == 403
    assert browser("sid").get("/settings/logins").context["live"] == []
    assert browser("sid").post(f"/logins/{login.pk}/revoke").status_code == 404


def test_the_pages_cost_a_fixed_number_of_statements(
    login, ana, browser, django_assert_max_num_queries
):
    for _ in range(3):
        lab.credentials(ana, agreement_id=login.agreement_id, minutes=30)
    for name, address in (("ana", "/settings/logins"), ("pia", "/operator/logins")):
        client = browser(name)
        client.get(address)
        with django_assert_max_num_queries(9):
            client.get(address)
