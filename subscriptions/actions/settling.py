"""Write what a round of reconciliation proved, or why it could not. Only the fence's holder may."""

from typing import Any

import structlog
from django.db.models import F, Q

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.events.log import DomainEvent, record
from subscriptions import consumers
from subscriptions.actions.agreements import of
from subscriptions.consumers import Consumer
from subscriptions.events import (
    AgreementActivated,
    AgreementExpired,
    AgreementRevoked,
    AgreementTerminated,
    GrantChecked,
    GrantDrifted,
    GrantFailed,
    GrantProvisioning,
    GrantRemoved,
    GrantVerified,
)
from subscriptions.fenced import held
from subscriptions.models import AccessAgreement, Grant, Handle
from subscriptions.permissions import may_provision
from subscriptions.provisioning import ENDED, Outcome, Round
from subscriptions.states import AGREEMENT, AgreementState, GrantState
from subscriptions.states import GRANT as GRANT_LIFE

log = structlog.get_logger(__name__)

PARK_AFTER = 8
STARTING = [state for state in GrantState if GRANT_LIFE.allows("provision", state)]
_CLOSED = {
    "revoked": ("revoke", AgreementRevoked),
    "expired": ("expire", AgreementExpired),
    "terminated": ("terminate", AgreementTerminated),
}


@action
def announce(actor: Actor, *, handle_id: Any, fence: int) -> None:
    """Say that a worker has begun."""
    require(actor, may_provision)
    handle = held(handle_id, fence)
    for grant in _grants(handle).filter(desired="present", state__in=STARTING):
        grant.state = GRANT_LIFE.after("provision", grant.state)
        grant.save(update_fields=["state"])
        agreement = grant.agreement
        record(
            GrantProvisioning(**of(agreement, _consumer(agreement)), handle=handle.name, steps=0)
        )


@action
def settle(actor: Actor, *, handle_id: Any, fence: int, done: Round) -> int:
    """Write what was proven; only the holder of the fence may. Give how much was not proven."""
    require(actor, may_provision)
    handle = held(handle_id, fence)
    proven = [outcome.grant_id for outcome in done.outcomes]
    grants = {grant.pk: grant for grant in _grants(handle).filter(pk__in=proven)}
    unproven = 0
    for outcome in done.outcomes:
        grant = grants[outcome.grant_id]
        if grant.generation != outcome.generation:
            record(_checked(grant))  # wanted otherwise meanwhile: the next round proves that
            continue
        unproven += not _settle_one(grant, outcome, done.withheld)
    for words in done.drift:
        _drifted(handle, words)
    return unproven


@action
def put_off(
    actor: Actor, *, handle_id: Any, fence: int, words: str, human: bool, wait: float | None
) -> None:
    """Write that the platform could not be changed now; the handle is tried again by itself."""
    require(actor, may_provision)
    handle = held(handle_id, fence)
    for grant in _grants(handle).exclude(observed_generation=F("generation")):
        _note_failure(grant, words, human=human or handle.attempts >= PARK_AFTER)
    log.info("platform put off", handle=handle.name, words=words, wait=wait)
    record(GrantChecked(subject=f"handle/{handle.name}", grant_id=""))


def _grants(handle: Handle) -> Any:
    return (
        Grant.objects.select_for_update(of=["self", "agreement"], no_key=True)
        .select_related("agreement__port__product__owner_team")
        .filter(handle=handle)
        .exclude(Q(state__in=ENDED) & Q(desired="absent"))
        .order_by("pk")
    )


def _consumer(agreement: AccessAgreement) -> Consumer:
    return consumers.remembered(agreement.consumer_kind, agreement.consumer_key)


def _settle_one(grant: Grant, outcome: Outcome, withheld: tuple[str, ...]) -> bool:
    """Move one grant and its agreement; True when it is proven."""
    grant.evidence = outcome.evidence
    if not outcome.ok:
        words = " ".join([*(f"{w[:1].upper()}{w[1:]}." for w in withheld), outcome.words])
        human = bool(withheld) or grant.attempts + 1 >= PARK_AFTER
        _note_failure(grant, words, human=human)
        return False
    grant.observed_generation = grant.generation
    grant.attempts, grant.needs_human, grant.revoke_unverified = 0, False, False
    grant.diagnostics, grant.last_verified_at = "", now()
    if grant.desired == "present" and outcome.evidence["expected"] == "access":
        _proven(grant)
    else:
        _proven_removed(grant)
    grant.version += 1
    grant.save()
    return True


def _proven(grant: Grant) -> None:
    agreement = grant.agreement
    facts = of(agreement, _consumer(agreement))
    evidence = grant.evidence
    if grant.state != GrantState.VERIFIED:
        grant.state = GRANT_LIFE.after("verify", grant.state)
        connector = f"{evidence['connector']} {evidence['connector_version']}"
        record(GrantVerified(**facts, level=evidence["level"], connector=connector))
    if AGREEMENT.allows("activate", agreement.state):
        agreement.state = AGREEMENT.after("activate", agreement.state)
        agreement.activated_at = agreement.activated_at or now()
        agreement.version += 1
        agreement.save()
        until = agreement.end_at.isoformat()
        record(AgreementActivated(**facts, until=until, evidence=evidence["level"]))
    elif grant.state == GrantState.VERIFIED:
        record(_checked(grant))


def _proven_removed(grant: Grant) -> None:
    agreement = grant.agreement
    if not GRANT_LIFE.allows("verify_removed", grant.state):
        # Its time ran out on the platform before the sweep ended it: the sweep comes next.
        record(_checked(grant))
        return
    grant.state = GRANT_LIFE.after("verify_removed", grant.state)
    facts = of(agreement, _consumer(agreement))
    evidence = grant.evidence
    connector = f"{evidence['connector']} {evidence['connector_version']}"
    record(GrantRemoved(**facts, level=evidence["level"], connector=connector))
    if agreement.state != AgreementState.ENDING:
        return  # suspended: it stays agreed
    move, event = _CLOSED[agreement.end_kind]
    agreement.state = AGREEMENT.after(move, agreement.state)
    agreement.ended_at = now()
    agreement.version += 1
    agreement.save()
    record(event(**facts, reason=agreement.end_reason, evidence=evidence["level"]))


def _checked(grant: Grant) -> DomainEvent:
    product = grant.agreement.port.product
    return GrantChecked(
        subject=f"agreement/{grant.agreement_id}",
        product=product.key,
        teams=(product.owner_team.slug,),
        grant_id=str(grant.pk),
    )


def _note_failure(grant: Grant, words: str, *, human: bool) -> None:
    agreement = grant.agreement
    first = grant.diagnostics != words
    grant.attempts = min(grant.attempts + 1, 1000)
    grant.diagnostics = words
    grant.version += 1
    if grant.desired == "absent":
        grant.revoke_unverified = True  # never parked: tried for ever, and shown red
    elif human:
        grant.needs_human = True
        if GRANT_LIFE.allows("fail", grant.state):
            grant.state = GRANT_LIFE.after("fail", grant.state)
        if AGREEMENT.allows("fail", agreement.state):
            agreement.state = AGREEMENT.after("fail", agreement.state)
            agreement.version += 1
            agreement.save()
    grant.save()
    if first or human:
        facts = of(agreement, _consumer(agreement))
        record(GrantFailed(**facts, what=words, needs_human=grant.needs_human))
    else:
        record(_checked(grant))


def _drifted(handle: Handle, words: str) -> None:
    grant = _grants(handle).filter(state=GrantState.VERIFIED).first()
    if grant is None:
        record(GrantChecked(subject=f"handle/{handle.name}", grant_id=""))
        return
    facts = of(grant.agreement, _consumer(grant.agreement))
    record(GrantDrifted(**facts, what=f"{words} (healed on {handle.name})"))
