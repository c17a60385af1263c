"""How people find a product, for its owner only."""

import pytest
from django.utils import timezone

from catalog.models import DataProduct
from subscriptions.models import FunnelDay, SearchDay
from tests.marketplace.portal.conftest import FLIGHTS

pytestmark = pytest.mark.django_db
WHERE = f"/owner/products/{FLIGHTS}/insights"


@pytest.fixture
def counted(mesh) -> DataProduct:
    """Twelve looks, three requests; one search led here and one found nothing."""
    product = DataProduct.objects.get(key=FLIGHTS)
    today = timezone.now().date()
    for step, count in (("view", 12), ("request", 3)):
        FunnelDay.objects.create(day=today, step=step, product=product, count=count, people=2)
    SearchDay.objects.create(
        day=today, text="late flights", product=product, count=5, people=2, found=1
    )
    SearchDay.objects.create(day=today, text="baggage", count=4, people=1, found=0)
    return product


def test_the_way_from_a_search_to_rows_is_counted(counted, as_olaf):
    steps = {one["step"].step: one for one in as_olaf.get(WHERE).context["steps"]}

    assert steps["search"]["step"].count == 5
    assert (steps["view"]["step"].count, steps["view"]["share"]) == (12, 100)
    assert steps["view"]["came"] == ""  # more looks than searches are no share of them
    assert (steps["request"]["step"].count, steps["request"]["came"]) == (3, "25 %")


def test_searches_that_led_here_and_that_found_nothing_are_told_apart(counted, as_olaf):
    context = as_olaf.get(WHERE).context

    assert [(one.text, one.count) for one in context["led"]] == [("late flights", 5)]
    assert [(one.text, one.count) for one in context["empty"]] == [("baggage", 4)]


def test_nothing_counted_says_so(mesh, as_olaf):
    text = as_olaf.get(WHERE).text

    assert "No search led here in 30 days." in text
    assert "not known yet, nobody has come that far" in text


def test_others_do_not_see_it(counted, browser):
    for name in ("ana", "petra", "sid"):
        assert browser(name).get(WHERE).status_code == 403
    assert browser("gus").get(WHERE).status_code == 200


def test_the_page_costs_a_fixed_number_of_statements(counted, as_olaf, django_assert_num_queries):
    as_olaf.get(WHERE)
    with django_assert_num_queries(13):
        as_olaf.get(WHERE)


def test_a_product_that_nobody_looked_at_says_so(mesh, as_olaf):
    text = as_olaf.get(WHERE).text

    assert "Nobody looked at it in 30 days." in text
    assert "on the busiest day" not in text


def test_the_busiest_day_is_named(counted, as_olaf):
    assert "12 today, 12 on the busiest day" in as_olaf.get(WHERE).text
