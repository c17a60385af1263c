"""The query language of the market: plain words, and `key:value` for everything else.

``late flights domain:flight-operations has:dep_delay pii:no fresh:<1h score:>80 certified:gold``.
Words are read as the web does: "a phrase", -not, or; the last one may be unfinished.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

RELEVANCE, USE, NAME, SCORE, FRESH = "relevance", "consumers", "name", "score", "fresh"
SORTS: Final = (RELEVANCE, USE, NAME, SCORE, FRESH)
PAGE_LIMIT: Final = 200
_TEXT_LIMIT: Final = 300
_PART = re.compile(r'(?:(?P<key>[A-Za-z_]+):(?P<op>[<>]=?)?)?(?P<value>"[^"]*"|\S+)')
_NUMBER = re.compile(r"^\d{1,3}$")
_SPAN = re.compile(r"^(\d{1,4})(m|h|d|w)$")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LISTS: Final = {
    "domain": "domain",
    "port": "interface",
    "interface": "interface",
    "access": "access",
    "classification": "classification",
    "class": "classification",
    "tag": "tag",
    "owner": "owner",
    "team": "owner",
    "status": "status",
    "platform": "platform",
    "has": "column",
}
_YES: Final = frozenset({"yes", "true", "1", "y"})
_NO: Final = frozenset({"no", "false", "0", "n", "none"})
_MEDALS: Final = ("bronze", "silver", "gold")


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for. Several values of one list mean any of them; lists are joined by and.

    ``q`` may hold the query language; ``read_query`` moves its filters into the fields. ``fresh``
    is the greatest age of the data; ``min_score`` 0 to 100; ``cursor`` comes from a page before.
    """

    q: str = ""
    domain: tuple[str, ...] = ()
    interface: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    classification: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    certification: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    column: tuple[str, ...] = ()
    personal_data: bool | None = None
    min_score: int | None = None
    fresh: timedelta | None = None
    sort: str = ""
    cursor: str = ""
    limit: int = 50
    words: tuple[str, ...] = field(default=(), init=False)

    @property
    def text(self) -> str:
        """The plain words alone, after ``read_query``."""
        return " ".join(self.words)


def read_query(query: SearchQuery) -> SearchQuery:
    """Move the filters out of ``q`` into the fields; what is no filter stays a word."""
    found: dict[str, Any] = {}
    words: list[str] = []
    for part in _PART.finditer(_clean(query.q)):
        key, op, value = part["key"], part["op"] or "", part["value"].strip('"')
        if not (key and value and _take(found, key.lower(), op, value.lower())):
            words.append(part[0])
    fields: dict[str, Any] = {
        name: (*getattr(query, name), *value) if isinstance(value, tuple) else value
        for name, value in found.items()
    }
    limit = min(max(query.limit, 1), PAGE_LIMIT)
    done = replace(query, limit=limit, **fields)
    object.__setattr__(done, "words", tuple(words))
    return done


def with_words(query: SearchQuery, words: tuple[str, ...]) -> SearchQuery:
    """Give a query that was read, with other words."""
    done = replace(query)
    object.__setattr__(done, "words", words)
    return done


def tsquery(words: tuple[str, ...]) -> tuple[str, list[str]]:
    """Give the words as an SQL expression of type tsquery, with its parameters.

    All but the last go through ``websearch_to_tsquery``; the last one, when it is a plain word,
    matches whatever starts with it, because people are shown results while they type.
    """
    if not words:
        return "", []
    last = words[-1]
    if last.startswith(("-", '"')) or last.lower() == "or" or _ends_with_or(words):
        return "websearch_to_tsquery('emporion', %s)", [" ".join(words)]
    quoted = "'" + last.replace("\\", " ").replace("'", "''") + "':*"
    if len(words) == 1:
        return "to_tsquery('emporion', %s)", [quoted]
    return (
        "(websearch_to_tsquery('emporion', %s) && to_tsquery('emporion', %s))",
        [" ".join(words[:-1]), quoted],
    )


def facet_values(query: SearchQuery) -> Mapping[str, tuple[str, ...]]:
    """Give what is chosen in each facet, as the texts of its options."""
    personal = {None: (), True: ("yes",), False: ("no",)}[query.personal_data]
    return {
        "domain": query.domain,
        "interface": query.interface,
        "platform": query.platform,
        "access": query.access,
        "classification": query.classification,
        "certification": query.certification,
        "personal_data": personal,
        "status": query.status,
    }


def _ends_with_or(words: tuple[str, ...]) -> bool:
    return len(words) > 1 and words[-2].lower() == "or"


def _clean(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return printable[:_TEXT_LIMIT]


def _take(found: dict[str, Any], key: str, op: str, value: str) -> bool:
    """Take one filter into ``found``; tell whether it was one."""
    if key in _LISTS and not op:
        name = _LISTS[key]
        found[name] = (*found.get(name, ()), value)
    elif key in ("pii", "personal") and value in _YES | _NO:
        found["personal_data"] = value in _YES
    elif key == "score" and _NUMBER.match(value):
        found["min_score"] = int(value) + (op == ">")
    elif key == "fresh" and (span := _SPAN.match(value)):
        found["fresh"] = timedelta(**{_UNITS[span[2]]: int(span[1])})
    elif key in ("certified", "certification") and value in (*_YES, *_NO, *_MEDALS):
        medals = _MEDALS if value in _YES else ("none",) if value in _NO else (value,)
        found["certification"] = (*found.get("certification", ()), *medals)
    else:
        return False
    return True
