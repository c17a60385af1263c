"""Marks wait in memory and are written together; a page pays nothing for them."""

import pytest

from marketplace.kernel.actors import NOBODY
from subscriptions.funnel import marks
from subscriptions.models import FunnelMark

pytestmark = pytest.mark.django_db


def kept():
    return list(FunnelMark.objects.values_list("step", "actor", "text", "found", "product_id"))


def test_a_search_and_a_look_are_written_in_one_statement(ana, mesh, django_assert_num_queries):
    product = mesh["flight-operations.flight-delays"]

    with django_assert_num_queries(0):
        marks.searched(ana, "  Flight\tDELAYS ", 3)
        marks.viewed(ana, product.pk)
    assert kept() == []
    with django_assert_num_queries(1):
        assert marks.flush() == 2

    assert kept() == [
        ("search", "ana", "flight delays", 3, None),
        ("view", "ana", "", None, product.pk),
    ]
    assert marks.flush() == 0


def test_a_search_without_words_is_none_and_a_long_one_is_cut(ana):
    marks.searched(ana, " \x00 ", 9)
    marks.searched(ana, "x" * 500, 0)
    marks.flush()

    assert kept() == [("search", "ana", "x" * 120, 0, None)]


def test_who_is_not_signed_in_has_no_name(db):
    marks.searched(NOBODY, "delays", 1)
    marks.flush()

    assert kept() == [("search", "", "delays", 1, None)]


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_written_is_dropped_and_nothing_else_fails(ana, mesh):
    marks.viewed(ana, 999_999_999)

    assert marks.flush() == 0
    assert kept() == []


def test_ana_at_her_browser_leaves_marks(client, people, mesh):
    from django.contrib.auth import get_user_model

    client.force_login(get_user_model().objects.get(username="ana"))
    client.get("/", {"q": "delays"})
    client.get("/products/flight-operations.flight-delays")
    client.get("/")
    marks.flush()

    product = mesh["flight-operations.flight-delays"]
    assert kept() == [("search", "ana", "delays", 1, None), ("view", "ana", "", None, product.pk)]
