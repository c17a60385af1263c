"""The row of a request: made, found and locked, changed, closed."""

import hashlib
import json
from typing import Any

from governance.models import PolicyDecision
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import NotFound, Stale
from marketplace.kernel.prepared import fetch_one
from subscriptions.actions.considering import Ask, Considered
from subscriptions.actions.stages import void_answers
from subscriptions.consumers import Consumer
from subscriptions.models import AccessRequest
from subscriptions.queries import visible_requests
from subscriptions.states import REQUEST


def next_number() -> int:
    """Give the number that people call the next request by."""
    row = fetch_one("SELECT nextval('subscriptions_request_number')", [])
    assert row is not None
    return int(row[0])


def create(
    actor: Actor, ask: Ask, asked: Considered, decision: PolicyDecision, number: int
) -> AccessRequest:
    """Write a request with what it was asked on, so that later changes do not alter it."""
    request = AccessRequest(
        number=number,
        port=asked.port,
        contract=asked.port.contract,
        requester=actor.subject,
        consumer_kind=asked.consumer.kind,
        consumer_key=asked.consumer.key,
        purpose=ask.purpose,
        purpose_text=ask.purpose_text.strip(),
        slice={"columns": list(asked.columns)} if asked.columns else {},
        duration_days=None if ask.end_at else asked.facts.duration_days,
        end_at=asked.until,
        decision=decision,
        kind="retro" if ask.retro else "new",
        created_at=now(),
    )
    request.snapshot = snapshot_of(asked)
    request.digest = digest_of(request)
    if ask.retro or decision.outcome != "allow":  # after the fact people decide, never a rule
        request.state = REQUEST.after("review", request.state)
    request.save(force_insert=True)
    return request


def snapshot_of(asked: Considered) -> dict[str, Any]:
    """Freeze what was asked for: product, port, contract, consumer and columns as they are."""
    port = asked.port
    return {
        "product": port.product.key,
        "product_version": port.product.version_name,
        "port": f"{port.name}@{port.version_name}",
        "contract": str(port.contract) if port.contract else None,
        "contract_sha256": port.contract.sha256 if port.contract else None,
        "consumer_name": asked.consumer.name,
        "consumer_teams": sorted(asked.consumer.teams),
        "columns": list(asked.readable),
        "personal_columns": list(asked.facts.personal_columns),
    }


def digest_of(request: AccessRequest) -> str:
    """Give the SHA-256 over what a decision is made on, as hexadecimal digits."""
    facts = {
        "snapshot": {k: v for k, v in request.snapshot.items() if k != "counter"},
        "consumer": [request.consumer_kind, request.consumer_key],
        "purpose": [request.purpose, request.purpose_text],
        "slice": request.slice,
        "days": request.duration_days,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def close(request: AccessRequest, *, by: str, kind: str, note: str) -> None:
    """Note who decided, when and with which words."""
    request.decided_by, request.decided_by_kind = by, kind
    request.decided_at = now()
    touch(request, note=note)


def touch(request: AccessRequest, *, note: str) -> None:
    """Save a request as its next version."""
    request.note = note
    request.version += 1
    request.save()


def reset(request: AccessRequest) -> None:
    """Void the answers given: they were given to another request."""
    request.snapshot = {k: v for k, v in request.snapshot.items() if k != "counter"}
    if request.slice.get("columns"):
        request.snapshot["columns"] = request.slice["columns"]
    request.digest, request.plan_digest = digest_of(request), ""
    void_answers(request)
    touch(request, note="")


def locked(actor: Actor, request_id: Any, version: int | None) -> AccessRequest:
    """Give a request that the actor may see, locked. Raises NotFound or Stale."""
    request = (
        visible_requests(actor)
        .select_for_update(of=["self"], no_key=True)
        .prefetch_related("stages")
        .filter(pk=request_id)
        .first()
    )
    if request is None:
        raise NotFound
    if version is not None and version != request.version:
        raise Stale(version=request.version)
    return request


def facts_of(request: AccessRequest, consumer: Consumer) -> dict[str, Any]:
    """Give what every event of a request carries."""
    product = request.port.product
    return {
        "subject": f"request/{request.pk}",
        "product": product.key,
        "teams": (product.owner_team.slug, *consumer.readers),
        "request_id": str(request.pk),
        "port": request.port.name,
        "consumer": consumer.words,
    }
