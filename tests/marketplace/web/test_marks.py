import re

import pytest

from marketplace.kernel.web import marks


def widths(svg: str) -> list[float]:
    return [float(found) for found in re.findall(r'<rect[^>]* height="([\d.]+)"', svg)]


def test_an_icon_is_decoration_unless_it_has_a_label():
    assert 'aria-hidden="true"' in marks.icon("search")
    assert 'role="img" aria-label="Search &lt;here&gt;"' in marks.icon(
        "search", "", "Search <here>"
    )


def test_the_glyph_has_six_petals_and_says_its_score():
    drawn = marks.glyph([90, 80, 70, 60, 50, 40], "C", hue_class="d3", size=50)

    assert drawn.count('class="pb"') == drawn.count('class="pf"') == 6
    assert 'aria-label="DATSIS 65 of 100, grade C"' in drawn
    assert "<title>Self-describing 60</title>" in drawn
    assert 'class="glyph d3" width="50"' in drawn
    assert 'class="pl"' not in drawn


def test_a_property_without_a_score_is_an_empty_petal():
    drawn = marks.glyph([100, None], "B", labels=True)

    assert drawn.count('class="pb"') == 6
    assert drawn.count('class="pf"') == 1
    assert drawn.count('class="pl"') == 6


def test_a_glyph_without_scores_says_so():
    drawn = marks.glyph([], "")

    assert "DATSIS not scored yet" in drawn
    assert ">?</text>" in drawn


def test_a_grade_that_carries_markup_is_escaped():
    assert "<script>" not in marks.glyph([1], "<script>")


def test_the_strip_differs_in_height_and_speaks_its_counts():
    drawn = marks.slo_strip(["met", "at_risk", "breached", "unknown", "odd"], height=20)

    assert widths(drawn) == [11, 16, 20, 5, 5]
    assert "Last 5 days: 1 met, 1 at risk, 1 missed, 2 without a measurement" in drawn


def test_a_strip_without_days_says_so():
    assert "No service level measured yet" in marks.slo_strip([])


@pytest.mark.parametrize(("values", "points"), [([], 0), ([3], 2), ([1, 1, 1], 3), ([1, 5], 2)])
def test_a_line_is_drawn_from_any_number_of_values(values, points):
    drawn = marks.spark(values)
    line = re.search(r'<polyline points="([^"]*)"', drawn)

    assert len(line[1].split() if line else []) == points


@pytest.mark.parametrize(("share", "width"), [(-4, 0), (0, 0), (84.4, 84), (250, 100)])
def test_a_bar_stays_in_its_frame(share, width):
    assert f'class="b1" width="{width}"' in marks.bar(share, cls="hbar", height=6)


def test_a_histogram_marks_what_is_filtered_out():
    drawn = marks.histogram([0, 4, 2], from_bucket=1, height=40)

    assert re.findall(r'<rect class="(\w+)"', drawn) == ["off", "on", "on"]
    assert widths(drawn) == [1.5, 40, 20]
