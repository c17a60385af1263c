"""The stream behind a request's page: an event when something moved, and a place for few."""

import pytest
from django.db.models import F

from marketplace.portal import request_stream
from marketplace.portal.request_stream import mark_of, told
from subscriptions.models import AccessRequest, Grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(settings):
    """Let a stream end after its first look."""
    settings.REQUEST_STREAM_SECONDS = 2 * request_stream.EVERY


def test_an_event_comes_for_each_move_and_a_sign_of_life_between():
    marks = iter(["a", "a", "b", *["b"] * 8])

    events = list(told(lambda: next(marks), looks=11, pause=0))

    assert events == [
        b"retry: 1000\nevent: moved\ndata: a\n\n",
        b"event: moved\ndata: b\n\n",
        b": still here\n\n",
    ]


def test_the_mark_follows_request_agreement_and_grant(granted, django_assert_num_queries):
    with django_assert_num_queries(1):
        before = mark_of(granted.request_id)
    Grant.objects.filter(agreement=granted).update(generation=F("generation") + 1)

    assert before.startswith("approved/")
    assert "active" in before
    assert mark_of(granted.request_id) != before


def test_ana_s_page_streams_and_falls_back_when_no_stream_is_free(granted, as_ana, short):
    address = f"/requests/{granted.request_id}/events"
    stream = as_ana.get(address)
    refused = as_ana.get(address)
    read = b"".join(stream.streaming_content)
    again = as_ana.get(address)
    b"".join(again.streaming_content)

    assert (stream.status_code, stream["Content-Type"]) == (200, "text/event-stream")
    assert stream["Cache-Control"] == "no-store"
    assert read == f"retry: 1000\nevent: moved\ndata: {mark_of(granted.request_id)}\n\n".encode()
    assert (refused.status_code, refused.content) == (204, b"")
    assert again.status_code == 200


def test_a_request_of_others_streams_nothing(granted, browser, client):
    assert browser("sid").get(f"/requests/{granted.request_id}/events").status_code == 404
    assert client.get(f"/requests/{granted.request_id}/events").status_code == 302


def test_the_page_names_its_stream_while_it_waits(mesh, ask_full, as_ana):
    asked = ask_full()

    waiting = as_ana.get(f"/requests/{asked.pk}").content.decode()
    AccessRequest.objects.filter(pk=asked.pk).update(state="withdrawn")
    over = as_ana.get(f"/requests/{asked.pk}").content.decode()

    assert f'data-live-events="/requests/{asked.pk}/events"' in waiting
    assert "data-live-events" not in over
