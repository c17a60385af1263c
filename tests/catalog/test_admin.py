"""The admin: every list and row opens for the operator, secrets are not on it, buttons ask."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from catalog.actions.profiles import keep_profile
from catalog.actions.quality import report_results
from catalog.actions.saved_queries import save_query
from catalog.models import DataProduct, OutputPort, PlatformConnection
from governance.models import Policy
from marketplace.connectors.base import ColumnProfile
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.clock import now
from marketplace.kernel.identity.admin import site

DELAYS = "flight-operations.flight-delays"
OURS = [model for model in site._registry if model._meta.app_label in ("catalog", "governance")]


@pytest.fixture
def signed_in(mesh):
    """Give a signed-in client of somebody."""

    def run(who) -> Client:
        client = Client()
        client.force_login(
            get_user_model().objects.get(username=who),
            backend="django.contrib.auth.backends.ModelBackend",
        )
        return client

    return run


@pytest.fixture
def rows(mesh, ana, deliver):
    """At least one row of most kinds."""
    save_query(ana, key=DELAYS, port="curated", slug="q", title="Q", sql="SELECT 1")
    found = (ColumnProfile("carrier", 3, 0, 3, "AA", "UA", (("AA", 1),)),)
    keep_profile(SYSTEM, port_id=OutputPort.objects.get(name="curated").pk, found=found)
    checked = {
        "check_key": "c",
        "name": "C",
        "status": "pass",
        "observed_at": now(),
        "source": "dbt",
    }
    report_results(SYSTEM, key=DELAYS, results=[checked])
    deliver()


def name_of(model, view):
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_and_row_opens_for_the_operator_and_changes_nothing(rows, signed_in, model):
    client = signed_in("pia")

    assert client.get(reverse(name_of(model, "changelist")), {"q": "x"}).status_code == 200
    for row in model._default_manager.all()[:1]:
        place = reverse(name_of(model, "change"), args=[row.pk])
        assert client.get(place).status_code == 200
        assert client.post(place, {}).status_code == 403
    assert client.get(reverse(name_of(model, "add"))).status_code == 403


def test_a_platforms_secret_is_not_on_its_page(signed_in, settings):
    row = PlatformConnection.objects.get(key="warehouse")

    page = signed_in("pia").get(reverse(name_of(PlatformConnection, "change"), args=[row.pk]))

    assert settings.WAREHOUSE["password"] not in page.text
    assert bytes(row.secret).hex() not in page.text
    assert "secret" not in page.text.lower()


def press(client, model, button, *rows):
    return client.post(
        reverse(name_of(model, "changelist")),
        {"action": button, "_selected_action": [row.pk for row in rows]},
        follow=True,
    )


def test_a_button_asks_who_may_and_says_the_refusal(signed_in):
    product = DataProduct.objects.get(key=DELAYS)

    page = press(signed_in("pia"), DataProduct, "leave", product)

    assert "You may not do this." in page.text
    product.refresh_from_db()
    assert product.status == "active"


def test_the_operator_prepares_a_platform_by_a_button(signed_in):
    platform = PlatformConnection.objects.get(key="warehouse")

    page = press(signed_in("pia"), PlatformConnection, "prepare", platform)

    assert "1 prepared." in page.text
    platform.refresh_from_db()
    assert platform.checked_at is not None


def test_the_operator_does_not_govern(signed_in):
    policy = Policy.objects.get()

    page = press(signed_in("pia"), Policy, "activate", policy)

    assert "You may not do this." in page.text


@pytest.mark.parametrize("who", ["ana", "olaf", "sid"])
def test_others_do_not_come_in(signed_in, who):
    page = signed_in(who).get(reverse(name_of(DataProduct, "changelist")))

    assert page.status_code in (302, 403, 404)
