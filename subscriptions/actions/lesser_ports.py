"""Ports of the same product that ask for less than a request does: what an owner offers instead."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog.models import OutputPort
from catalog.states import Status
from governance.evaluate import decide, judge
from governance.models import PolicyDecision
from governance.policies.base import Outcome
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.errors import DomainError, FieldProblem, Invalid
from subscriptions.actions.considering import (
    Ask,
    Considered,
    consider,
    refuse_double,
    strictness,
)
from subscriptions.actions.request_rows import digest_of, snapshot_of
from subscriptions.models import AccessRequest


@dataclass(frozen=True, slots=True)
class Lesser:
    """A lesser port, and whether a policy would let the consumer in at once."""

    port: OutputPort
    at_once: bool


def lesser_ports(request: AccessRequest) -> list[Lesser]:
    """Give the ports that may be offered instead, the least strict first; changes nothing."""
    found = [
        Lesser(asked.port, outcome == Outcome.ALLOW)
        for asked in _lesser(request)
        if (outcome := judge(asked.facts).outcome) != Outcome.DENY
    ]
    return sorted(found, key=lambda one: (strictness(one.port.classification), one.port.name))


def named_lesser(request: AccessRequest, name: str, version: str) -> tuple[str, str]:
    """Give name and version of a lesser port; without a version, of its newest. Raises Invalid."""
    fits = [
        one.port
        for one in lesser_ports(request)
        if one.port.name == name and version in ("", one.port.version_name)
    ]
    if not fits:
        words = "Offer a port of the same product that shows less and that a policy lets pass."
        raise Invalid(FieldProblem("/port", "wider", words))
    newest = max(fits, key=lambda port: (len(port.version_name), port.version_name))
    return newest.name, newest.version_name


def move_to(actor: Actor, request: AccessRequest, offered: dict[str, Any]) -> PolicyDecision:
    """Make a request one for the port that was offered, judged anew; the caller saves it.

    Raises the refusals of asking: the port may have been retired since, or be held already.
    """
    days = offered.get("duration_days") or request.duration_days
    asked = consider(actor, _ask(request, offered["port"], offered["port_version"], days))
    refuse_double(asked)
    decision = decide(asked.facts, f"request/{request.number}")
    request.port, request.contract = asked.port, asked.port.contract
    request.decision, request.slice = decision, {}
    request.duration_days = asked.facts.duration_days if days else None
    request.end_at = asked.until
    request.snapshot = snapshot_of(asked)
    request.digest, request.plan_digest = digest_of(request), ""
    request.stages.all().delete()
    vars(request).pop("_prefetched_objects_cache", None)
    return decision


def _lesser(request: AccessRequest) -> Iterator[Considered]:
    """Only a first request moves: one that came back has an agreement on its port already."""
    if request.kind != "new" or request.reopened:
        return
    now, personal = request.port, set(request.snapshot.get("personal_columns", []))
    columns = set(request.snapshot.get("columns", []))
    others = OutputPort.objects.filter(product=now.product_id).exclude(pk=now.pk)
    for port in others.exclude(status__in=(Status.DRAFT, Status.RETIRED)):
        ask = _ask(request, port.name, port.version_name, request.duration_days)
        try:
            asked = consider(SYSTEM, ask)
            refuse_double(asked)
        except DomainError:
            continue
        theirs = set(asked.facts.personal_columns)
        level, limit = strictness(port.classification), strictness(now.classification)
        if level > limit or not theirs <= personal:
            continue
        if level < limit or theirs < personal or set(asked.readable) < columns:
            yield asked


def _ask(request: AccessRequest, port: str, version: str, days: int | None) -> Ask:
    return Ask(
        product=request.port.product.key,
        port=port,
        version=version,
        consumer_kind=request.consumer_kind,
        consumer_key=request.consumer_key,
        purpose=request.purpose,
        purpose_text=request.purpose_text,
        duration_days=days,
        end_at=None if days else request.end_at,
    )
