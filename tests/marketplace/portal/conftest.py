"""People at their browsers, on a mesh whose platform is real."""

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from subscriptions.models import AccessAgreement
from tests.subscriptions.conftest import ask_curated, ask_full, platform, work  # noqa: F401

FLIGHTS = "flight-operations.flight-delays"
BOOKINGS = "customer.bookings"


@pytest.fixture
def browser(people) -> Callable[[str], Client]:
    """Sign somebody in by name."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(get_user_model().objects.get(username=name))
        return client

    return sign_in


@pytest.fixture
def as_ana(browser) -> Client:
    """Ana at her browser."""
    return browser("ana")


@pytest.fixture
def as_olaf(browser) -> Client:
    """Olaf at his browser."""
    return browser("olaf")


@pytest.fixture
def granted(platform, ask_curated, work) -> AccessAgreement:  # noqa: F811 - a fixture
    """Growth reads Flight delays, curated, and it is proven."""
    asked = ask_curated()
    work()
    return AccessAgreement.objects.get(request=asked)


def part(target: str) -> dict[str, str]:
    """Give the headers by which the page's script asks for the part that fills ``target``."""
    return {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": target}
