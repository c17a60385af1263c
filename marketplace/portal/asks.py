"""The ask board: what people need and nobody offers, and what came of it."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.actions import asks as acting
from catalog.models import Ask, AskVote, Domain
from catalog.permissions import PUBLISHERS, may_close_ask
from catalog.queries import SearchQuery, nearest, read_query, search, visible_products
from catalog.queries.asks import ask_or_404, visible_asks
from catalog.states import ASK
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.models import Team, User
from marketplace.kernel.web.fragments import drawer_frame, wants_fragment
from marketplace.portal.form_code import as_code, show_code
from marketplace.portal.market import near_row
from marketplace.portal.pages import REFUSED, attempt, blame, show
from marketplace.portal.rows import hue_class
from subscriptions.funnel.reading import unmet

PAGE: Final = 50
SHOWN: Final = {
    "wanted": ("Wanted", ("open", "claimed")),
    "answered": ("Answered", ("answered",)),
    "closed": ("Closed", ("closed",)),
}
_NEAR: Final = 3
_DAYS: Final = 30
_UNMET: Final = 8
_FIELDS: Final = {"/title": "title", "/columns": "columns", "/domain": "domain", "/text": "text"}


class AskForm(forms.Form):
    """What is missing."""

    title = forms.CharField(label="What is missing", max_length=120)
    columns = forms.CharField(
        label="Fields you need",
        required=False,
        max_length=1000,
        help_text="Names, separated by commas.",
    )
    text = forms.CharField(
        label="What you would do with it",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
    )
    domain = forms.ChoiceField(
        label="Domain that may have it",
        required=False,
        help_text="Its owners hear of it.",
    )
    query = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, domains: list[tuple[str, str]], initial: Any) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["domain"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Not known"), *domains]


@require_safe
def asks(request: HttpRequest) -> HttpResponse:
    """List what is wanted, the most wanted first, and what was searched for in vain."""
    actor = signed_in(request)
    shown = request.GET.get("show", "wanted")
    if shown not in SHOWN:
        raise NotFound
    rows = visible_asks(actor).filter(state__in=SHOWN[shown][1])
    found = list(rows.order_by("-votes", "-pk")[:PAGE])
    context = {
        "asks": [_row(actor, row, mine) for row, mine in _voted(actor, found)],
        "tabs": [
            {"key": key, "label": label, "href": f"{reverse('asks')}?show={key}"}
            for key, (label, _) in SHOWN.items()
        ],
        "shown": shown,
        "more": len(found) == PAGE,
        "unmet": _unmet() if shown == "wanted" else [],
        "days": _DAYS,
        "states": ",".join(SHOWN[shown][1]),
        "nav": "asks",
    }
    return show(request, "portal/asks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ask_new(request: HttpRequest) -> HttpResponse:
    """Ask; what exists already is shown beside the form."""
    actor = signed_in(request)
    query = request.GET.get("q", "").replace("\x00", "")[:300]
    given = {name: request.GET.get(name, "") for name in ("title", "domain", "columns")}
    form = AskForm(
        request.POST if request.method == "POST" else None,
        domains=list(Domain.objects.order_by("name").values_list("slug", "name")),
        initial={**_from_search(query), **{k: v for k, v in given.items() if v}, "query": query},
    )
    status = 200
    if "code" in request.POST:
        return show_code(request, as_code("POST", "asks", _body(request)), reverse("ask_new"))
    if request.method == "POST":
        status = REFUSED
        if form.is_valid():
            wanted = dict(form.cleaned_data)
            wanted["columns"] = wanted["columns"].split(",")
            try:
                asked = acting.ask(actor, **wanted)
            except NotFound:
                raise
            except DomainError as refused:
                blame(form, refused, _FIELDS)
            else:
                return redirect("ask", asked.pk)
    context = {
        "form": form,
        "near": _existing(actor, str(form["title"].value() or query)),
        "frame": drawer_frame(request),
        "inside": wants_fragment(request),
        "eyebrow": "Ask board",
        "title": "Ask for this data",
        "close": reverse("asks"),
        "nav": "asks",
    }
    return show(request, "portal/ask_new.html", context, status=status)


def _body(request: HttpRequest) -> dict[str, Any]:
    """Give what stands in the form as the API takes it."""
    given = request.POST
    columns = [one.strip() for one in given.get("columns", "").split(",") if one.strip()]
    said = {name: given.get(name, "").strip() for name in ("title", "text", "domain", "query")}
    return {**{name: words for name, words in said.items() if words}, "columns": columns}


@require_safe
def ask(request: HttpRequest, ask_id: Any) -> HttpResponse:
    """Show one ask: what is wanted, who promised it, what came of it."""
    actor = signed_in(request)
    row = ask_or_404(actor, ask_id)
    [(_, voted)] = _voted(actor, [row])
    author = User.objects.filter(username=row.author).first()
    context = {
        "ask": row,
        **_row(actor, row, voted),
        "author": author.called if author else row.author,
        "teams": _teams(actor) if ASK.allows("claim", row.state) else [],
        "may_release": ASK.allows("release", row.state) and _holds(actor, row),
        "answers": _answers(actor) if ASK.allows("answer", row.state) else [],
        "may_close": ASK.allows("close", row.state) and may_close_ask(actor, row),
        "may_reopen": ASK.allows("reopen", row.state) and may_close_ask(actor, row),
        "answer": _answer(actor, row),
        "near": _existing(actor, row.title) if row.state in ("open", "claimed") else [],
        "nav": "asks",
    }
    return show(request, "portal/ask.html", context)


@require_POST
def ask_move(request: HttpRequest, ask_id: Any, move: str) -> HttpResponse:
    """Vote, promise, answer, close."""
    actor = signed_in(request)
    given = request.POST
    note = given.get("note", "").replace("\x00", "")
    moves: dict[str, tuple[Any, str]] = {
        "vote": (lambda: acting.vote(actor, ask_id=ask_id), "You will hear what comes of it."),
        "unvote": (lambda: acting.unvote(actor, ask_id=ask_id), "Your vote was taken back."),
        "claim": (
            lambda: acting.claim(actor, ask_id=ask_id, team=given.get("team", "")),
            "Promised. Those who voted are told.",
        ),
        "release": (lambda: acting.release(actor, ask_id=ask_id), "It is open for others again."),
        "answer": (
            lambda: acting.answer(
                actor, ask_id=ask_id, product=given.get("product", ""), note=note
            ),
            "Answered. Those who voted are told.",
        ),
        "close": (
            lambda: acting.close(actor, ask_id=ask_id, note=note),
            "Closed. Those who voted are told why.",
        ),
        "reopen": (lambda: acting.reopen(actor, ask_id=ask_id), "It is open again."),
    }
    if move not in moves:
        raise NotFound
    run, words = moves[move]
    undo = {"vote": "unvote", "unvote": "vote", "claim": "release"}.get(move, "")
    way = reverse("ask_move", args=[ask_id, undo]) if undo else ""
    attempt(request, run, words, undo=way)
    return redirect("asks") if given.get("back") == "board" else redirect("ask", ask_id)


def _voted(actor: Actor, rows: list[Ask]) -> list[tuple[Ask, bool]]:
    """Tell for each ask whether the reader voted: one statement."""
    mine = AskVote.objects.filter(user_id=actor.user_id, ask__in=rows)
    held = set(mine.values_list("ask_id", flat=True))
    return [(row, row.pk in held) for row in rows]


def _row(actor: Actor, row: Ask, voted: bool) -> dict[str, Any]:  # noqa: FBT001 - a fact, no switch
    return {
        "row": row,
        "hue_class": hue_class(row.domain.hue) if row.domain else "",
        "voted": voted,
        "live": row.state in ("open", "claimed"),
        "own": row.author == actor.subject,
        "vote_href": reverse("ask_move", args=[row.pk, "unvote" if voted else "vote"]),
    }


def _unmet() -> list[dict[str, Any]]:
    """Give searches in vain, each with the form that asks for it."""
    return [
        {"term": term, "href": f"{reverse('ask_new')}?{urlencode({'q': term.text})}"}
        for term in unmet(_DAYS, _UNMET)
    ]


def _from_search(query: str) -> dict[str, str]:
    """Fill the form from a search: its words are the title, its columns the fields."""
    read = read_query(SearchQuery(q=query))
    title = " ".join(word.strip('"') for word in read.words if word[:1] != "-")
    return {
        "title": title[:120],
        "columns": ", ".join(read.column),
        "domain": read.domain[0] if read.domain else "",
    }


def _existing(actor: Actor, words: str) -> list[dict[str, Any]]:
    """Give products that may be what is wanted: those that match, else those that come nearest."""
    query = SearchQuery(q=words, limit=_NEAR)
    if not words.strip():
        return []
    hits = search(actor, query).hits
    if hits:
        return [near_row(hit.card) for hit in hits]
    return [near_row(one.card, one.missing) for one in nearest(actor, query, _NEAR)]


def _teams(actor: Actor) -> list[Team]:
    """Give the teams in whose name the reader may promise something."""
    slugs = [team for team, role in actor.memberships if role in PUBLISHERS]
    return list(Team.objects.filter(slug__in=slugs).order_by("name")) if slugs else []


def _holds(actor: Actor, row: Ask) -> bool:
    return row.team is not None and actor.team_role(row.team.slug) in PUBLISHERS


def _answers(actor: Actor) -> list[tuple[str, str]]:
    """Give the products that the reader may answer with: those of the teams they own for."""
    slugs = [team for team, role in actor.memberships if role in PUBLISHERS]
    if not slugs:
        return []
    rows = visible_products(actor).filter(status="active", owner_team__slug__in=slugs)
    return list(rows.values_list("key", "name").order_by("name")[:200])


def _answer(actor: Actor, row: Ask) -> dict[str, Any] | None:
    """Give the product that answered, when the reader may know of it."""
    if row.product_id is None:
        return None
    product = visible_products(actor).filter(pk=row.product_id).first()
    return near_row(product.card) if product else None
