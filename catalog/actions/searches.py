"""Keep searches; one that is watched brings a notice when a product that matches is published."""

from typing import Any, Final

from django.http import QueryDict

from catalog.actions.limits import fits
from catalog.events import SearchSaved
from catalog.models import SavedSearch
from catalog.permissions import may_keep_search
from catalog.queries.parameters import clean, query_from, wrong_terms
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import Duplicate, FieldProblem, Invalid, NotFound
from marketplace.kernel.events.log import record

MOST: Final = 100


@action
def save_search(actor: Actor, *, name: str, params: str, alert: bool = False) -> SavedSearch:
    """Keep a search by a name; ``params`` is what stands after the market's question mark."""
    require(actor, may_keep_search)
    row = SavedSearch(user_id=actor.user_id, alert=alert)
    _fill(row, name, params)
    if SavedSearch.objects.filter(user_id=actor.user_id).count() >= MOST:
        raise Invalid(FieldProblem("", "too-many", f"At most {MOST} searches are kept."))
    row.save()
    record(_event(actor, row, "saved"))
    return row


@action
def change_search(
    actor: Actor,
    *,
    search_id: Any,
    name: str | None = None,
    params: str | None = None,
    alert: bool | None = None,
) -> SavedSearch:
    """Change a search that one keeps."""
    row = _own(actor, search_id)
    require(actor, may_keep_search, row)
    row.alert = row.alert if alert is None else alert
    row.version += 1
    _fill(row, row.name if name is None else name, row.params if params is None else params)
    row.save()
    record(_event(actor, row, "changed"))
    return row


@action
def forget_search(actor: Actor, *, search_id: Any) -> SavedSearch:
    """Let a search go; give what it was, so that it can be kept again."""
    row = _own(actor, search_id)
    require(actor, may_keep_search, row)
    SavedSearch.objects.filter(pk=row.pk).delete()
    record(_event(actor, row, "forgotten"))
    return row


def _own(actor: Actor, search_id: Any) -> SavedSearch:
    rows = SavedSearch.objects.select_for_update(of=["self"], no_key=True)
    row = rows.filter(pk=search_id, user_id=actor.user_id).first()
    if row is None:
        raise NotFound
    return row


def _fill(row: SavedSearch, name: str, params: str) -> None:
    """Take a name and what is searched for; refuse what is no search, or a name that is taken."""
    row.name = " ".join(name.split())
    if not row.name or not row.name.isprintable():
        raise Invalid(FieldProblem("/name", "required", "Give it a name."))
    asked = clean(QueryDict(params))
    asked.pop("cursor", None)
    query_from(asked, limit=1)
    wrong = wrong_terms(asked)
    if wrong:
        raise Invalid(*(FieldProblem("/params", one.code, one.detail) for one in wrong))
    row.params = asked.urlencode()
    fits(row, "")
    same = SavedSearch.objects.filter(user_id=row.user_id, name=row.name).exclude(pk=row.pk)
    if same.exists():
        raise Duplicate(f"A search of yours is called {row.name} already.")


def _event(actor: Actor, row: SavedSearch, how: str) -> SearchSaved:
    return SearchSaved(
        subject=f"search/{row.pk}",
        teams=(f"user:{actor.subject}",),
        search_id=str(row.pk),
        how=how,
        alert=row.alert,
    )
