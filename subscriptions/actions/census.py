"""Drift: kept as findings, and answered by people where the reaction is not to heal."""

from typing import Any

from django.db.models.functions import Now

from catalog.models import PlatformConnection
from catalog.models.platform import ON_DRIFT
from catalog.permissions import may_connect_platforms
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, ImpossibleMove, Invalid, NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.wake import GRANTS, wake
from subscriptions.actions.agreements import needs_reason
from subscriptions.actions.findings import about, ask_to_adopt, port_of, suspend_found
from subscriptions.actions.openings import GRANT, due
from subscriptions.events import (
    CensusAsked,
    DriftAnswered,
    DriftReactionSet,
)
from subscriptions.models import (
    DriftFinding,
    DriftRule,
    Grant,
    Handle,
)
from subscriptions.permissions import may_answer_drift, may_provision
from subscriptions.provisioning import reaction_of
from subscriptions.queries import visible_findings

_WITH = ("handle__port__product__domain__owner_team", "handle__port__product__owner_team")


@action
def answer(
    actor: Actor,
    *,
    finding_id: Any,
    how: str,
    words: str = "",
    consumer_kind: str = "",
    consumer_key: str = "",
) -> DriftFinding:
    """Answer a finding: heal it, leave it as it is, suspend the access, or ask to adopt it."""
    if not visible_findings(actor).filter(pk=finding_id).exists():
        raise NotFound
    row = (
        DriftFinding.objects.select_for_update(of=["self"], no_key=True)
        .select_related(*_WITH)
        .get(pk=finding_id)
    )
    require(actor, may_answer_drift, row.handle.port.product)
    if row.state not in ("open", "quarantined", "refused", "accepted"):
        raise ImpossibleMove(f"This finding is {row.get_state_display().lower()}.")
    handle = row.handle
    if how == "heal":
        if row.kind == "foreign":
            raise ImpossibleMove("What others gave is never touched: take it away where it was.")
        # Kept for its owner until now: refused, it is taken away by the next round.
        kept = row.kind == "excess" and reaction_of(handle) == "adopt"
        row.state, row.closed_by = "refused" if kept else "open", actor.subject
        due(handle, GRANT)  # wanted anew: the next round brings the whole handle in step
    elif how == "accept":
        needs_reason(words)
        row.state, row.closed_by, row.closed_at = "accepted", actor.subject, now()
    elif how == "quarantine":
        if row.grant_id is None:
            raise ImpossibleMove("No agreement stands behind this; there is nothing to suspend.")
        suspend_found(row, Grant.objects.get(pk=row.grant_id), by=actor.subject)
    elif how == "adopt":
        if row.kind not in ("foreign", "excess"):
            raise ImpossibleMove("Only access that nobody agreed to can be adopted.")
        if row.principal and not consumer_key:
            consumer_kind, _, consumer_key = row.principal.partition(":")
        ask_to_adopt(row, handle, consumer_kind, consumer_key)
    else:
        raise Invalid(FieldProblem("/how", "unknown", "heal, accept, quarantine or adopt."))
    row.note = words.strip()
    row.save()
    record(DriftAnswered(**about(handle), finding_id=str(row.pk), how=how, note=row.note))
    return row


@action
def ask_census(actor: Actor, *, key: str) -> int:
    """Have every handle of a platform compared now; give how many."""
    require(actor, may_connect_platforms)
    platform = PlatformConnection.objects.filter(key=key).first()
    if platform is None:
        raise NotFound
    rows = Handle.objects.filter(port__platform=platform, grants__desired="present")
    number = Handle.objects.filter(pk__in=rows.values("pk"), lease_until__lt=Now()).update(
        next_at=Now()
    )
    record(CensusAsked(subject=f"platform/{key}", by=actor.subject))
    wake(GRANTS)
    return number


@action
def set_reaction(actor: Actor, *, port_id: int, reaction: str) -> None:
    """Say for one port what follows drift; empty: as its connection says."""
    port = port_of(port_id)
    require(actor, may_answer_drift, port.product)
    if reaction not in ("", *dict(ON_DRIFT)):
        raise Invalid(FieldProblem("/reaction", "unknown", "heal, report, quarantine or adopt."))
    if reaction:
        DriftRule.objects.update_or_create(port=port, defaults={"reaction": reaction})
    else:
        DriftRule.objects.filter(port=port).delete()
    record(
        DriftReactionSet(
            subject=f"port/{port.product.key}/{port.name}",
            product=port.product.key,
            teams=(port.product.owner_team.slug,),
            reaction=reaction,
        )
    )


@action
def close_adoption(actor: Actor, *, request_id: Any) -> None:
    """Follow the owner's no to a request that had come from a finding: nobody wants it then."""
    require(actor, may_provision)
    for row in DriftFinding.objects.select_related(*_WITH).filter(
        request_id=request_id, state="adopting"
    ):
        row.state = "refused"
        row.save(update_fields=["state"])
        if row.kind == "excess":
            due(row.handle, GRANT)  # the next round takes it away
    record(CensusAsked(subject=f"request/{request_id}", by="census"))
