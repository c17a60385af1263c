"""A product as a row of a list: the card that everybody shares, and what concerns the reader."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from catalog.queries.search import Hit
from marketplace.kernel.actors import Actor
from marketplace.kernel.web import words
from marketplace.portal.queries import RowFacts, Standing, grade_of, row_facts
from subscriptions.queries import Wait

_CLOSED = {"deny": "a policy refuses your team", "described": "described only"}
_ASKS_BACK = {"returned": "changes wanted", "countered": "an offer waits"}


def rows_of(actor: Actor, hits: tuple[Hit, ...]) -> list[dict[str, Any]]:
    """Give the rows of a page of hits, as components/row.html wants them."""
    facts = row_facts(actor, [hit.card["key"] for hit in hits])
    return [row_of(hit, facts[hit.card["key"]], signed_in=actor.signed_in) for hit in hits]


def row_of(hit: Hit, facts: RowFacts, *, signed_in: bool) -> dict[str, Any]:
    """Give one row."""
    card = hit.card
    return {
        "key": card["key"],
        "href": reverse("product", args=[card["key"]]),
        "name": card["name"],
        "purpose": card["purpose"],
        "hue_class": hue_class(card["hue"]),
        "scores": card["petals"],
        "grade": grade_of(card["score"]),
        "domain_label": card["domain_name"],
        "certification": card["certification"],
        "state": card["status"],
        "ports": [{"interface": kind} for kind in card["interfaces"]],
        "classification": card["classification"],
        "tags": ["pii"] if card["personal_data"] else [],
        "matched_column": hit.matched_column,
        "freshness": _age(card["refreshed_at"]),
        "days": facts.days,
        "service": met_words(facts.days),
        "trend": facts.trend,
        "consumers": card["consumers"],
        "access": _access(card, facts) if signed_in else {"state": "none", "note": ""},
    }


def hue_class(hue: int | None) -> str:
    """Give the class of a domain's colour."""
    return f"d{(hue or 0) % 8}"


def met_words(days: list[str]) -> str:
    """Say how many of the measured days kept their service level."""
    measured = [day for day in days if day != "unknown"]
    kept = sum(day != "breached" for day in measured)
    return f"{kept} of {len(measured)} days met" if measured else ""


def wait_words(wait: Wait | None) -> str:
    """Say how long an answer usually takes, or that nobody knows yet."""
    if wait is None:
        return "wait not known yet"
    return f"usually {words.about(wait.median_seconds)}"


def _age(refreshed_at: str | None) -> str:
    if not refreshed_at:
        return ""
    return words.about(timezone.now() - datetime.fromisoformat(refreshed_at))


def _access(card: dict[str, Any], facts: RowFacts) -> dict[str, Any]:
    """Say what the reader can do: open, wait, get at once, or ask people."""
    key, standing = card["key"], facts.standing
    if standing.state == "granted":
        return {
            "state": "granted",
            "href": reverse("product", args=[key, "connect"]),
            "note": "you have access",
        }
    if standing.state == "pending":
        return {
            "state": "pending",
            "href": reverse("request_page", args=[standing.request_id]),
            "note": _pending_note(standing, facts.wait),
        }
    if facts.verdict in _CLOSED:
        return {"state": "none", "note": _CLOSED[facts.verdict]}
    asking = reverse("request_drawer", args=[key])
    if facts.verdict == "allow":
        note = "instant for you" if len(card["ports"]) == 1 else "one port is instant"
        return {"state": "instant", "href": asking, "note": note}
    return {"state": "review", "href": asking, "note": wait_words(facts.wait)}


def _pending_note(standing: Standing, wait: Wait | None) -> str:
    if standing.agreement_id is not None:
        return "being granted"
    return _ASKS_BACK.get(standing.request_state) or wait_words(wait)
