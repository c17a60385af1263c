"""Say that something is wrong with a product, how it goes on, and that it is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from catalog.events import IncidentOpened, IncidentResolved, IncidentUpdated
from catalog.models import Incident, IncidentUpdate
from catalog.permissions import may_tell_incident
from catalog.queries.incidents import incident_or_404
from catalog.queries.products import product_or_404
from catalog.states import INCIDENT, IncidentState, Severity
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid, Stale
from marketplace.kernel.events.log import record

_TITLE, _TEXT = 160, 4000
_MOVES = {
    (IncidentState.OPEN, IncidentState.MONITORING): "watch",
    (IncidentState.MONITORING, IncidentState.OPEN): "relapse",
}


@action
def open_incident(
    actor: Actor,
    *,
    key: str,
    title: str,
    severity: str,
    text: str,
    ports: Sequence[str] = (),
    started_at: datetime | None = None,
) -> Incident:
    """Tell consumers and followers that a product is in trouble. ``ports`` empty means all.

    ``started_at`` is when it began, by default now; it is never in the future.
    """
    product = product_or_404(actor, key)
    require(actor, may_tell_incident, product)
    moment = now()
    began = started_at or moment
    problems = [*_text("title", title, _TITLE), *_text("text", text, _TEXT)]
    if severity not in Severity.values:
        words = f"One of {', '.join(Severity.values)}."
        problems.append(FieldProblem("/severity", "unknown", words))
    known = set(product.ports.values_list("name", flat=True))
    problems += [
        FieldProblem(f"/ports/{index}", "unknown-port", "No such port.")
        for index, name in enumerate(ports)
        if name not in known
    ]
    if began.tzinfo is None or began > moment:
        problems.append(FieldProblem("/started_at", "future", "A moment that has passed."))
    if problems:
        raise Invalid(*problems)
    incident = Incident.objects.create(
        product=product,
        ports=sorted(set(ports)),
        title=title.strip(),
        severity=severity,
        opened_by=actor.subject,
        started_at=began,
    )
    _say(actor, incident, text)
    record(
        IncidentOpened(
            **_about(incident), severity=severity, ports=incident.ports, text=text.strip()
        )
    )
    return incident


@action
def update_incident(
    actor: Actor, *, incident_id: Any, text: str, state: str = "", version: int | None = None
) -> Incident:
    """Say how it goes on; ``state`` may move it between open and monitoring."""
    incident = _locked(actor, incident_id, version)
    problems = _text("text", text, _TEXT)
    if state not in ("", IncidentState.OPEN, IncidentState.MONITORING):
        problems.append(FieldProblem("/state", "unknown", "open or monitoring."))
    if problems:
        raise Invalid(*problems)
    if state in ("", incident.state):
        INCIDENT.after("resolve", incident.state)  # what is over takes no more words
    else:
        wanted = IncidentState(state)
        move = _MOVES.get((IncidentState(incident.state), wanted), "watch")
        incident.state = INCIDENT.after(move, incident.state)
    incident.version += 1
    incident.save()
    said = _say(actor, incident, text)
    record(
        IncidentUpdated(**_about(incident), state=incident.state, update=said.pk, text=text.strip())
    )
    return incident


@action
def resolve_incident(
    actor: Actor, *, incident_id: Any, text: str, cause: str = "", version: int | None = None
) -> Incident:
    """Say that it is over; ``cause`` is kept with it for everybody who may see the product."""
    incident = _locked(actor, incident_id, version)
    problems = _text("text", text, _TEXT)
    if len(cause) > _TEXT:
        problems.append(FieldProblem("/cause", "too-long", f"At most {_TEXT} characters."))
    if problems:
        raise Invalid(*problems)
    incident.state = INCIDENT.after("resolve", incident.state)
    incident.cause, incident.resolved_at = cause.strip(), now()
    incident.version += 1
    incident.save()
    _say(actor, incident, text)
    record(IncidentResolved(**_about(incident), cause=incident.cause, text=text.strip()))
    return incident


def _locked(actor: Actor, incident_id: Any, version: int | None) -> Incident:
    seen = incident_or_404(actor, incident_id)
    rows = Incident.objects.select_for_update(of=["self"], no_key=True)
    incident = rows.select_related("product__owner_team", "product__domain__owner_team").get(
        pk=seen.pk
    )
    require(actor, may_tell_incident, incident.product)
    if version is not None and version != incident.version:
        raise Stale(version=incident.version)
    return incident


def _say(actor: Actor, incident: Incident, text: str) -> IncidentUpdate:
    return IncidentUpdate.objects.create(
        incident=incident, author=actor.subject, state=incident.state, text=text.strip()
    )


def _text(name: str, value: str, most: int) -> list[FieldProblem]:
    if value.strip() and len(value) <= most and "\x00" not in value:
        return []
    return [FieldProblem(f"/{name}", "wrong-text", f"A text of 1 to {most} characters.")]


def _about(incident: Incident) -> dict[str, Any]:
    product = incident.product
    return {
        "subject": f"incident/{incident.pk}",
        "product": product.key,
        "teams": (product.owner_team.slug,),
        "incident_id": str(incident.pk),
        "title": incident.title,
    }
