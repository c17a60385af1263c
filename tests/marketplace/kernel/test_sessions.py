"""Sessions as the framework keeps them, read by a statement of ours."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.kernel.identity.models import Session
from marketplace.kernel.identity.sessions import SessionStore, forget_ended

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept():
    session = SessionStore()
    session["of"] = "ana"
    session.create()
    return session


def test_anas_session_is_found_again(kept):
    assert SessionStore(kept.session_key)["of"] == "ana"


def test_a_session_that_is_over_is_empty_and_its_key_forgotten(kept):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    again = SessionStore(kept.session_key)

    assert again.get("of") is None
    assert again.session_key is None


def test_a_key_that_nobody_gave_out_holds_nothing(kept):
    assert SessionStore("x" * 32).get("of") is None


def test_a_changed_session_is_read_as_it_is_now(kept):
    kept["of"] = "olaf"
    kept.save()

    assert SessionStore(kept.session_key)["of"] == "olaf"


def test_reading_costs_one_statement(kept, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert SessionStore(kept.session_key)["of"] == "ana"


def test_what_is_over_is_forgotten_and_the_rest_kept(kept):
    over = SessionStore()
    over.create()
    Session.objects.filter(pk=over.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )

    assert forget_ended() == 1

    assert list(Session.objects.values_list("pk", flat=True)) == [kept.session_key]
