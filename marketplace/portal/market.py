"""The marketplace: find a product."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from catalog.queries import SearchPage, SearchQuery, nearest, search
from catalog.queries.facets import SCORE_STEP
from catalog.queries.parameters import clean, query_from, wrong_terms
from catalog.queries.remembered import one_head
from catalog.states import CLASSIFICATION_ORDER
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import SignInFirst
from marketplace.kernel.identity.current import actor_of
from marketplace.kernel.rest.pagination import page_size
from marketplace.kernel.web.fragments import wants_fragment
from marketplace.kernel.web.templatetags.emporion import INTERFACE_WORDS
from marketplace.portal.pages import show
from marketplace.portal.queries import Offer, domains, grade_of, offer
from marketplace.portal.rows import hue_class, rows_of
from subscriptions.funnel import marks
from subscriptions.queries import first_query_seconds

MANY: Final = 50  # further rows
FIRST: Final = 24  # rows of a page that is not asked for more: they stand sooner, also while typing
TITLES: Final = {
    "domain": "Domain",
    "interface": "Interface",
    "access": "Access",
    "classification": "Classification",
    "personal_data": "Personal data",
    "certification": "Certified",
    "platform": "Platform",
    "status": "Status",
}
WORDS: Final[dict[str, dict[str, str]]] = {
    "interface": INTERFACE_WORDS,
    "access": {"instant": "Instant", "review": "Needs review"},
    "classification": {value: value.capitalize() for value in CLASSIFICATION_ORDER},
    "personal_data": {"yes": "About people", "no": "Not about people"},
    "certification": {"gold": "Gold", "silver": "Silver", "bronze": "Bronze", "none": "Not yet"},
    "fresh": {"1h": "1 hour", "1d": "1 day", "7d": "7 days", "30d": "30 days"},
    "status": {"active": "Active", "deprecated": "Deprecated", "draft": "Draft"},
}
SORT_WORDS: Final = {
    "": "Best match",
    "consumers": "Most used",
    "fresh": "Freshest",
    "score": "DATSIS score",
    "name": gettext_noop("A to Z"),
}
_EXAMPLES: Final = ("has:origin", "access:instant", "pii:no", "score:>80", "fresh:<1d")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: the query, and the same as clean parameters."""

    query: SearchQuery
    params: QueryDict


@require_safe
def market(request: HttpRequest) -> HttpResponse:
    """Show what was found; a part of it while one types, or further rows."""
    rows = MANY if wants_fragment(request, "more") else FIRST
    with one_head():
        return _market(request, actor_of(request), read(request.GET, rows=rows))


def _market(request: HttpRequest, actor: Actor, asked: Asked) -> HttpResponse:
    page = search(actor, asked.query)
    if not actor.signed_in and not page.total and not asked.params:
        raise SignInFirst
    context = _results(actor, asked, page)
    if wants_fragment(request, "more"):
        return show(request, "portal/market.html", context, part="rows", target="more")
    marks.searched(actor, asked.query.q, page.total)
    offered = offer(actor)
    context |= _frame(asked, page, offered)
    if not page.total:
        context["near"] = [near_row(one.card, one.missing) for one in nearest(actor, asked.query)]
    if not wants_fragment(request, "browse"):
        promise = first_query_seconds()
        context |= {"promise": promise, "examples": _EXAMPLES, "nav": "market"}
    response = show(request, "portal/market.html", context, part="browse")
    if wants_fragment(request, "browse"):
        _follow_address(request, response, asked.params)
    return response


def read(given: QueryDict, *, rows: int = FIRST) -> Asked:
    """Read the parameters of the market, the same as those of the API. Raises Invalid."""
    params = clean(given)
    size = page_size(given) if "page_size" in given else rows
    return Asked(query_from(params, limit=size), params)


def _results(actor: Actor, asked: Asked, page: SearchPage) -> dict[str, Any]:
    following = _with(asked.params, "cursor", [page.next_cursor]) if page.next_cursor else ""
    return {
        "rows": rows_of(actor, page.hits),
        "next": following,
        "query": page.corrected or asked.params.get("q", ""),
        "signed_in": actor.signed_in,
    }


def _frame(asked: Asked, page: SearchPage, offered: Offer) -> dict[str, Any]:
    known = domains()
    return {
        "q": asked.params.get("q", ""),
        "total": page.total,
        "offer": offered,
        "corrected": page.corrected,
        "facets": _facets(asked.params, page, known),
        "problems": wrong_terms(asked.params),
        "scores": page.scores,
        "least": asked.query.min_score or 0,
        "score_step": SCORE_STEP,
        "from_bucket": (asked.query.min_score or 0) // SCORE_STEP,
        "chips": _chips(asked.params, known),
        "ages": WORDS["fresh"],
        "fresh": asked.params.get("fresh", ""),
        "sorts": SORT_WORDS,
        "sort": asked.params.get("sort", ""),
        "address": asked.params.urlencode(),
        "first_page": _with(asked.params, "cursor", []) if asked.query.cursor else "",
    }


def near_row(card: Mapping[str, Any], missing: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give a product in short, and what it lacks of what was asked for."""
    return {
        "key": card["key"],
        "href": reverse("product", args=[card["key"]]),
        "name": card["name"],
        "domain": card["domain_name"],
        "scores": card["petals"],
        "grade": grade_of(card["score"]),
        "hue_class": hue_class(card["hue"]),
        "missing": missing,
    }


def _facets(
    params: QueryDict, page: SearchPage, known: Mapping[str, tuple[str, int]]
) -> list[dict[str, Any]]:
    """Shape the facets for components/facet_group.html, in the order of TITLES."""
    counted = {facet.name: facet for facet in page.facets}
    shown = []
    for name, title in TITLES.items():
        options = [
            {
                "value": option.value,
                "label": WORDS.get(name, {}).get(option.value, option.label),
                "count": option.count,
                "on": option.value in params.getlist(name),
                "hue_class": hue_class(known.get(option.value, ("", 0))[1])
                if name == "domain"
                else "",
            }
            for option in counted[name].options
        ]
        if len(options) > 1 or any(option["on"] for option in options):  # one narrows nothing
            shown.append(_facet(name, title, options))
    return shown


def _facet(name: str, title: str, options: list[dict[str, Any]]) -> dict[str, Any]:
    if name == "classification":
        options.sort(key=lambda option: CLASSIFICATION_ORDER.index(option["value"]))
    return {
        "key": name,
        "label": title,
        "kind": "checkbox",
        "max": max((option["count"] for option in options), default=0),
        "options": options,
    }


def _chips(params: QueryDict, known: Mapping[str, tuple[str, int]]) -> list[dict[str, str]]:
    """Give a chip for every filter of the address, with the address without it."""
    return [
        {
            "label": _chip_words(name, value, known),
            "href": _with(params, name, [one for one in values if one != value]),
        }
        for name, values in params.lists()
        if name not in ("q", "sort", "cursor")
        for value in values
    ]


def words_of_search(params: QueryDict) -> str:
    """Say in one line what is searched for."""
    chips = [chip["label"] for chip in _chips(params, {})]
    return ", ".join(part for part in (params.get("q", ""), *chips) if part) or "Everything"


def _chip_words(name: str, value: str, known: Mapping[str, tuple[str, int]]) -> str:
    if name == "score":
        return f"DATSIS \N{GREATER-THAN OR EQUAL TO} {value}"
    if name == "fresh":
        return f"Fresher than {WORDS['fresh'][value]}"
    if name == "domain":
        return known.get(value, (value, 0))[0]
    if name in ("tag", "owner", "column"):
        return f"{name}: {value}"
    return WORDS.get(name, {}).get(value, value)


def _with(params: QueryDict, name: str, values: list[str]) -> str:
    """Give the market's address with one parameter changed; it starts again at the first page."""
    changed = params.copy()
    changed.pop("cursor", None)
    changed.setlist(name, values)
    if not values:
        del changed[name]
    return f"{reverse('market')}?{changed.urlencode()}" if changed else reverse("market")


def _follow_address(request: HttpRequest, response: HttpResponse, params: QueryDict) -> None:
    """Keep the address in step: typing replaces it, a new filter is a step to go back from."""
    before = QueryDict(urlsplit(request.headers.get("HX-Current-URL", "")).query)
    rest = [
        {name: sorted(v for v in values if v) for name, values in one.lists() if name != "q"}
        for one in (before, params)
    ]
    same = {k: v for k, v in rest[0].items() if v} == rest[1]
    clean = f"{reverse('market')}?{params.urlencode()}" if params else reverse("market")
    response["HX-Replace-Url" if same else "HX-Push-Url"] = clean
