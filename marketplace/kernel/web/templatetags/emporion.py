"""The tags and filters of every page: `{% load emporion %}`.

Numbers and times are shown with their basis by the page itself; the tags only draw and word.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_noop, pgettext_lazy

from marketplace.kernel.requests import current_request_id
from marketplace.kernel.web import markdown as safe_markdown
from marketplace.kernel.web import marks, script_words, states, words
from marketplace.kernel.web.kept import draw
from marketplace.kernel.web.said import told as in_language

register = template.Library()

INTERFACE_ICONS = {
    "sql": "database",
    "stream": "waves",
    "file": "folder",
    "api": "braces",
    "graphql": "share-2",
    "share": "link",
    "mcp": "bot",
}
INTERFACE_WORDS = {
    "sql": "SQL",
    "stream": gettext_noop("Event stream"),
    "file": gettext_noop("Files"),
    "api": "API",
    "graphql": "GraphQL",
    "share": gettext_noop("Data share"),
    "mcp": "MCP",
}

CLASSES = {
    "public": pgettext_lazy("classification", "Public"),
    "internal": pgettext_lazy("classification", "Internal"),
    "confidential": pgettext_lazy("classification", "Confidential"),
    "restricted": pgettext_lazy("classification", "Restricted"),
}


@register.simple_tag(name="script_words")
def words_of_script(which: str) -> str:
    """`data-words="{% script_words "page" %}"`: what scripts say, in the language of the page."""
    return conditional_escape(script_words.as_json(which))


@register.simple_tag
def icon(name: str, cls: str = "", label: str = "") -> SafeString:
    """`{% icon "search" %}`; give a label only when the icon says what no word beside it says."""
    return marks.icon(name, cls, label)


@register.simple_tag
def kept(template: str, **facts: Any) -> SafeString:
    """`{% kept "components/row.html" product=row %}`: an include of plain data, drawn once."""
    return draw(template, facts)


@register.simple_tag
def glyph(
    scores: Sequence[float | None] | None,
    grade: str = "",
    hue_class: str = "",
    size: int = 48,
    labels: bool = False,  # noqa: FBT001, FBT002 - templates pass True by position too
) -> SafeString:
    """`{% glyph product.scores product.grade product.hue_class 50 %}`: the DATSIS fingerprint."""
    return marks.glyph(scores or (), grade or "", hue_class=hue_class, size=size, labels=labels)


@register.simple_tag
def slo(states_of_days: Sequence[str] | None, width: int = 150, height: int = 20) -> SafeString:
    """`{% slo port.days 120 16 %}`: service levels per day, oldest first."""
    return marks.slo_strip(states_of_days or (), width=width, height=height)


@register.simple_tag
def spark(values: Sequence[float] | None, width: int = 72, height: int = 22) -> SafeString:
    """`{% spark product.consumers_by_week %}`: a line of values, oldest first."""
    return marks.spark(values or (), width=width, height=height)


@register.simple_tag
def facet_options(facet: Mapping[str, Any]) -> SafeString:
    """`{% facet_options facet %}`: the options of components/facet_group.html.

    Written here and not in the template: a market of a hundred domains has a hundred options, and
    a template takes three times as long for each.
    """
    kind = conditional_escape(facet.get("kind") or "checkbox")
    key, most = conditional_escape(facet["key"]), facet["max"]
    return mark_safe("\n".join(_option(kind, key, most, one) for one in facet["options"]))  # noqa: S308 - see _option


def _option(kind: str, key: str, most: float, option: Mapping[str, Any]) -> str:
    """Write one option; every word that is not ours is escaped here."""
    count, on = int(option.get("count") or 0), option.get("on")
    zero = not count and not on
    hue = conditional_escape(option.get("hue_class") or "")
    swatch = f'<i class="sw {hue}"></i>' if hue else ""
    return (
        f'<label class="fo{" zero" if zero else ""}"><input type="{kind}" name="{key}"'
        f' value="{conditional_escape(option["value"])}"'
        f"{' disabled' if zero else ' checked' if on else ''}>"
        f'<span class="fl">{swatch}{conditional_escape(in_language(option["label"]))}</span>'
        f'<span class="fn">{count}</span>{fbar(count, most)}</label>'
    )


@register.simple_tag
def fbar(count: float, most: float) -> SafeString:
    """`{% fbar option.count facet.max %}`: the bar below a facet option."""
    return marks.bar(100 * count / most if most else 0, cls="fbar", height=3)


@register.simple_tag
def hbar(share: float, cls: str = "") -> SafeString:
    """`{% hbar 84 %}`: a bar filled to 84 of 100."""
    return marks.bar(share or 0, cls=f"hbar {cls}".strip(), height=6)


@register.simple_tag
def hist(counts: Sequence[int] | None, from_bucket: int = 0) -> SafeString:
    """`{% hist buckets 3 %}`: counts per bucket; those before the third are filtered out."""
    return marks.histogram(counts or (), from_bucket=from_bucket)


@register.simple_tag
def minihist(counts: Sequence[int] | None) -> SafeString:
    """`{% minihist column.buckets %}`: a column's distribution from its real buckets."""
    return marks.histogram(counts, cls="mh", width=84, height=20) if counts else SafeString("")


@register.simple_tag
def bars(facts: Sequence[Mapping[str, Any]], label: str) -> SafeString:
    """`{% bars column.bars label %}`: a histogram whose bars are links."""
    return marks.bars(facts, label) if facts else SafeString("")


@register.simple_tag
def avatar(name: str, cls: str = "") -> SafeString:
    """`{% avatar person.name %}`: initials in a circle; the name stands beside it."""
    return format_html(
        '<span class="av a{} {}" aria-hidden="true">{}</span>',
        words.tint(name),
        cls,
        words.initials(name),
    )


@register.simple_tag
def state(kind: str, value: str) -> SafeString:
    """`{% state "agreement" agreement.state %}`: a pill with word, tone and icon."""
    look = states.look(kind, str(value))
    return format_html(
        '<span class="pill t-{}">{}{}</span>', look.tone, marks.icon(look.icon), look.label
    )


@register.simple_tag
def classification(level: str) -> SafeString:
    """`{% classification port.classification %}`: public, internal, confidential, restricted."""
    return format_html(
        '<span class="reg cls-{}">{}</span>', level, CLASSES.get(level, level.capitalize())
    )


@register.simple_tag
def interface(kind: str, label: str = "") -> SafeString:
    """`{% interface port.interface port.platform %}`: icon and word of a port's interface."""
    return format_html(
        '<span class="port">{}{}</span>',
        marks.icon(INTERFACE_ICONS.get(kind, "box")),
        label or gettext(INTERFACE_WORDS.get(kind, kind)),
    )


@register.simple_tag
def when(moment: datetime | date | None, style: str = "datetime") -> SafeString:
    """`{% when request.created_at "relative" %}`: a `<time>` that says UTC without a script.

    Styles: `relative`, `date`, `datetime`. The script rewrites it to the reader's own zone and
    keeps the exact time in the title. An empty moment gives a dash.
    """
    if moment is None or moment == "":
        return format_html('<span class="mut">{}</span>', "\N{EN DASH}")
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), words.day(moment))
    utc = moment.astimezone(UTC)
    exact = f"{words.day(utc)}, {utc:%H:%M} UTC"
    shown = {
        "relative": words.ago(moment, timezone.now()),
        "date": words.day(utc),
    }.get(style, exact)
    return format_html(
        '<time datetime="{}" data-time="{}" title="{}">{}</time>',
        utc.isoformat(timespec="seconds").replace("+00:00", "Z"),
        style,
        exact,
        shown,
    )


@register.simple_tag
def request_id() -> str:
    """`{% request_id as reference %}`: what to tell support; empty outside a request."""
    return current_request_id()


@register.filter
def told(text: object) -> str:
    """`{{ verdict.headline|told }}`: what Python said in English, in the language of the page."""
    return "" if text is None else in_language(text)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """`{% control field %}`: the control of a field, its choices in the language of the page."""
    inside = field.field.widget
    choices = getattr(field.field, "choices", None)
    if choices is not None and get_language() != settings.LANGUAGE_CODE:
        inside.choices = [_choice(one) for one in choices]
    hint = inside.attrs.get("placeholder")
    if hint:
        inside.attrs["placeholder"] = in_language(hint)
    return mark_safe(str(field))  # noqa: S308 - a widget escapes what it shows


def _choice(choice: tuple[Any, Any]) -> tuple[Any, Any]:
    value, label = choice
    if isinstance(label, list | tuple):
        return in_language(value), [_choice(one) for one in label]
    return value, in_language(label)


@register.filter
def highlight(text: str, query: str | None) -> SafeString:
    """`{{ product.name|highlight:q }}`: mark the words of a search; everything is escaped."""
    found = words.search_words(query or "")
    if not found:
        return conditional_escape(text)
    pattern = re.compile("|".join(re.escape(word) for word in found), re.IGNORECASE)
    pieces: list[tuple[SafeString]] = []
    at = 0
    for hit in pattern.finditer(text):
        pieces.append((format_html("{}<mark>{}</mark>", text[at : hit.start()], hit[0]),))
        at = hit.end()
    pieces.append((conditional_escape(text[at:]),))
    return format_html_join("", "{}", pieces)


@register.filter
def markdown(text: str | None) -> SafeString:
    """`{{ product.purpose|markdown }}`: safe HTML of a person's Markdown, without images."""
    return safe_markdown.to_html(text or "")


@register.filter
def duration(span: timedelta | float | None) -> str:
    """`{{ seconds|duration }}`: "4 min 12 s"."""
    return words.duration(span)


@register.filter
def about(span: timedelta | float | None) -> str:
    """`{{ age|about }}`: the largest unit only, "6 min"."""
    return words.about(span)


@register.filter
def ago(moment: datetime | None) -> str:
    """`{{ moment|ago }}`: "38 min ago"; use the tag `when` where a `<time>` fits."""
    return words.ago(moment, timezone.now()) if moment else ""


@register.filter
def number(value: float | None) -> str:
    """`{{ rows|number }}`: "336 776" with thin spaces."""
    return words.number(value)


@register.filter
def compact(value: float | None) -> str:
    """`{{ rows|compact }}`: "336.8 k"."""
    return words.compact(value)


@register.filter
def size(octets: float | None) -> str:
    """`{{ bytes|size }}`: "1.2 MB"."""
    return words.size(octets)


@register.filter
def percent(share: float | None) -> str:
    """`{{ 0.9893|percent }}`: "98.93 %"."""
    return words.percent(share)


@register.simple_tag
def address_words(path: str) -> str:
    """Give the words of an address that led nowhere, to search for; none where it has no words."""
    return words.of_address(path)


@register.filter
def spoken(code: str | None) -> str:
    """Say a code of ours as a word: `machine_learning` is "machine learning"."""
    return words.spoken(code or "")


@register.filter
def initials(name: str) -> str:
    """`{{ person.name|initials }}`: "PR"."""
    return words.initials(name)


@register.filter
def named_scores(scores: Sequence[float | None] | None) -> list[tuple[str, float | None]]:
    """`{% for name, score in scores|named_scores %}`: the six properties with their scores."""
    six = [*(scores or ()), *([None] * len(marks.PROPERTIES))]
    return list(zip(marks.PROPERTIES, six, strict=False))


@register.filter
def undo_address(message: Any) -> str:
    """`{{ message|undo_address }}`: where a message's deed is taken back; empty when it cannot."""
    return str(message.extra_tags or "").partition("undo:")[2]
