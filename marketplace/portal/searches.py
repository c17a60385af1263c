"""The searches that a reader keeps: saved from the market, watched, let go."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from catalog.actions.searches import change_search, forget_search, save_search
from catalog.models import SavedSearch
from catalog.queries.asks import my_searches
from catalog.queries.parameters import clean
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web.fragments import drawer_frame, wants_fragment
from marketplace.portal.market import words_of_search
from marketplace.portal.pages import REFUSED, attempt, blame, show
from marketplace.portal.settings_pages import section_links


class SearchForm(forms.Form):
    """A name for a search."""

    name = forms.CharField(label="Name", max_length=80)
    alert = forms.BooleanField(
        label="Tell me when a new product matches",
        required=False,
        help_text="In the inbox, and by mail unless you turned that off.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def search_new(request: HttpRequest) -> HttpResponse:
    """Keep the search that stands in the address."""
    actor = signed_in(request)
    params = clean(request.GET)
    params.pop("cursor", None)
    form = SearchForm(
        request.POST if request.method == "POST" else None,
        initial={"name": words_of_search(params)[:80]},
    )
    status = 200
    if request.method == "POST":
        status = REFUSED
        if form.is_valid():
            try:
                kept = save_search(actor, params=params.urlencode(), **form.cleaned_data)
            except NotFound:
                raise
            except DomainError as refused:
                blame(form, refused, {"/name": "name"})
            else:
                words = f"Kept as “{kept.name}”."
                attempt(
                    request, lambda: kept, words, undo=reverse("search_move", args=[kept.pk, "go"])
                )
                return redirect(_address(kept))
    context = {
        "form": form,
        "query": params.urlencode(),
        "words": words_of_search(params),
        "frame": drawer_frame(request),
        "inside": wants_fragment(request),
        "eyebrow": "Market",
        "title": "Keep this search",
        "close": reverse("market"),
        "nav": "market",
    }
    return show(request, "portal/search_new.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
def searches(request: HttpRequest) -> HttpResponse:
    """List the searches that the reader keeps."""
    actor = signed_in(request)
    rows = [
        {"row": row, "href": _address(row), "words": words_of_search(QueryDict(row.params))}
        for row in my_searches(actor)
    ]
    context = {
        "searches": rows,
        "sections": section_links(),
        "section": "settings_searches",
        "nav": "settings",
    }
    return show(request, "portal/settings_searches.html", context)


@require_POST
def search_move(request: HttpRequest, search_id: Any, move: str) -> HttpResponse:
    """Watch a search or not any more; let it go; keep it again."""
    actor = signed_in(request)
    if move == "go":
        gone = attempt(request, lambda: forget_search(actor, search_id=search_id))
        if gone:
            again = f"{reverse('search_again')}?{_again(gone)}"
            attempt(request, lambda: gone, f"“{gone.name}” is not kept any more.", undo=again)
    elif move in ("watch", "unwatch"):
        watch = move == "watch"
        words = "You will hear of new matches." if watch else "You will not hear of new matches."
        back = reverse("search_move", args=[search_id, "unwatch" if watch else "watch"])
        run = change_search
        attempt(request, lambda: run(actor, search_id=search_id, alert=watch), words, undo=back)
    else:
        raise NotFound
    return redirect("settings_searches")


@require_POST
def search_again(request: HttpRequest) -> HttpResponse:
    """Keep a search again that was let go a moment ago."""
    actor = signed_in(request)
    given = request.GET
    attempt(
        request,
        lambda: save_search(
            actor,
            name=given.get("name", ""),
            params=given.get("params", ""),
            alert=given.get("alert") == "1",
        ),
        "Kept again.",
    )
    return redirect("settings_searches")


def _address(row: SavedSearch) -> str:
    return f"{reverse('market')}?{row.params}"


def _again(row: SavedSearch) -> str:
    kept = QueryDict(mutable=True)
    kept.update({"name": row.name, "params": row.params, "alert": "1" if row.alert else ""})
    return kept.urlencode()
