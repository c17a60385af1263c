"""The query library: what people keep for others, by how often it gave rows."""

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from catalog.actions.saved_queries import remove_query
from catalog.models import SavedQuery
from catalog.permissions import may_change_query
from catalog.queries import visible_products
from marketplace.kernel.actors import Actor
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.models import Membership
from marketplace.portal.pages import attempt, show
from subscriptions.queries import live, my_agreements

PAGE: Final = 25
_WHOSE: Final = {"": "Everybody's", "mine": "Mine", "teams": "My teams'", "declared": "The owners'"}
_LONGEST: Final = 100


@require_safe
def queries(request: HttpRequest) -> HttpResponse:
    """List kept queries of products that the reader may see; a part of it while one types."""
    actor = signed_in(request)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:_LONGEST]
    whose = request.GET.get("whose", "")
    product = request.GET.get("product", "").replace("\x00", "")
    rows = _found(actor, words, whose, product)
    number = _number(request.GET.get("page", ""))
    shown = list(rows[(number - 1) * PAGE : number * PAGE + 1])
    asked = {"q": words, "whose": whose, "product": product}
    context = {
        "rows": _rows(actor, shown[:PAGE]),
        "total": rows.count(),
        "q": words,
        "whose": whose,
        "product": product,
        "choices": list(_WHOSE.items()),
        "next": _page_of(asked, number + 1) if len(shown) > PAGE else "",
        "previous": _page_of(asked, number - 1) if number > 1 else "",
        "nav": "lab",
    }
    return show(request, "portal/queries.html", context, part="found")


@require_POST
def query_remove(request: HttpRequest, query_id: int) -> HttpResponse:
    """Take a query out of the library."""
    actor = signed_in(request)
    attempt(request, lambda: remove_query(actor, query_id=query_id), "Taken out of the library.")
    if not messages.get_messages(request):
        messages.info(request, "Nothing was changed.")
    return redirect("queries")


def _found(actor: Actor, words: str, whose: str, product: str) -> QuerySet[SavedQuery]:
    rows = (
        SavedQuery.objects.select_related(
            "port__product__owner_team", "port__product__domain__owner_team", "forked_from"
        )
        .filter(port__product__in=visible_products(actor).values("pk"))
        .annotate(fork_count=Count("forks"))
        .order_by("-runs", "title", "pk")
    )
    for word in words.split():
        rows = rows.filter(
            Q(title__icontains=word)
            | Q(description__icontains=word)
            | Q(sql__icontains=word)
            | Q(author__iexact=word)
            | Q(port__product__name__icontains=word)
        )
    if whose == "mine":
        rows = rows.filter(author=actor.subject)
    elif whose == "teams":
        people = Membership.objects.filter(team__slug__in=actor.teams).values("user__username")
        rows = rows.filter(author__in=people)
    elif whose == "declared":
        rows = rows.filter(declared=True)
    return rows.filter(port__product__key=product) if product else rows


def _rows(actor: Actor, shown: list[SavedQuery]) -> list[dict[str, Any]]:
    """Give each query with a way to open it: by my access to its port, else on invented rows."""
    mine = dict(
        live(my_agreements(actor))
        .filter(state="active", port__in=[one.port_id for one in shown])
        .order_by("pk")
        .values_list("port_id", "pk")
    )
    return [
        {
            "query": one,
            "href": _href(one, mine.get(one.port_id)),
            "granted": one.port_id in mine,
            "mine": one.author == actor.subject,
            "may_remove": may_change_query(actor, one, one.port.product),
        }
        for one in shown
    ]


def _href(query: SavedQuery, agreement: Any) -> str:
    source = {"agreement": str(agreement)} if agreement else {}
    return f"{reverse('lab')}?{urlencode(source | {'query': str(query.pk)})}"


def _page_of(asked: dict[str, str], number: int) -> str:
    kept = {name: value for name, value in asked.items() if value}
    return f"{reverse('queries')}?{urlencode(kept | {'page': str(number)})}"


def _number(text: str) -> int:
    fits = text.isdecimal() and len(text) <= 5  # noqa: PLR2004 - no more pages than that
    return max(1, int(text)) if fits else 1
