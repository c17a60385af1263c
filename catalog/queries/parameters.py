"""A search as the parameters of an address: the same on the page, in the API and when kept.

Lists may be given several times or by comma.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.http import QueryDict

from catalog.queries.language import parse
from catalog.queries.words import SearchQuery
from marketplace.kernel.errors import FieldProblem, Invalid

LISTS: Final = (
    "domain",
    "interface",
    "access",
    "classification",
    "certification",
    "platform",
    "status",
    "tag",
    "owner",
    "column",
)
FRESH: Final[Mapping[str, timedelta]] = {
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
NAMES: Final = (*LISTS, "q", "score", "fresh", "personal_data", "sort")
_BEST: Final = 100


def clean(given: QueryDict) -> QueryDict:
    """Keep what a search knows, trimmed and once each; a least score of 0 narrows nothing."""
    params = QueryDict(mutable=True)
    for name, values in given.lists():
        parts = [p for v in values for p in (v.split(",") if name in LISTS else (v,))]
        kept = [part.strip() for part in parts if part.strip()]
        if kept and name in (*NAMES, "cursor"):
            params.setlist(name, list(dict.fromkeys(kept)))
    if params.get("score") == "0":
        del params["score"]
    return params


def query_from(params: QueryDict, *, limit: int) -> SearchQuery:
    """Read clean parameters. Raises Invalid; a wrong filter inside ``q`` is left out instead."""
    score = params.get("score", "")
    if score and not (score.isascii() and score.isdecimal() and int(score) <= _BEST):
        raise Invalid(FieldProblem("/score", "out-of-range", "A score is between 0 and 100."))
    fresh = params.get("fresh", "")
    if fresh and fresh not in FRESH:
        raise Invalid(FieldProblem("/fresh", "unknown", f"One of {', '.join(FRESH)}."))
    personal = params.get("personal_data", "")
    if personal not in ("", "yes", "no"):
        raise Invalid(FieldProblem("/personal_data", "invalid", "Either yes or no."))
    lists: dict[str, Any] = {name: tuple(params.getlist(name)) for name in LISTS}
    return SearchQuery(
        q=params.get("q", ""),
        **lists,
        personal_data={"yes": True, "no": False}.get(personal),
        min_score=int(score) if score else None,
        fresh=FRESH.get(fresh),
        sort=params.get("sort", ""),
        cursor=params.get("cursor", ""),
        limit=limit,
    )


def wrong_terms(params: QueryDict) -> tuple[FieldProblem, ...]:
    """Give what is wrong inside ``q``: each filter that was left out, and what would be right."""
    return parse(params.get("q", "")).problems
