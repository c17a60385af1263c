"""The benchmarks' own arithmetic."""

import pytest

from bench.client import BadAnswer, _length, request
from bench.figures import Bar, Row, Series, nearest_rank, row_of, table


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 2.0), (0.75, 3.0), (0.76, 4.0), (0.95, 4.0), (1, 4.0), (0, 1.0)]
)
def test_a_percentile_is_a_time_that_was_measured(share, expected):
    assert nearest_rank([4.0, 1.0, 3.0, 2.0], share) == expected


def test_no_times_have_no_percentile():
    with pytest.raises(ValueError, match="no times"):
        nearest_rank([], 0.5)


def test_the_rate_counts_works_over_the_time_that_all_of_them_took():
    assert Series((10.0, 10.0, 10.0, 10.0), 0.02).rate == 200


@pytest.mark.parametrize(
    ("value", "bar", "floor", "met"),
    [
        (4.0, 4, False, True),
        (4.1, 4, False, False),
        (300, 300, True, True),
        (299, 300, True, False),
    ],
)
def test_a_bar_is_a_ceiling_or_a_floor(value, bar, floor, met):
    assert Bar("x", value, bar, floor=floor).met is met


def test_a_bar_says_what_was_measured_and_whether_it_holds():
    assert str(Bar("p50", 4.216, 4)) == "p50 4.22 (<= 4 ms) MISSED"
    assert str(Bar("c=8", 1234.5, 300, floor=True, unit="req/s")) == (
        "c=8 1,234 (>= 300 req/s) met"
    )


def test_the_ratio_is_of_the_medians():
    row = row_of("P1", "w", Series((6.0, 8.0, 100.0), 1), limit=Series((2.0, 4.0, 9.0), 1))
    assert row.ratio == 2.0
    assert Row("P1", "w", p50=1.0).ratio is None


def test_a_table_has_a_line_for_each_work_and_leaves_out_what_was_not_measured():
    lines = table([Row("P2", "detail", p50=0.512, note="a note")]).splitlines()
    assert len(lines) == 3
    assert lines[2] == "| P2 | detail | 0.512 |  |  |  |  |  |  | a note |"


def test_a_request_states_its_length_and_type():
    assert request("POST", "/x", {"A": "b"}, {"k": 1}) == (
        b"POST /x HTTP/1.1\r\nContent-Type: application/json\r\nHost: 127.0.0.1\r\nA: b\r\n"
        b'Content-Length: 8\r\n\r\n{"k": 1}'
    )
    assert request("GET", "/x") == b"GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_an_answer_without_a_length_is_refused():
    assert _length(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX: y", 200) == 12
    assert _length(b"HTTP/1.1 304 Not Modified", 304) == 0
    with pytest.raises(BadAnswer):
        _length(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", 200)
