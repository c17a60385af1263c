"""What Python says, in the language of the page.

Actions, policies, scores and connectors speak English, and so does what was stored: they are pure,
and a sentence that is kept reads the same for whoever looks. Pages translate it where it is shown
(``{{ refusal|told }}``). A sentence with facts in it is found again by its pattern: the catalogue
holds "Between 1 and %(longest)s days.", and "Between 1 and 90 days." is one of those. What the
catalogue does not know stays as it is: names, words of people, answers of platforms.
See docs/adr/0013-python-speaks-english-pages-translate.md.
"""

import gettext
import re
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import get_language

from marketplace.kernel.web.words import day

_KEPT = 8_192  # texts and their translations
_DEEPEST = 3  # a fact may itself be a sentence with facts
_LONGEST = 4_000  # characters; what is longer was written by a person or a platform
_LEAST = 4  # letters that a pattern has to bring of its own
_MOMENT = re.compile(
    r"\b(?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d UTC)\b"
    r"|(?P<cue>\b(?:[Ss]ince|[Ss]eit|[Uu]ntil|[Bb]is|on|am) )(?P<date>\d{4}-\d\d-\d\d)(?! ?[\d-])"
)
_ASIDE = re.compile(r"(?P<name>.+) \((?P<aside>[a-z ]+)\)", re.DOTALL)  # Growth (member)
_FACT = re.compile(r"%\((\w+)\)s")
_NAME = re.compile(r"[A-Z]\w*")  # a team called Research is a fact, and no purpose
_SENTENCES = re.compile(r"(?<=[.!?])(\s+)(?=\S)")
_PARTS = re.compile(r"(, |; |: )")
_LISTED = re.compile(r"(?=.*[_.])[\w.-]+(, [\w.-]+)* and [\w.-]+")  # identifiers, one by one


class _Pattern(NamedTuple):
    """A text with facts: how to know it, its longest own words, and what it becomes."""

    form: re.Pattern[str]
    anchor: str
    into: str

    def facts(self, text: str) -> dict[str, str] | None:
        """Give the facts of a text that is of this form; a fact never runs over a sentence."""
        found = self.form.fullmatch(text) if self.anchor in text else None
        facts = found.groupdict() if found is not None else None
        if facts is None or any(map(_SENTENCES.search, facts.values())):
            return None
        return facts


def told(text: object) -> str:
    """Give a text that Python made as the language of the page says it; English stays as it is.

    A moment in it ("2027-05-20 19:18 UTC", "since 2027-05-20") is written as the page writes days.
    """
    words = str(text)
    language = get_language() or "en"
    if not words or len(words) > _LONGEST:
        return words
    said = words if language == "en" else _told(language, words, _DEEPEST)
    return _MOMENT.sub(_as_the_page_does, said) if "-" in said else said


def _as_the_page_does(found: re.Match[str]) -> str:
    """Write a moment or a day as people do; what is no day of the calendar stays."""
    try:
        written = day(date.fromisoformat(found["day"] or found["date"]))
    except ValueError:
        return found[0]
    return f"{written}, {found['time']}" if found["day"] else f"{found['cue']}{written}"


@lru_cache(maxsize=_KEPT)
def _told(language: str, text: str, depth: int) -> str:
    whole = _texts(language).get(text)
    if whole:
        return whole
    within = _texts(language).get(text[:1].lower() + text[1:])
    if within:  # "Owner of the product" begins a line, "owner of the product" stands in one
        return within[:1].upper() + within[1:]
    for pattern in _patterns(language):
        facts = pattern.facts(text)
        if facts is not None:
            return pattern.into % {
                name: _told(language, fact, depth - 1)
                if depth and not _NAME.fullmatch(fact)
                else fact
                for name, fact in facts.items()
            }
    for between in (_SENTENCES, _PARTS):
        parts = between.split(text)
        if len(parts) > 1 and depth:
            return "".join(_told(language, part, depth - 1) for part in parts)
    aside = _ASIDE.fullmatch(text)
    if aside is not None and depth:
        return f"{aside['name']} ({_told(language, aside['aside'], depth - 1)})"
    if _LISTED.fullmatch(text):
        return text.replace(" and ", _texts(language).get(" and ", " and "))
    return text


@lru_cache(maxsize=8)
def _texts(language: str) -> dict[str, str]:
    """Give what the catalogue says of texts without facts, those of the states included."""
    found: dict[str, str] = {}
    for key, value in _catalogue(language):
        context, _, text = key.rpartition("\x04")
        if text and not _FACT.search(text) and (not context or text not in found):
            found[text] = value
    return found


@lru_cache(maxsize=8)
def _patterns(language: str) -> tuple[_Pattern, ...]:
    """Give the texts with facts, the most telling first."""
    found: list[tuple[int, _Pattern]] = []
    for key, value in _catalogue(language):
        pieces = _FACT.split(key)
        own = [piece.replace("%%", "%") for piece in pieces[::2]]
        names = pieces[1::2]
        letters = sum(map(str.isalpha, "".join(own)))
        if not names or letters < _LEAST or "\x04" in key:
            continue
        form, seen = re.escape(own[0]), set[str]()
        for name, after in zip(names, own[1:], strict=True):
            form += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            form += re.escape(after)
            seen.add(name)
        pattern = _Pattern(re.compile(form, re.DOTALL), max(own, key=len), value)
        found.append((letters, pattern))
    return tuple(pattern for _, pattern in sorted(found, key=lambda one: -one[0]))


def _catalogue(language: str) -> list[tuple[str, str]]:
    """Give what our own catalogue of a language says, without the plural forms."""
    pairs: list[tuple[str, str]] = []
    for folder in settings.LOCALE_PATHS:
        layer = gettext.translation("django", folder, [language], fallback=True)
        kept: dict[Any, str] = getattr(layer, "_catalog", {})
        pairs += [
            (key, text) for key, text in kept.items() if isinstance(key, str) and key and text
        ]
    return pairs
