"""What an owner gets back: figures with their basis, and none where nothing is stored."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import DataProduct
from marketplace.portal.owner_value import saved, to_market
from subscriptions.actions import requests
from subscriptions.models import AccessRequest
from tests.factories import descriptors as make
from tests.marketplace.portal.conftest import BOOKINGS, FLIGHTS

pytestmark = pytest.mark.django_db


def figures(client) -> dict[str, tuple[str, str]]:
    return {one.label: (one.value, one.basis) for one in client.get("/owner").context["value"]}


def test_nothing_is_known_of_a_product_that_nobody_uses(mesh, as_olaf):
    found = figures(as_olaf)

    assert found["Consumers"] == ("", "nobody has proven access yet")
    assert found["Queries"] == ("", "queries in 30 days, nothing counted yet")
    assert found["Waiting saved"] == ("", "no request was answered by a policy in 180 days")
    assert found["Built on yours"][0] == ""
    assert found["Time to market"][0] == ""
    assert as_olaf.get("/owner").text.count("not known yet") == 5


def test_proven_consumers_are_counted_once(granted, as_olaf):
    assert figures(as_olaf)["Consumers"] == ("1", "with proven access, 1 of them new in 30 days")


def test_answers_by_policy_are_worth_what_people_take(platform, ask_full, ask_curated, petra):
    moment = timezone.now()
    for hours in (1, 2, 7):
        asked = ask_full()
        requests.reject(petra, request_id=asked.pk, note="Not now.")
        AccessRequest.objects.filter(pk=asked.pk).update(
            created_at=moment - timedelta(hours=hours), decided_at=moment
        )
    ask_curated()
    both = [one.pk for one in DataProduct.objects.filter(key__in=[FLIGHTS, BOOKINGS])]

    found = saved(both, timezone.now())

    assert found.value == "2 h"
    assert found.basis == (
        "1 answer by policy in 180 days, each instead of 2 h: the median of 3 by people"
    )


def test_too_few_answers_by_people_give_no_median(granted, as_olaf):
    value, basis = figures(as_olaf)["Waiting saved"]

    assert value == ""
    assert basis == (
        "1 answer by policy in 180 days; what each saved is known after 3 answers by people, "
        "of which there are 0"
    )


def test_products_that_read_mine_are_counted_with_their_own_consumers(mesh, apply, as_olaf):
    apply(
        make.product(
            "customer.late-guests",
            ports=[make.port(contract="late-guests")],
            inputs=["flight-delays-curated"],
        ),
        make.contract("late-guests", product="customer.late-guests"),
    )

    assert figures(as_olaf)["Built on yours"] == (
        "1 product",
        "of 1 team, without consumers yet",
    )


def test_a_hidden_product_that_reads_mine_is_not_counted(mesh, apply, as_olaf):
    apply(
        make.product(
            "customer.late-guests",
            scope="team",
            ports=[make.port(contract="late-guests")],
            inputs=["flight-delays-curated"],
        ),
        make.contract("late-guests", product="customer.late-guests"),
    )

    assert figures(as_olaf)["Built on yours"][0] == ""


def test_the_median_product_says_how_long_it_took_to_its_first_consumer():
    found = to_market([60.0, 3600.0, 7200.0, -5.0])

    assert found.value == "1 h"
    assert found.basis == "from published to the first proven consumer, median of 3 products"
