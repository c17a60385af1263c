"""The answers to a change as its owner reads them: fifty at a time, first what holds it up."""

from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import QueryDict

from catalog.models import ChangeProposal
from marketplace.kernel.web import states
from subscriptions.models import Acknowledgement
from subscriptions.queries import answers_to, holding_up, named, person_named
from subscriptions.states import AckState

SHOWN: Final = 50
NAMED: Final = 8
_OPEN: Final = (AckState.PENDING, AckState.NEEDS_TIME, AckState.OBJECTED)
_ORDER: Final = (AckState.OBJECTED, AckState.NEEDS_TIME, AckState.PENDING)


def answers_for(
    found: ChangeProposal, given: QueryDict, *, mine: QuerySet[Acknowledgement] | None
) -> dict[str, Any]:
    """Give one page of answers with their counts; ``mine`` are the only ones a reader may see.

    ``answer`` of the address leaves those of one state, ``page`` counts from 1.
    """
    counts = answers_to(found.pk)
    rows = Acknowledgement.objects.filter(notice__change=found) if mine is None else mine
    state = given.get("answer", "")
    if state in counts:
        rows = rows.filter(state=state)
    page = Paginator(_shaped(rows), SHOWN).get_page(given.get("page"))
    kept = {"answer": state} if state in counts else {}
    return {
        "answers": list(page.object_list),
        "answered": sum(number for one, number in counts.items() if one not in _OPEN),
        "number": sum(counts.values()),
        "kinds": _kinds(counts, state) if mine is None and len(counts) > 1 else [],
        "before": _address(kept, page.number - 1) if page.has_previous() else "",
        "after": _address(kept, page.number + 1) if page.has_next() else "",
    }


def waits_for(found: ChangeProposal) -> dict[str, Any]:
    """Name the first consumers that a release would have to wait for, and how many there are."""
    rows: Any = named(holding_up(found.pk), "agreement__")
    names = rows.order_by("agreement__consumer_key").values_list("consumer_name", flat=True)
    number = rows.count()
    return {"names": list(names[:NAMED]), "more": max(number - NAMED, 0)}


def _shaped(rows: QuerySet[Acknowledgement]) -> QuerySet[Acknowledgement]:
    ranks = [When(state=state, then=Value(rank)) for rank, state in enumerate(_ORDER)]
    rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
    rows = rows.select_related("agreement__port", "notice").annotate(
        answered_name=person_named("answered_by")
    )
    return named(rows, "agreement__").order_by(rank, "agreement__consumer_key", "pk")


def _kinds(counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """Give a link for each kind of answer, with its number."""
    return [
        {
            "label": states.look("notice", state).label,
            "number": number,
            "href": "?" if state == chosen else _address({"answer": state}, 1),
            "on": state == chosen,
        }
        for state, number in sorted(counts.items())
    ]


def _address(kept: dict[str, str], page: int) -> str:
    return f"?{urlencode(kept | ({'page': str(page)} if page > 1 else {}))}"
