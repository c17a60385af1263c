"""Small drawings as SVG: icon, DATSIS glyph, service-level strip, sparkline, bars.

Each returns safe markup built with `format_html`, so any word that came from a person is
escaped. Colours come from CSS classes, never from attributes: the pages run under a strict
content security policy.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_noop

PROPERTIES = (
    "Discoverable",
    "Addressable",
    "Trustworthy",
    "Self-describing",
    "Interoperable",
    "Secure",
)
UNKNOWN = "?"

# The glyph, in the units of its own 48 x 48 box: a hub and six petals around it.
_HUB, _RIM, _GAP = 10.8, 23.0, 0.075
_LEAST_PETAL = 0.12
_LETTERS_AT = 28.0

_STRIP_HEIGHT = {"met": 0.55, "at_risk": 0.8, "breached": 1.0, "unknown": 0.25}
_STRIP_WORDS = {
    "met": gettext_noop("met"),
    "at_risk": gettext_noop("at risk"),
    "breached": gettext_noop("missed"),
    "unknown": gettext_noop("without a measurement"),
}


def icon(name: str, cls: str = "", label: str = "") -> SafeString:
    """Draw one icon of the sprite; with a label it is announced, without one it is decoration."""
    return _icon(static("dist/icons.svg"), name, cls, label)


# A page holds a hundred icons and bars, of a few dozen kinds: each is drawn once and kept.
@lru_cache(maxsize=1024, typed=True)
def _icon(sprite: str, name: str, cls: str, label: str) -> SafeString:
    named = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else format_html('aria-hidden="{}"', "true")
    )
    return format_html(
        '<svg class="i {}" {}><use href="{}#{}"/></svg>',
        cls,
        named,
        sprite,
        name,
    )


def glyph(
    scores: Sequence[float | None],
    grade: str,
    *,
    hue_class: str = "",
    size: int = 48,
    labels: bool = False,
) -> SafeString:
    """Draw the DATSIS fingerprint: six petals in the order of `PROPERTIES`, radius = score.

    Scores are 0 to 100; `None`, or a missing one, draws an empty petal. `labels` adds the six
    letters around it, for sizes from about 100 px.
    """
    six = [*scores, *([None] * len(PROPERTIES))][: len(PROPERTIES)]
    known = [score for score in six if score is not None]
    spoken = (
        gettext("DATSIS %(score)s of 100, grade %(grade)s")
        % {"score": round(sum(known) / len(known)), "grade": grade}
        if known
        else gettext("DATSIS not scored yet")
    )
    petals = mark_safe("".join(_petal(i, score) for i, score in enumerate(six)))  # noqa: S308 - our own drawings
    letters = _letters() if labels else ""
    return format_html(
        '<svg class="glyph {}" width="{}" height="{}" viewBox="{}" role="img" aria-label="{}">'
        '{}{}<text class="pg" y="4.6">{}</text></svg>',
        hue_class,
        size,
        size,
        "-33 -32 66 64" if labels else "-24 -24 48 48",
        spoken,
        petals,
        letters,
        grade or UNKNOWN,
    )


def slo_strip(states: Sequence[str], *, width: int = 150, height: int = 20) -> SafeString:
    """Draw one bar a day, oldest first: met, at_risk, breached or unknown.

    The bars differ in height as well as in colour, and the counts are spoken.
    """
    step = 5
    bars = mark_safe("".join(_day(state, i * step, height) for i, state in enumerate(states)))  # noqa: S308 - our own drawings
    return format_html(
        '<svg class="slo" width="{}" height="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "{}</svg>",
        width,
        height,
        max(step, len(states) * step),
        height,
        _strip_words(states),
        bars,
    )


@lru_cache(maxsize=4096, typed=True)
def _day(state: str, x: int, height: int) -> SafeString:
    tall = _STRIP_HEIGHT.get(state, _STRIP_HEIGHT["unknown"]) * height
    return format_html(
        '<rect class="s-{}" x="{}" y="{}" width="3.4" height="{}" rx="1"/>',
        state,
        x,
        _short(height - tall),
        _short(tall),
    )


def spark(values: Sequence[float], *, width: int = 72, height: int = 22) -> SafeString:
    """Draw a line of values, oldest first. It is decoration: the number stands beside it."""
    least, most = (min(values), max(values)) if values else (0.0, 0.0)
    span = (most - least) or 1.0
    steps = max(1, len(values) - 1)
    points = [
        (2 + place * (width - 4) / steps, height - 3 - (value - least) / span * (height - 7))
        for place, value in enumerate(values)
    ]
    if len(points) == 1:
        points.append((width - 2.0, points[0][1]))
    if not points:
        return format_html('<svg class="spark" width="{}" height="{}"></svg>', width, height)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return format_html(
        '<svg class="spark" width="{}" height="{}" viewBox="0 0 {} {}" aria-hidden="true">'
        '<polygon points="2,{} {} {},{}"/><polyline points="{}"/>'
        '<circle cx="{}" cy="{}" r="2.2"/></svg>',
        width,
        height,
        width,
        height,
        height,
        line,
        width - 2,
        height,
        line,
        _short(points[-1][0]),
        _short(points[-1][1]),
    )


def bar(share: float, *, cls: str, height: int) -> SafeString:
    """Draw a flat bar filled to `share`, 0 to 100; decoration beside a number."""
    return _bar(max(0, min(100, round(share))), cls, height)


@lru_cache(maxsize=1024, typed=True)
def _bar(filled: int, cls: str, height: int) -> SafeString:
    return format_html(
        '<svg class="{}" viewBox="0 0 100 {}" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="b0" width="100" height="{}"/><rect class="b1" width="{}" height="{}"/></svg>',
        cls,
        height,
        height,
        filled,
        height,
    )


def histogram(
    counts: Sequence[int],
    *,
    cls: str = "hist",
    width: int = 216,
    height: int = 40,
    from_bucket: int = 0,
) -> SafeString:
    """Draw counts per bucket; buckets before `from_bucket` are drawn as filtered out."""
    most = max(counts, default=0) or 1
    step = width / max(1, len(counts))
    gap = 2 if step > 8 else 1  # noqa: PLR2004 - narrow bars keep one unit between them
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1"/>',
        (
            (
                "on" if place >= from_bucket else "off",
                _short(place * step),
                _short(height - tall),
                _short(step - gap),
                _short(tall),
            )
            for place, count in enumerate(counts)
            for tall in [max(1.5, count / most * height)]
        ),
    )
    return format_html(
        '<svg class="{}" width="{}" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none"'
        ' aria-hidden="true">{}</svg>',
        cls,
        width,
        height,
        width,
        height,
        bars,
    )


def bars(facts: Sequence[Mapping[str, Any]], label: str) -> SafeString:
    """Draw a histogram whose bars are links; a bar is {count, label, href, on}.

    Each has the whole height as its target, and 26 units of width (WCAG 2.5.8 asks for 24).
    """
    most = max((int(one["count"]) for one in facts), default=0) or 1
    step, height = 26, 56
    drawn = format_html_join(
        "",
        '<a href="{}" aria-label="{}"{}><title>{}</title>'
        '<rect class="hit" x="{}" y="0" width="{}" height="{}"/>'
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="2"/></a>',
        (
            (
                one["href"],
                one["label"],
                mark_safe(' aria-current="true"') if one["on"] else "",
                one["label"],
                place * step,
                step,
                height,
                place * step + 1,
                _short(height - tall),
                step - 2,
                _short(tall),
            )
            for place, one in enumerate(facts)
            for tall in [max(1.5, one["count"] / most * (height - 4)) if one["count"] else 0]
        ),
    )
    width = len(facts) * step
    return format_html(
        '<svg class="bars" width="{}" height="{}" viewBox="0 0 {} {}" role="group"'
        ' aria-label="{}">{}</svg>',
        width,
        height,
        width,
        height,
        label,
        drawn,
    )


@lru_cache(maxsize=1024, typed=True)
def _petal(place: int, score: float | None) -> SafeString:
    middle = -math.pi / 2 + place * math.pi / 3
    start, end = middle - math.pi / 6 + _GAP, middle + math.pi / 6 - _GAP
    empty = _sector(_HUB, _RIM, start, end)
    if score is None:
        return format_html('<path class="pb" d="{}"/>', empty)
    reach = max(_LEAST_PETAL, min(1.0, score / 100))
    return format_html(
        '<path class="pb" d="{}"/><path class="pf" d="{}"><title>{} {}</title></path>',
        empty,
        _sector(_HUB, _HUB + (_RIM - _HUB) * reach, start, end),
        PROPERTIES[place],
        round(score),
    )


def _letters() -> SafeString:
    angles = (-math.pi / 2 + place * math.pi / 3 for place in range(len(PROPERTIES)))
    return format_html_join(
        "",
        '<text class="pl" x="{}" y="{}">{}</text>',
        (
            (
                _short(_LETTERS_AT * math.cos(angle)),
                _short(_LETTERS_AT * math.sin(angle) + 2.2),
                word[0],
            )
            for angle, word in zip(angles, PROPERTIES, strict=True)
        ),
    )


def _sector(inner: float, outer: float, start: float, end: float) -> str:
    def at(radius: float, angle: float) -> str:
        return f"{radius * math.cos(angle):.2f} {radius * math.sin(angle):.2f}"

    return (
        f"M{at(inner, start)}L{at(outer, start)}A{outer:.2f} {outer:.2f} 0 0 1 {at(outer, end)}"
        f"L{at(inner, end)}A{inner:.2f} {inner:.2f} 0 0 0 {at(inner, start)}Z"
    )


def _strip_words(states: Sequence[str]) -> str:
    if not states:
        return gettext("No service level measured yet")
    counts = {state: sum(1 for one in states if one == state) for state in _STRIP_WORDS}
    counts["unknown"] = len(states) - sum(n for state, n in counts.items() if state != "unknown")
    parts = [f"{n} {gettext(_STRIP_WORDS[state])}" for state, n in counts.items() if n]
    said = gettext("Last %(days)s days: %(parts)s")
    return said % {"days": len(states), "parts": ", ".join(parts)}


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
