"""When webhooks are tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.channels.schedule import ATTEMPTS, SCHEDULE, next_delay, parse_retry_after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_ten_attempts_span_75_hours_and_35_minutes() -> None:
    assert ATTEMPTS == 10
    assert sum(SCHEDULE, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 5), (2, 300), (3, 1800), (4, 7200), (5, 18000), (6, 36000), (7, 50400), (8, 72000),
     (9, 86400)],
)  # fmt: skip
def test_the_wait_after_each_attempt_is_within_20_percent(attempt: int, seconds: int) -> None:
    planned = timedelta(seconds=seconds)

    assert next_delay(attempt, 0.5) == planned
    assert next_delay(attempt, 0.0) == planned * 0.8
    latest = next_delay(attempt, 0.999_999)
    assert latest is not None
    assert planned * 1.19 < latest < planned * 1.2


@pytest.mark.parametrize("attempt", [10, 11, 1000])
def test_after_the_tenth_attempt_it_is_given_up(attempt: int) -> None:
    assert next_delay(attempt, 0.5, retry_after=1.0) is None


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [(None, 5), (0.0, 5), (4.0, 5), (60.0, 60), (-5.0, 5), (1e9, 86400)],
)
def test_a_receiver_may_ask_for_more_time_but_a_day_at_most(
    retry_after: float | None, seconds: int
) -> None:
    assert next_delay(1, 0.5, retry_after) == timedelta(seconds=seconds)


def test_attempts_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        next_delay(0, 0.5)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("99999999999999999999", 999_999_999.0),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("\u0661\u0662", None),
        ("Sun, 99 Mar 2026 12:01:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds
