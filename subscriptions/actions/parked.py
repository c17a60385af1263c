"""What waits for a person: give it up, with a reason that stays."""

from typing import Any

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import ImpossibleMove, NotFound
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions.agreements import end, needs_reason, of
from subscriptions.events import GrantAbandoned
from subscriptions.models import Grant
from subscriptions.permissions import may_abandon_removal, may_revoke
from subscriptions.queries import visible_grants
from subscriptions.states import AGREEMENT, AgreementState
from subscriptions.states import GRANT as GRANT_LIFE


@action
def abandon(actor: Actor, *, grant_id: Any, reason: str) -> Grant:
    """Stop trying what needs a person.

    A grant that could not be given is ended as any other: taken away, and the refusal proven. A
    removal that cannot be proven is closed as *reported*: a person answers for it by name, and
    no page calls it proven.
    """
    if not visible_grants(actor).filter(pk=grant_id).exists():
        raise NotFound
    grant = (
        Grant.objects.select_for_update(of=["self", "agreement"], no_key=True)
        .select_related(
            "handle",
            "agreement__port__product__domain__owner_team",
            "agreement__port__product__owner_team",
        )
        .get(pk=grant_id)
    )
    agreement = grant.agreement
    require(actor, may_revoke, agreement)
    needs_reason(reason)
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    if grant.revoke_unverified:
        require(actor, may_abandon_removal)
        _report_removed(grant, by=actor.subject, reason=reason.strip())
    elif grant.needs_human and agreement.state != AgreementState.ENDING:
        end(agreement, consumer, how="revoked", by=actor.subject, reason=reason)
    else:
        raise ImpossibleMove("Only what needs a person can be given up.")
    record(
        GrantAbandoned(
            **of(agreement, consumer),
            grant_id=str(grant.pk),
            removal=grant.revoke_unverified,
            reason=reason.strip(),
        )
    )
    grant.refresh_from_db()
    return grant


def _report_removed(grant: Grant, *, by: str, reason: str) -> None:
    """Close a removal on a person's word. The handle keeps comparing: what remains is drift."""
    agreement = grant.agreement
    grant.state = GRANT_LIFE.after("remove", grant.state)
    grant.evidence = {
        **grant.evidence,
        "level": "reported",
        "reported_by": by,
        "reported_at": now().isoformat(),
        "reported_reason": reason,
    }
    grant.revoke_unverified, grant.needs_human = False, False
    grant.observed_generation = grant.generation
    grant.version += 1
    grant.save()
    if agreement.state == AgreementState.ENDING:
        move = {"expired": "expire", "terminated": "terminate"}.get(agreement.end_kind, "revoke")
        agreement.state = AGREEMENT.after(move, agreement.state)
        agreement.ended_at = now()
        agreement.version += 1
        agreement.save()
