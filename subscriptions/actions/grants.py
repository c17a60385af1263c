"""Run the reconciliation of handles: claim one, bring it in step, give it back."""

import random
from datetime import timedelta
from typing import Any

import structlog
from django.db.models.functions import Now

from marketplace.connectors.base import (
    Conflict,
    ConnectorError,
    NeedsHuman,
    Permanent,
    StaleLease,
    Transient,
)
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.leases import EPOCH, backoff, claim, held
from subscriptions.actions import findings, gates
from subscriptions.actions.openings import REVOKE
from subscriptions.actions.reopening import reopen
from subscriptions.actions.settling import STARTING, announce, put_off, settle
from subscriptions.models import Grant, Handle
from subscriptions.provisioning import (
    ENDED,
    LEASE,
    HandleLease,
    not_as_approved,
    reaction_of,
    run_round,
)
from subscriptions.states import GrantState

log = structlog.get_logger(__name__)

_ORDER = "priority, next_at"  # removals, then grants, then proofs, then the census
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
        if news and not findings.seen_again(handle, fence, done.found, reaction_of(handle)):
            findings.note(
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
    fresh = grant.generation != grant.observed_generation
    begins = grant.state in STARTING and (fresh or grant.state != GrantState.DRIFTED)
    return grant.desired == "present" and begins


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
