"""What is looked for: the fields of a search, and its words as a tsquery."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from catalog.queries.language import Parsed, Term, parse

RELEVANCE, USE, NAME, SCORE, FRESH = "relevance", "consumers", "name", "score", "fresh"
SORTS: Final = (RELEVANCE, USE, NAME, SCORE, FRESH)
PAGE_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for. Several values of one list mean any of them; lists are joined by and.

    ``q`` may hold the query language; ``read_query`` moves its filters into the fields. ``fresh``
    is the greatest age of the data; scores are 0 to 100; ``cursor`` comes from a page before;
    ``without`` are filters that a product must not pass.
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
    max_score: int | None = None
    fresh: timedelta | None = None
    sort: str = ""
    cursor: str = ""
    limit: int = 50
    words: tuple[str, ...] = field(default=(), init=False)
    without: tuple[Term, ...] = field(default=(), init=False)

    @property
    def text(self) -> str:
        """The plain words alone, after ``read_query``."""
        return " ".join(self.words)


def read_query(query: SearchQuery) -> SearchQuery:
    """Move the filters out of ``q`` into the fields; what cannot be read is left out."""
    read = parse(query.q)
    found: dict[str, Any] = {}
    for term in read.terms:
        before = getattr(query, term.field)
        if isinstance(before, tuple):
            found[term.field] = (*found.get(term.field, before), term.value)
        else:
            found[term.field] = term.value
    limit = min(max(query.limit, 1), PAGE_LIMIT)
    return _with(replace(query, limit=limit, **found), read)


def with_words(query: SearchQuery, words: tuple[str, ...]) -> SearchQuery:
    """Give a query that was read, with other words."""
    return _with(replace(query), Parsed(words, without=query.without))


def _with(query: SearchQuery, read: Parsed) -> SearchQuery:
    object.__setattr__(query, "words", read.words)
    object.__setattr__(query, "without", read.without)
    return query


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
