"""Offering another port of the product: what is less, what it leads to, what is refused."""

import pytest

from catalog.models import OutputPort
from catalog.states import Status
from marketplace.kernel.errors import DomainError, Invalid
from subscriptions.actions import requests
from subscriptions.actions.lesser_ports import lesser_ports
from subscriptions.states import RequestState
from tests.factories import descriptors as make

pytestmark = pytest.mark.django_db
NUMBERS = {
    "booking_id": make.BOOKING_COLUMNS["booking_id"],
    "fare": {"logicalType": "number", "physicalType": "numeric"},
}


@pytest.fixture
def two_ports(apply, mesh):
    """Bookings gets a second port, without the e-mail address."""
    apply(
        make.product(
            "customer.bookings",
            version="1.1.0",
            purpose="Who booked what.",
            ports=[
                make.port("full", contract="bookings-full", resource="customer.bookings"),
                make.port("numbers", contract="bookings-numbers", resource="customer.bookings"),
            ],
        ),
        make.contract("bookings-numbers", product="customer.bookings", columns=NUMBERS),
    )


@pytest.fixture
def asked(two_ports, ask_full):
    return ask_full()


def test_a_port_that_shows_less_can_be_offered(asked):
    assert [(one.port.name, one.at_once) for one in lesser_ports(asked)] == [("numbers", True)]


def test_taking_a_lesser_port_that_a_policy_allows_gives_it_at_once(asked, ana, petra):
    requests.counter(petra, request_id=asked.pk, port="numbers", note="No e-mail, please.")
    asked.refresh_from_db()
    assert asked.snapshot["counter"] == {"port": "numbers", "port_version": "1"}
    assert asked.port.name == "full"

    requests.accept_counter(ana, request_id=asked.pk)

    asked.refresh_from_db()
    assert (asked.state, asked.port.name) == (RequestState.APPROVED, "numbers")
    assert asked.snapshot["columns"] == ["booking_id", "fare"]
    assert (asked.decided_by, asked.decided_by_kind) == ("policy", "policy")
    assert asked.agreement.port.name == "numbers"
    assert list(asked.stages.all()) == []


def test_an_offer_of_the_same_port_or_of_one_of_another_product_is_refused(asked, petra):
    for name in ("full", "curated", "nothing"):
        with pytest.raises(Invalid):
            requests.counter(petra, request_id=asked.pk, port=name)

    asked.refresh_from_db()
    assert asked.state == RequestState.IN_REVIEW
    assert "counter" not in asked.snapshot


def test_another_port_is_offered_whole(asked, petra):
    with pytest.raises(Invalid) as refused:
        requests.counter(petra, request_id=asked.pk, port="numbers", columns=["fare"])

    assert [one.pointer for one in refused.value.problems] == ["/columns"]


def test_a_port_that_was_retired_since_the_offer_is_not_taken(asked, ana, petra):
    requests.counter(petra, request_id=asked.pk, port="numbers")
    OutputPort.objects.filter(name="numbers").update(status=Status.RETIRED)

    with pytest.raises(DomainError):
        requests.accept_counter(ana, request_id=asked.pk)

    asked.refresh_from_db()
    assert (asked.state, asked.port.name) == (RequestState.COUNTERED, "full")
