"""Bins have edges that people would choose, and no value falls beside them."""

from datetime import UTC, date, datetime

import pytest

from marketplace.connectors.histogram import bins_of, kind_of, scale


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("bigint", "integer"),
        ("INTEGER", "integer"),
        ("numeric(10,2)", "number"),
        ("double precision", "number"),
        ("date", "date"),
        ("timestamp with time zone", "timestamp"),
        ("interval", None),
        ("integer[]", None),
        ("text", None),
        ("boolean", None),
        ("uuid", None),
    ],
)
def test_the_line_of_a_type(type_name, kind):
    assert kind_of(type_name) == kind


def test_whole_numbers_get_whole_edges():
    found = bins_of(range(1, 61))

    assert found[0] == ("0", "5", 4)
    assert found[-1] == ("60", "65", 1)
    assert len(found) == 13
    assert bins_of([898, 4983, 80])[0] == ("0", "500", 1)


def test_broken_numbers_have_round_edges_too():
    found = bins_of([0.0, 0.5, 1.2])

    assert (found[0][:2], found[-1][2]) == (("0.0", "0.1"), 1)
    assert sum(count for *_, count in found) == 3


def test_days_and_moments():
    days = bins_of([date(2026, 1, 1), date(2026, 1, 2), date(2026, 2, 1)])
    moments = bins_of([datetime(2026, 1, 1, 8, 0, 59, tzinfo=UTC), datetime(2026, 1, 1, 8, 30)])  # noqa: DTZ001

    assert days[0] == ("2026-01-01", "2026-01-04", 2)
    assert moments[0] == ("2026-01-01 08:00", "2026-01-01 08:03", 1)
    assert moments[-1][2] == 1


@pytest.mark.parametrize(
    "values", [[], [None], [3, 3], ["a", "b"], [True, False], [1, "1"], [float("nan"), 1.0]]
)
def test_what_cannot_be_divided_has_no_bins(values):
    assert bins_of(values) == ()


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("date", -1e9, 1e9), ("timestamp", -1e15, 0.0), ("number", 0.0, float("inf"))],
)
def test_what_no_calendar_has_has_no_bins(kind, low, high):
    assert scale(kind, low, high) is None


def test_numbers_whole_and_broken_are_one_line():
    assert sum(count for *_, count in bins_of([1, 2.5, 4])) == 3
