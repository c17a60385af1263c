"""An empty instance: the first administrator gets from nothing to an owner and their console."""

import pytest
from django.test import Client

from catalog.models import DataProduct, Domain
from marketplace.kernel.identity.models import Membership, Team, User
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def first() -> Client:
    """Who was made by `make superuser`, signed in."""
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.test", "a-long-phrase"))
    return client


def test_who_is_made_on_the_command_line_runs_the_installation(first):
    page = first.get("/home")

    assert User.objects.get().roles == ["platform_operator"]
    assert 'href="/operator/platforms"' in page.text
    assert 'href="/owner/apply"' in page.text
    assert first.get("/operator").status_code == 200


def test_an_empty_market_leads_to_the_beginning(first):
    page = first.get("/")

    assert "Nothing is offered yet" in page.text
    assert "Show everything" not in page.text
    assert 'href="/home">How to begin' in page.text


def test_the_first_domain_team_and_product_are_described_in_the_portal(first):
    assert first.get("/owner").status_code == 403
    text = make.bundle(
        make.domain("flight-operations", team="flight-operations"),
        make.team("flight-operations", {"root": "product_owner"}),
    )

    done = first.post("/owner/apply", {"text": text, "view": "yaml"}, follow=True)

    assert done.redirect_chain == [("/home", 302)]
    assert (Domain.objects.count(), Team.objects.count()) == (1, 1)
    assert Membership.objects.get().role == "product_owner"
    assert first.get("/owner").status_code == 200
    assert first.get("/owner/new").status_code == 200


def test_who_has_no_team_and_no_office_describes_nothing(people, browser):
    text = make.domain("flight-operations")

    answer = browser("sid").post("/owner/apply", {"text": text, "view": "yaml"})

    assert answer.status_code == 403
    assert not Domain.objects.exists()
    assert not DataProduct.objects.exists()


def test_sid_is_told_that_he_is_in_no_team(mesh, browser):
    assert "You are in no team yet" in browser("sid").get("/home").text
    assert "You are in no team yet" not in browser("ana").get("/home").text
