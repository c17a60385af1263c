"""The calendar of ends: one event per live agreement of one's own side, in the form of RFC 5545."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from marketplace.portal.access_calendar import calendar
from subscriptions.models import AccessAgreement

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_each_end_is_an_event_with_a_warning(granted, settings):
    settings.BASE_URL = "https://data.example.org"
    granted.end_at = NOON
    lines = calendar([granted], made_at=NOON).split("\r\n")

    assert lines[0] == "BEGIN:VCALENDAR"
    assert f"UID:{granted.pk}@emporion" in lines
    assert "DTSTART:20260301T120000Z" in lines
    assert "DTEND:20260301T121500Z" in lines
    assert "SUMMARY:Access ends: Flight delays\\, port curated" in lines
    assert "TRIGGER:-P7D" in lines
    assert lines[-2:] == ["END:VCALENDAR", ""]


def test_long_lines_are_folded_and_no_character_is_torn(granted):
    granted.port.product.name = "Verspätungen " * 12
    text = calendar([granted], made_at=NOON)

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "")
    assert "Verspätungen " * 12 in unfolded


def test_ana_takes_it_and_sid_s_is_empty(granted, as_ana, browser):
    mine = as_ana.get("/access/calendar.ics")
    none = browser("sid").get("/access/calendar.ics")

    assert mine["Content-Type"] == "text/calendar; charset=utf-8"
    assert mine.content.count(b"BEGIN:VEVENT") == 1
    assert none.content.count(b"BEGIN:VEVENT") == 0


def test_the_page_shows_ends_by_month_and_what_is_unused_first(granted, as_ana):
    fresh = as_ana.get("/access").context
    long_ago = timezone.now() - timedelta(days=70)
    AccessAgreement.objects.filter(pk=granted.pk).update(activated_at=long_ago, last_used_at=None)
    stale = as_ana.get("/access")

    assert [month["name"] for month in fresh["months"]] == [f"{granted.end_at:%B %Y}"]
    assert (fresh["unused"], stale.context["unused"]) == (0, 1)
    assert "1 is unused for 60 days and stands first." in stale.content.decode()
