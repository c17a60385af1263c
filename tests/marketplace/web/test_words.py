from datetime import UTC, datetime, timedelta

import pytest

from marketplace.kernel.web import words

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (None, ""),
        (0.2, "under 1 s"),
        (40, "40 s"),
        (252, "4 min 12 s"),
        (120, "2 min"),
        (7_800, "2 h 10 min"),
        (90_000, "1 day 1 h"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=3, hours=5), "3 days"),
        (timedelta(days=90), "3 months"),
        (timedelta(days=800), "2 years"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(span, said):
    assert words.duration(span) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [(None, ""), (0, "under 1 s"), (59, "59 s"), (399, "6 min"), (7_800, "2 h"), (86_400, "1 day")],
)
def test_about_says_the_largest_unit_only(span, said):
    assert words.about(span) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"),
        (-5, "in a moment"),
        (2_280, "38 min ago"),
        (-259_200, "in 3 days"),
    ],
)
def test_a_moment_is_said_from_now(seconds, said):
    assert words.ago(NOON - timedelta(seconds=seconds), NOON) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, ""), (12, "12"), (336_776, "336\u2009776"), (0.11, "0.11"), (2.0, "2")],
)
def test_thousands_are_set_apart(value, said):
    assert words.number(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""),
        (999, "999"),
        (336_776, "336.8\u2009k"),
        (2_100_000_000, "2.1\u2009B"),
        (4e6, "4\u2009M"),
    ],
)
def test_a_large_number_is_short(value, said):
    assert words.compact(value) == said


@pytest.mark.parametrize(
    ("octets", "said"),
    [(None, ""), (0, "0\u2009B"), (1_234_567, "1.2\u2009MB"), (5e15, "5000\u2009TB")],
)
def test_a_size_has_decimal_units(octets, said):
    assert words.size(octets) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, ""),
        (0, "0\u2009%"),
        (1, "100\u2009%"),
        (0.9893, "98.93\u2009%"),
        (0.999999, "99.99\u2009%"),
        (0.00003, "<\u20090.01\u2009%"),
        (0.021, "2.1\u2009%"),
    ],
)
def test_almost_all_is_never_rounded_up_to_all(share, said):
    assert words.percent(share) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ana Analyst", "AA"),
        ("olaf", "OL"),
        ("job:esg-export", "JE"),
        ("", "?"),
        ("élan vital", "ÉV"),
    ],
)
def test_an_avatar_has_two_letters(name, said):
    assert words.initials(name) == said


def test_the_colour_of_an_avatar_stays():
    assert words.tint("ana") == words.tint("ana")
    assert {words.tint(name) for name in "abcdefgh"} == {1, 2, 3, 4, 5}


def test_filters_of_a_search_are_no_words():
    assert words.search_words("delay domain:customer x carrier") == ["delay", "carrier"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/products/fleet.late-flights", "late flights"),
        ("/products/fleet.late-flights/schema", "late flights"),
        ("/late_flights/", "late flights"),
        ("/requests/01a1fe8a-bc17-7f90-bd92-b1fcd271dcf4", ""),
        ("/", ""),
        ("/owner/products/fleet.2013-flights/edit", ""),
    ],
)
def test_an_address_says_its_words(path, said):
    assert words.of_address(path) == said


def test_codes_are_spoken():
    assert words.spoken("machine_learning") == "machine learning"
    assert words.spoken("no_word_yet") == "no word yet"
