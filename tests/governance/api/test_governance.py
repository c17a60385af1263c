"""Scores, the audit trail and the feed over REST."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from marketplace.kernel.events.models import Event

pytestmark = pytest.mark.django_db


def test_a_score_comes_with_its_evidence(api, mesh, deliver):
    path = "/products/flight-operations.flight-delays/score"
    assert api.ana.get(path).json["total"] is None

    deliver()
    found = api.ana.get(path).json

    assert found["grade"] in "ABCDEF"
    assert len(found["properties"]) == 6
    assert found["history"][0]["total"] == found["total"]
    assert api.ana.get("/products/customer.secret-plans/score").code == "not-found"


def test_oversight_reads_the_trail_and_ana_reads_her_own(api, mesh):
    whole = api.gus.get("/audit?name=product.&page_size=200").json["results"]
    own = api.ana.get("/audit?name=product.").json["results"]

    assert {one["name"] for one in whole} >= {"product.published"}
    assert "customer.secret-plans" in {one["product"] for one in whole}
    assert own == []


def test_the_trail_is_filtered_and_paged(api, mesh):
    first = api.gus.get("/audit?page_size=3").json
    second = api.gus.get(first["next"]).json
    back = api.gus.get(second["previous"]).json
    numbers = [one["sequence"] for one in first["results"] + second["results"]]

    assert numbers == sorted(numbers, reverse=True)
    assert back["results"] == first["results"]
    narrowed = api.gus.get("/audit?product=customer.bookings&subject=product/").json["results"]
    assert {one["subject"] for one in narrowed} == {"product/customer.bookings"}
    assert api.gus.get("/audit?until=2020-01-01T00:00:00Z").json["results"] == []
    assert api.gus.get("/audit?since=yesterday").errors == [("/since", "invalid")]
    assert api.gus.get("/audit?since=2026-13-45T00:00:00Z").errors == [("/since", "invalid")]
    assert api.gus.get("/audit?since=2026-01-01T00:00:00").errors == [("/since", "no-zone")]


def test_the_chain_is_verified_for_oversight_alone(api, mesh):
    found = api.gus.get("/audit/verify").json

    assert found == {"ok": True, "rows": Event.objects.count(), "first_broken": None}
    assert api.ana.get("/audit/verify").code == "not-allowed"


def test_tampering_is_named(api, mesh, capsys):
    call_command("verify_audit")
    assert "The trail is whole" in capsys.readouterr().out

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE events_event SET actor = 'sid' WHERE seq = 3")
        cursor.execute("ALTER TABLE events_event ENABLE TRIGGER USER")

    found = api.gus.get("/audit/verify").json
    assert (found["ok"], found["first_broken"]) == (False, 3)
    with pytest.raises(CommandError, match="row 3"):
        call_command("verify_audit")


def test_the_feed_goes_on_where_it_ended(api, mesh, settings):
    first = api.gus.get("/events?page_size=2").json
    second = api.gus.get(first["next"]).json
    one = first["results"][0]

    numbers = [int(event["sequence"]) for event in first["results"] + second["results"]]
    assert numbers == [1, 2, 3, 4]
    assert (one["specversion"], one["datacontenttype"]) == ("1.0", "application/json")
    assert one["type"].startswith(f"{settings.EVENT_PREFIX}.")
    assert api.gus.get("/events?after=99999999").json["results"] == []
    assert api.gus.get("/events?after=-1").errors == [("/after", "out-of-range")]


def test_the_feed_shows_only_what_one_may_read(api, mesh):
    seen = api.petra.get("/events?page_size=200").json["results"]

    assert {event["product"] for event in seen} <= {
        None,
        "customer.bookings",
        "customer.secret-plans",
    }
    assert "customer.secret-plans" not in {
        event["product"] for event in api.ana.get("/events?page_size=200").json["results"]
    }
