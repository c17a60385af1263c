"""Run the reconciliation of handles, and write what was proven."""

import random
from datetime import timedelta
from typing import Any

import structlog
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.queries import columns_of
from marketplace.connectors.base import (
    Conflict,
    ConnectorError,
    NeedsHuman,
    Permanent,
    StaleLease,
    Transient,
)
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.log import DomainEvent, record
from marketplace.kernel.leases import EPOCH, backoff, claim, held
from subscriptions import consumers
from subscriptions.actions import census, gates
from subscriptions.actions.agreements import of
from subscriptions.actions.openings import GRANT as GRANT_FIRST
from subscriptions.actions.openings import REVOKE, VERIFY, due
from subscriptions.actions.reopening import reopen
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
    HandleReshaped,
)
from subscriptions.models import AccessAgreement, Grant, Handle
from subscriptions.permissions import may_check_grant, may_provision
from subscriptions.provisioning import (
    ENDED,
    LEASE,
    HandleLease,
    Outcome,
    Round,
    not_as_approved,
    reaction_of,
    run_round,
)
from subscriptions.queries import visible_grants
from subscriptions.states import AGREEMENT, AgreementState, GrantState
from subscriptions.states import GRANT as GRANT_LIFE

log = structlog.get_logger(__name__)

_ORDER = "priority, next_at"  # removals, then grants, then proofs, then the census
PARK_AFTER = 8
LONGEST_GRANT, LONGEST_REVOKE = 300.0, 900.0  # seconds between tries of what cannot be reached
CENSUS = 9
# What a round compares; the evidence of a thousand members is not read for one newcomer.
_WANTED = (
    "agreement_id",
    "handle_id",
    "principal_kind",
    "principal_key",
    "desired",
    "generation",
    "observed_generation",
    "state",
    "valid_until",
    "plan_digest",
)
_STARTING = [state for state in GrantState if GRANT_LIFE.allows("provision", state)]
_CLOSED = {
    "revoked": ("revoke", AgreementRevoked),
    "expired": ("expire", AgreementExpired),
    "terminated": ("terminate", AgreementTerminated),
}


def reconcile_due(limit: int = 50) -> int:
    """Reconcile handles that are due, taking away before giving; give how many were done."""
    done = 0
    while done < limit:
        claimed = claim(Handle, limit=1, lease=LEASE, order=_ORDER, where=gates.OPEN)
        if not claimed:
            break
        with held(Handle, claimed):
            reconcile(*claimed[0])
        done += 1
    return done


def reconcile(handle_id: Any, fence: int) -> None:
    """Bring one handle in step, outside any transaction, then record it. Safe to repeat."""
    handle = Handle.objects.select_related(
        "port__platform__gate", "port__drift_rule", "port__product__owner_team", "port__contract"
    ).get(pk=handle_id)
    held_back = gates.enter(handle, fence)
    if held_back:
        gates.put_back(handle, fence, *held_back)
        return
    grants = list(handle.grants.exclude(state__in=ENDED, desired="absent").only(*_WANTED))
    lease = HandleLease(handle.pk, fence)
    try:
        grants = _as_approved(handle, fence, grants)
        if any(_starts(grant) for grant in grants):
            announce(SYSTEM, handle_id=handle.pk, fence=fence)
        done = run_round(handle, lease, grants)
        gates.answered(handle)
        unproven = 0
        if done.outcomes or done.drift:
            unproven = settle(SYSTEM, handle_id=handle.pk, fence=fence, done=done)
        news = done.census and (done.found or handle.findings_standing)
        if news and not census.seen_again(handle, fence, done.found):
            census.note(
                SYSTEM,
                handle_id=handle.pk,
                fence=fence,
                found=done.found,
                reaction=reaction_of(handle),
                healed=done.applied and bool(done.plan) and not (unproven or done.withheld),
            )
        _release(handle, fence, unproven=unproven, withheld=done.withheld)
    except StaleLease as lost:
        log.info("lease lost", handle=handle.name, why=str(lost))
    except (ConnectorError, OSError) as failed:
        judged = _judged(failed)
        if isinstance(failed, Transient | OSError):
            gates.failed(handle, judged["words"], judged["wait"])
        if any(grant.generation != grant.observed_generation for grant in grants):
            put_off(SYSTEM, handle_id=handle.pk, fence=fence, **judged)
        longest = LONGEST_REVOKE if handle.priority == REVOKE else LONGEST_GRANT
        wait = backoff(handle.attempts, cap=longest, least=judged["wait"] or 0)
        _mine(handle, fence).update(
            next_at=Now() + wait,
            lease_until=EPOCH,
            waits_for=judged["words"],
            error=judged["words"],
        )


def _as_approved(handle: Handle, fence: int, grants: list[Grant]) -> list[Grant]:
    """Send back what would be done otherwise than was approved; give the grants that stand."""
    other = not_as_approved(handle, grants)
    if not other:
        return grants
    reopen(SYSTEM, handle_id=handle.pk, fence=fence, grant_ids=other)
    return list(handle.grants.exclude(state__in=ENDED, desired="absent").only(*_WANTED))


def _mine(handle: Handle, fence: int) -> Any:
    return Handle.objects.filter(pk=handle.pk, fence=fence)


def _release(handle: Handle, fence: int, *, unproven: int, withheld: tuple[str, ...]) -> None:
    """Give the handle back: due at once when it is wanted otherwise by now, else for a check.

    Bookkeeping of the claim itself, so no action: nothing a person would look for changes here.
    """
    lives = handle.grants.filter(desired="present").exists()
    # The platform answered: what it did not do is tried again in minutes, never in a quarter hour.
    wait = backoff(handle.attempts) if unproven else _until_census(handle) if lives else None
    facts: dict[str, Any] = {
        "observed_generation": handle.generation,
        "checked_at": Now(),
        "lease_until": EPOCH,
        "attempts": handle.attempts if unproven else 0,
        "waits_for": "; ".join(withheld),
        "error": "",
    }
    unchanged = _mine(handle, fence).filter(generation=handle.generation)
    calm = unchanged.update(**facts, priority=CENSUS, next_at=Now() + wait if wait else None)
    if not calm:
        _mine(handle, fence).update(**facts, next_at=Now())


def _until_census(handle: Handle) -> timedelta:
    """When a handle is compared anew: by half of its seconds, as mending takes time of its own.

    A finding is written when it was mended, and a hundred and fifty proofs on a busy machine take
    a quarter of a minute.
    """
    platform = handle.port.platform
    seconds = platform.census_seconds if platform else 60
    return timedelta(seconds=seconds * (0.4 + random.random() / 10))  # noqa: S311 - jitter


def _starts(grant: Grant) -> bool:
    return grant.desired == "present" and grant.state in _STARTING


def _judged(failed: Exception) -> dict[str, Any]:
    """What a failure means: whether a person is needed, how long to wait, what the page says."""
    if isinstance(failed, NeedsHuman | Permanent):
        return {"words": str(failed), "human": True, "wait": None}
    if isinstance(failed, Conflict):
        return {"words": "Somebody changed the platform meanwhile.", "human": False, "wait": None}
    return {
        "words": f"The data platform does not answer: {failed}"[:400],
        "human": False,
        "wait": failed.retry_after if isinstance(failed, Transient) else None,
    }


@action
def announce(actor: Actor, *, handle_id: Any, fence: int) -> None:
    """Say that a worker has begun."""
    require(actor, may_provision)
    handle = _held(handle_id, fence)
    for grant in _grants(handle).filter(desired="present", state__in=_STARTING):
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
    handle = _held(handle_id, fence)
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
    handle = _held(handle_id, fence)
    for grant in _grants(handle).exclude(observed_generation=F("generation")):
        _note_failure(grant, words, human=human or handle.attempts >= PARK_AFTER)
    log.info("platform put off", handle=handle.name, words=words, wait=wait)
    record(GrantChecked(subject=f"handle/{handle.name}", grant_id=""))


@action
def verify(actor: Actor, *, grant_id: Any) -> Grant:
    """Ask for a new proof of a grant."""
    grant = visible_grants(actor).filter(pk=grant_id).first()
    if grant is None:
        raise NotFound
    agreement = grant.agreement
    require(actor, may_check_grant, agreement, _consumer(agreement))
    Grant.objects.filter(pk=grant.pk).update(
        generation=F("generation") + 1, needs_human=False, attempts=0
    )
    due(grant.handle, VERIFY)
    record(
        GrantChecked(
            subject=f"agreement/{agreement.pk}",
            product=agreement.port.product.key,
            teams=(agreement.port.product.owner_team.slug, *_consumer(agreement).readers),
            grant_id=str(grant.pk),
        )
    )
    grant.refresh_from_db()
    return grant


def out_of_step(contract_key: str) -> list[Any]:
    """Handles that publish other columns than the contract's version in force promises."""
    handles = Handle.objects.select_related("port__contract").filter(
        port__contract__contract__key=contract_key
    )
    return [handle.pk for handle in handles if _promised(handle) not in ([], handle.columns)]


@action
def reshape(actor: Actor, *, handle_id: Any) -> None:
    """Bring a handle in step with its contract's version in force.

    A column that is promised no more leaves the published view, and every member is proven again
    on what is left.
    """
    require(actor, may_provision)
    handle = (
        Handle.objects.select_for_update(of=["self"], no_key=True)
        .select_related("port__contract", "port__product__owner_team")
        .get(pk=handle_id)
    )
    Handle.objects.filter(pk=handle.pk).update(columns=_promised(handle))
    handle.grants.filter(desired="present").update(generation=F("generation") + 1)
    due(handle, GRANT_FIRST)
    product = handle.port.product
    record(
        HandleReshaped(
            subject=f"port/{product.key}/{handle.port.name}",
            product=product.key,
            teams=(product.owner_team.slug,),
            handle=handle.name,
            columns=_promised(handle),
        )
    )


def _promised(handle: Handle) -> list[str]:
    promised = [column.name for column in columns_of(handle.port)]
    if not handle.variant:
        return promised
    return [name for name in promised if name in handle.columns]


def _held(handle_id: Any, fence: int) -> Handle:
    handle = (
        Handle.objects.select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team")
        .filter(pk=handle_id, fence=fence)
        .first()
    )
    if handle is None:
        raise StaleLease(f"another worker has taken handle {handle_id}")
    return handle


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
