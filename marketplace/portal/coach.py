"""Five minutes: search, ask, ready, run. Each step with the time it happened, from stored facts."""

from datetime import timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone

from marketplace.kernel.actors import Actor
from marketplace.kernel.web import words
from subscriptions.funnel import reading

_KEPT: Final = timedelta(days=1)


def steps(actor: Actor) -> dict[str, Any] | None:
    """Give the reader's latest way to rows; None when it was long ago and is complete."""
    way = reading.way_of(actor)
    if way.first_rows_at is not None and timezone.now() - way.first_rows_at > _KEPT:
        return None
    begun = way.searched_at or way.asked_at
    done = [way.searched_at, way.asked_at, way.proven_at, way.first_rows_at]
    titles = ["Find", "Ask", "Ready", "Run"]
    details = [
        "Search the marketplace, or open a product.",
        "Say for whom and what for. The answer is foretold.",
        "Access is proven before you are told.",
        "Press Run: the first rows stand here.",
    ]
    reached = max((place for place, at in enumerate(done) if at), default=-1)
    return {
        "steps": [
            {
                "state": "done" if place <= reached else "now" if place == reached + 1 else "todo",
                "title": title,
                "at": done[place],
                "detail": _since(begun, done[place]) if place <= reached else details[place],
            }
            for place, title in enumerate(titles)
        ],
        "finished": way.first_rows_at is not None,
        "took": words.duration(way.first_rows_at - begun) if way.first_rows_at and begun else "",
        "from_search": way.searched_at is not None,
        "product": way.product,
        "usual": _usual(),
        "market": reverse("market"),
    }


def _since(begun: Any, at: Any) -> str:
    return f"after {words.duration(at - begun)}" if begun and at and at > begun else ""


def _usual() -> dict[str, Any] | None:
    found = reading.promise()
    if found is None:
        return None
    return {
        "time": words.duration(found.median_seconds),
        "n": found.basis.n,
        "days": found.basis.days,
    }
