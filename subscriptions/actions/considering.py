"""What somebody asks for: looked up, checked, and made narrower."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from catalog.models import OutputPort
from catalog.queries import columns_of, port_or_404
from catalog.states import Status
from governance.policies.base import AccessFacts
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, Duplicate, FieldProblem, Invalid
from subscriptions import consumers
from subscriptions.consumers import Consumer
from subscriptions.models import AccessAgreement, AccessRequest
from subscriptions.queries import live
from subscriptions.states import OPEN_REQUEST

PURPOSES: dict[str, str] = {
    "analytics": "Analytics",
    "reporting": "Reporting",
    "operations": "Run operations",
    "marketing": "Marketing",
    "machine_learning": "Train a model",
    "regulatory": "Regulatory duty",
    "research": "Research",
}


LONGEST_DAYS = 730


TEXT_LIMIT = 4000

_CLASSES = ("public", "internal", "confidential", "restricted")


class NotProvisioned(DomainError):
    """The port is described here, but access to it is given elsewhere."""

    code = "not-provisioned"
    title = "Access to this port is not given through this marketplace yet."


class NotOffered(DomainError):
    """The product or port is not offered (draft or retired)."""

    code = "not-offered"
    title = "This is not offered."


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for, checked for shape only."""

    product: str
    port: str
    consumer_kind: str
    consumer_key: str
    purpose: str = ""
    purpose_text: str = ""
    duration_days: int | None = None
    end_at: datetime | None = None
    version: str | None = None
    slice: dict[str, Any] = field(default_factory=dict)
    retro: bool = False


@dataclass(frozen=True, slots=True)
class Considered:
    """An ask with everything it was looked up to: what a verdict is made from.

    ``columns`` are those that were chosen, none for all; ``readable`` those that would be seen.
    """

    port: OutputPort
    consumer: Consumer
    columns: tuple[str, ...]
    readable: tuple[str, ...]
    until: datetime
    facts: AccessFacts


def consider(actor: Actor, ask: Ask) -> Considered:
    """Look up and check an ask. Raises coded refusals; changes nothing."""
    port = port_or_404(actor, ask.product, ask.port, ask.version)
    if ask.consumer_kind not in consumers.KINDS:
        raise Invalid(FieldProblem("/consumer/kind", "unknown", "There is no such kind."))
    consumer = consumers.known(ask.consumer_kind, ask.consumer_key)
    if ask.purpose and ask.purpose not in PURPOSES:
        known = ", ".join(PURPOSES)
        raise Invalid(FieldProblem("/purpose", "unknown-purpose", f"Choose one of: {known}."))
    if len(ask.purpose_text) > TEXT_LIMIT:
        raise Invalid(
            FieldProblem("/purpose_text", "too-long", f"At most {TEXT_LIMIT} characters.")
        )
    if port.product.status in (Status.DRAFT, Status.PROPOSED, Status.RETIRED) or (
        port.status == Status.RETIRED
    ):
        raise NotOffered
    if not port.provisioned:
        raise NotProvisioned(port=port.name, interface=port.interface)
    columns, rows = _sliced(port, ask.slice)
    until, days = _until(ask)
    personal = tuple(c.name for c in rows if c.personal_data)
    contract = port.contract.facts if port.contract else {}
    product = port.product
    facts = AccessFacts(
        product=product.key,
        port=port.name,
        classification=_strictest([c.classification for c in rows], port.classification),
        personal_data=bool(personal),
        personal_columns=personal,
        purpose=ask.purpose,
        purpose_text=ask.purpose_text,
        allowed_purposes=tuple(contract.get("purposes", ())),
        consumer_kind=consumer.kind,
        consumer_key=consumer.key,
        requester=actor.subject,
        requester_teams=tuple(sorted(actor.teams)),
        owner_team=product.owner_team.slug,
        consumer_domain=consumer.domain,
        product_domain=product.domain.slug,
        same_domain=bool(consumer.domain) and consumer.domain == product.domain.slug,
        own_team=product.owner_team.slug in consumer.teams,
        duration_days=days,
        max_duration_days=contract.get("max_duration_days"),
        port_status=port.status,
        product_status=product.status,
        publication_scope=product.scope,
    )
    return Considered(port, consumer, columns, tuple(c.name for c in rows), until, facts)


def _sliced(port: OutputPort, wanted: dict[str, Any]) -> tuple[tuple[str, ...], list[Any]]:
    rows = columns_of(port)
    names = [c.name for c in rows]
    unknown_keys = sorted(set(wanted) - {"columns"})
    if unknown_keys:
        raise Invalid(
            FieldProblem(
                f"/slice/{unknown_keys[0]}",
                "not-offered",
                "Only columns can be chosen on this port.",
            )
        )
    chosen = list(wanted.get("columns") or [])
    unknown = [name for name in chosen if name not in names]
    if unknown:
        raise Invalid(
            FieldProblem("/slice/columns", "unknown-column", f"No column {', '.join(unknown)}.")
        )
    if not chosen:
        return (), rows
    kept = [c for c in rows if c.name in chosen]
    return tuple(c.name for c in kept), kept


def _until(ask: Ask) -> tuple[datetime, int]:
    moment = now()
    if ask.end_at is not None:
        if ask.end_at <= moment:
            raise Invalid(FieldProblem("/end_at", "past", "The end has to be in the future."))
        days = -(-(ask.end_at - moment) // timedelta(days=1))
        until = ask.end_at
    else:
        days = ask.duration_days if ask.duration_days is not None else 90
        until = moment + timedelta(days=min(max(days, 1), LONGEST_DAYS))
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(
            FieldProblem("/duration_days", "out-of-range", f"Between 1 and {LONGEST_DAYS} days.")
        )
    return until, days


def strictness(level: str) -> int:
    """Place a classification in its order: 0 for public, 3 for restricted."""
    return _CLASSES.index(level)


def _strictest(classes: list[str], otherwise: str) -> str:
    return max(classes, key=strictness, default=otherwise)


def refuse_double(asked: Considered) -> None:
    """Refuse what the consumer has, or has asked for already. Raises Duplicate."""
    kind, key = asked.consumer.kind, asked.consumer.key
    theirs = {"port": asked.port, "consumer_kind": kind, "consumer_key": key}
    held = live(AccessAgreement.objects.filter(**theirs)).values_list("pk", flat=True).first()
    if held is not None:
        raise Duplicate(
            f"{asked.consumer.name} has access to this port already.", agreement=str(held)
        )
    waiting = AccessRequest.objects.filter(**theirs, state__in=list(OPEN_REQUEST))
    first = waiting.values_list("pk", flat=True).first()
    if first is not None:
        raise Duplicate(
            f"{asked.consumer.name} has asked for this port already.", request=str(first)
        )


def needs_words(note: str) -> None:
    """Refuse a note that is empty or too long. Raises Invalid."""
    if not note.strip():
        raise Invalid(FieldProblem("/note", "required", "Say why, in a sentence."))
    if len(note) > TEXT_LIMIT:
        raise Invalid(FieldProblem("/note", "too-long", f"At most {TEXT_LIMIT} characters."))


def narrower(
    request: AccessRequest,
    columns: list[str] | None,
    duration_days: int | None,
    port: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Give an offer of less than was asked for. Raises Invalid when it is wider, or is nothing.

    ``port`` is (name, version) of a lesser port, which is offered with all its columns.
    """
    asked = set(request.snapshot.get("columns", []))
    offered: dict[str, Any] = {}
    if port is not None:
        if columns:
            words = "Another port is offered with all its columns."
            raise Invalid(FieldProblem("/columns", "other-port", words))
        offered |= {"port": port[0], "port_version": port[1]}
    if columns:
        if not set(columns) <= asked:
            raise Invalid(
                FieldProblem("/columns", "wider", "An offer has no column that was not asked for.")
            )
        offered["columns"] = [name for name in request.snapshot["columns"] if name in columns]
    if duration_days is not None:
        if duration_days < 1 or duration_days > (request.duration_days or LONGEST_DAYS):
            raise Invalid(
                FieldProblem("/duration_days", "wider", "An offer is not longer than the request.")
            )
        offered["duration_days"] = duration_days
    if not offered:
        raise Invalid(FieldProblem("", "nothing-offered", "Say what is offered instead."))
    return offered
