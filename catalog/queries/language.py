"""The query language of the market: plain words, and `key:value` for everything else.

``late flights domain:flight-operations has:dep_delay -tag:raw pii:no fresh:<1h score:>80``.
Words are read as the web does: "a phrase", -not, or. A filter takes a minus too, and a value of
several words stands in quotes. Pure: the page and the API read the same text the same way.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final

from catalog.states import CLASSIFICATION_ORDER, Certification, Interface, Status
from marketplace.kernel.errors import FieldProblem

TEXT_LIMIT: Final = 300
_PART = re.compile(
    r'(?P<no>-(?=[^\s-]))?(?:(?P<key>[A-Za-z_]+):(?P<op>[<>]=?)?)?(?P<value>"[^"]*"|\S+)'
)
_OPEN = re.compile(r"^(?P<key>[A-Za-z_]+):(?:[<>]=?)?$")
_NUMBER = re.compile(r"^\d{1,3}$")
_SPAN = re.compile(r"^(\d{1,4})(m|h|d|w)$")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MEDALS: Final = tuple(value for value in Certification.values if value != Certification.NONE)
_YES: Final = frozenset({"yes", "true", "1", "y"})
_NO: Final = frozenset({"no", "false", "0", "n", "none"})
# A filter's name in the text, the field that it fills, and an example.
KEYS: Final = {
    "domain": ("domain", "domain:customer"),
    "port": ("interface", "port:sql"),
    "interface": ("interface", "interface:sql"),
    "access": ("access", "access:instant"),
    "instant": ("instant", "instant:yes"),
    "classification": ("classification", "classification:internal"),
    "class": ("classification", "class:internal"),
    "tag": ("tag", "tag:delays"),
    "owner": ("owner", "owner:growth"),
    "team": ("owner", "team:growth"),
    "status": ("status", "status:active"),
    "platform": ("platform", "platform:warehouse"),
    "has": ("column", "has:carrier"),
    "pii": ("personal_data", "pii:no"),
    "personal": ("personal_data", "personal:no"),
    "score": ("score", "score:>80"),
    "fresh": ("fresh", "fresh:<1d"),
    "certified": ("certification", "certified:gold"),
    "certification": ("certification", "certification:gold"),
}
_CLOSED: Final[dict[str, Collection[str]]] = {
    "interface": tuple(Interface.values),
    "access": ("instant", "review"),
    "classification": CLASSIFICATION_ORDER,
    "status": tuple(Status.values),
}
_NAMES: Final = frozenset({"domain", "owner"})  # their values are slugs; a name is read as one
_BEST: Final = 100


@dataclass(frozen=True, slots=True)
class Term:
    """One filter of a text: the field, the value as the field wants it, and how it was written."""

    field: str
    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text, read: its words, what is asked for, what is not wanted, and what was left out.

    A problem points at ``/q`` and says what would be right; its term is in no other field.
    """

    words: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    problems: tuple[FieldProblem, ...] = ()


@dataclass(slots=True)
class _Reading:
    words: list[str] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    without: list[Term] = field(default_factory=list)
    problems: list[FieldProblem] = field(default_factory=list)


def parse(text: str) -> Parsed:
    """Read a text of at most 300 characters; what is beyond is not read."""
    found = _Reading()
    for part in _PART.finditer(_clean(text)):
        key, value = part["key"], part["value"]
        unfinished = _OPEN.match(value) if key is None else None
        if unfinished and unfinished["key"].lower() in KEYS:
            example = KEYS[unfinished["key"].lower()][1]
            found.problems.append(_wrong("no-value", f"{part[0]} needs a value: {example}."))
        elif key is None or value.startswith("//"):  # a word, or an address
            found.words.append(part[0])
        else:
            _take(found, part)
    return Parsed(
        tuple(found.words), tuple(found.terms), tuple(found.without), tuple(found.problems)
    )


def _take(found: _Reading, part: re.Match[str]) -> None:
    """Take one filter, or say what is wrong with it."""
    key, given = part["key"].lower(), part["value"].strip('"').strip().lower()
    if key not in KEYS:
        found.problems.append(_wrong("unknown-filter", _unknown(key, part[0])))
        return
    name = KEYS[key][0]
    read = _READERS.get(name, _listed)
    terms = list(read(name, part["op"] or "", given))
    if not given.strip("<>="):
        found.problems.append(_wrong("no-value", f"{part[0]} needs a value: {KEYS[key][1]}."))
        return
    if not terms:
        found.problems.append(_wrong("unknown-value", f"{part[0]}: {_expected(key, name)}"))
        return
    for one, value in terms:
        stale = name == "fresh" and (part["op"] or "").startswith(">")
        wanted = bool(part["no"]) == stale  # not fresher than a week is older than a week
        (found.terms if wanted else found.without).append(Term(one, value, part[0]))


def _listed(name: str, op: str, value: str) -> Iterator[tuple[str, Any]]:
    if name in _NAMES:
        value = "-".join(value.split())
    if value and not op and value in _CLOSED.get(name, (value,)):
        yield name, value


def _personal(name: str, op: str, value: str) -> Iterator[tuple[str, Any]]:
    if not op and value in _YES | _NO:
        yield name, value in _YES


def _instant(_name: str, op: str, value: str) -> Iterator[tuple[str, Any]]:
    if not op and value in _YES | _NO:
        yield "access", "instant" if value in _YES else "review"


def _certified(name: str, op: str, value: str) -> Iterator[tuple[str, Any]]:
    if op:
        return
    if value in _YES:
        yield from ((name, medal) for medal in _MEDALS)
    elif value in _NO:
        yield name, str(Certification.NONE)
    elif value in _MEDALS:
        yield name, value


def _score(_name: str, op: str, value: str) -> Iterator[tuple[str, Any]]:
    if not _NUMBER.match(value) or int(value) > _BEST:
        return
    if op.startswith("<"):
        yield "max_score", int(value) - (op == "<")
    else:
        yield "min_score", int(value) + (op == ">")


def _fresh(_name: str, _op: str, value: str) -> Iterator[tuple[str, Any]]:
    span = _SPAN.match(value)
    if span:
        yield "fresh", timedelta(**{_UNITS[span[2]]: int(span[1])})


_READERS: Final[dict[str, Callable[[str, str, str], Iterator[tuple[str, Any]]]]] = {
    "personal_data": _personal,
    "instant": _instant,
    "certification": _certified,
    "score": _score,
    "fresh": _fresh,
}
_WORDS: Final = {
    "personal_data": "yes or no.",
    "instant": "yes or no.",
    "certification": f"{', '.join(_MEDALS)}, yes or no.",
    "score": "a number from 0 to 100, such as score:>80.",
    "fresh": "a number and m, h, d or w, such as fresh:<1d.",
}


def _expected(key: str, name: str) -> str:
    if name in _CLOSED:
        return f"{key}: is one of {', '.join(_CLOSED[name])}."
    return f"{key}: takes {_WORDS.get(name, 'one value, without < or >.')}"


def _unknown(key: str, text: str) -> str:
    near = get_close_matches(key, KEYS, n=1)
    if near:
        return f"There is no filter {key}:. Did you mean {text.replace(key, near[0], 1)}?"
    return f"There is no filter {key}:. There are {', '.join(f'{one}:' for one in KEYS)}."


def _wrong(code: str, words: str) -> FieldProblem:
    return FieldProblem("/q", code, words)


def _clean(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return printable[:TEXT_LIMIT]
