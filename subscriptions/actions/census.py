"""Drift: kept as findings, and answered by people where the reaction is not to heal."""

from typing import Any

from django.db.models.functions import Now

from catalog.models import PlatformConnection
from catalog.models.platform import ON_DRIFT
from catalog.permissions import may_connect_platforms
from marketplace.connectors.base import StaleLease
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, ImpossibleMove, Invalid, NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.wake import GRANTS, wake
from subscriptions import consumers
from subscriptions.actions.agreements import needs_reason, of, take_away
from subscriptions.actions.openings import GRANT, due
from subscriptions.actions.requests import Ask, ask_in
from subscriptions.drift import Found
from subscriptions.events import (
    AgreementSuspended,
    CensusAsked,
    DriftAnswered,
    DriftFound,
    DriftReactionSet,
)
from subscriptions.models import (
    AccessAgreement,
    AccessRequest,
    DriftFinding,
    DriftRule,
    Grant,
    Handle,
)
from subscriptions.models.drift import STANDING
from subscriptions.permissions import may_answer_drift, may_provision
from subscriptions.queries import visible_findings
from subscriptions.states import AGREEMENT, AgreementState

_WITH = ("handle__port__product__domain__owner_team", "handle__port__product__owner_team")


@action
def note(
    actor: Actor,
    *,
    handle_id: Any,
    fence: int,
    found: tuple[Found, ...],
    reaction: str,
    healed: bool,
) -> None:
    """Keep what a census found: new findings, those seen again, and those that are no more.

    Only the holder of the handle's fence may. What was healed in the same round is closed so;
    what others gave is never touched, whatever the reaction.
    """
    require(actor, may_provision)
    handle = _held(handle_id, fence)
    standing = {
        (row.kind, row.what): row
        for row in DriftFinding.objects.select_for_update(of=["self"], no_key=True)
        .select_related("request")
        .filter(handle=handle, state__in=STANDING)
    }
    grants = {f"{g.principal_kind}:{g.principal_key}": g for g in handle.grants.order_by("pk")}
    for one in found:
        kept = standing.pop((one.kind, one.what), None)
        if kept is not None:
            DriftFinding.objects.filter(pk=kept.pk).update(seen_at=Now(), **_adopted(kept))
            continue
        kept_for_owner = reaction == "adopt" and one.kind == "excess"
        closed = healed and one.kind != "foreign" and not kept_for_owner
        _found(handle, one, grants.get(str(one.principal)), reaction, healed=closed)
    for gone in standing.values():
        if gone.state == "adopting":
            DriftFinding.objects.filter(pk=gone.pk).update(state="adopted", closed_at=Now())
            continue
        how = "healed" if gone.state in ("open", "refused") and gone.kind != "foreign" else "gone"
        DriftFinding.objects.filter(pk=gone.pk).update(state=how, closed_at=Now())
    left = DriftFinding.objects.filter(handle=handle, state__in=STANDING).count()
    Handle.objects.filter(pk=handle.pk).update(findings_standing=left)
    record(CensusAsked(**_of(handle), by="census"))


def seen_again(handle: Handle, fence: int, found: tuple[Found, ...]) -> bool:
    """Note the moment when a census found the very findings that stand; False when it did not.

    No news is no event: else a finding that stands would fill the audit with one line a minute.
    """
    rows = DriftFinding.objects.filter(handle=handle, handle__fence=fence, state__in=STANDING)
    standing = list(rows.values_list("pk", "kind", "what", "state"))
    same = {(kind, what) for _, kind, what, _ in standing} == {(f.kind, f.what) for f in found}
    if not same or not standing or any(state == "adopting" for *_, state in standing):
        return False
    keys = [key for key, *_ in standing]
    # The join on the fence is asked anew: whoever lost the handle meanwhile changes nothing.
    mine = Handle.objects.filter(pk=handle.pk, fence=fence).values("pk")
    return DriftFinding.objects.filter(pk__in=keys, handle__in=mine).update(seen_at=Now()) > 0


def _adopted(row: DriftFinding) -> dict[str, Any]:
    """What others gave stands beside ours once the owner has approved it after the fact."""
    agreed = row.state == "adopting" and row.request and row.request.state == "approved"
    if not agreed or row.request is None:
        return {}
    words = f"Adopted by request {row.request.number}; what others gave was left as it is."
    return {"state": "accepted", "closed_at": now(), "note": words}


def _found(handle: Handle, one: Found, grant: Grant | None, reaction: str, *, healed: bool) -> None:
    row = DriftFinding.objects.create(
        handle=handle,
        grant=grant,
        kind=one.kind,
        principal=str(one.principal or ""),
        what=one.what,
        state="healed" if healed else "open",
        closed_at=now() if healed else None,
    )
    record(DriftFound(**_of(handle), finding_id=str(row.pk), kind=one.kind, what=one.what))
    if reaction == "quarantine" and grant is not None and one.kind not in ("excess", "foreign"):
        _suspend(row, grant, by="system")
    elif reaction == "adopt" and one.kind == "excess" and one.principal is not None:
        _ask_to_adopt(row, handle, one.principal.kind, one.principal.key)


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
        row.state, row.closed_by = "open", actor.subject
        due(handle, GRANT)  # wanted anew: the next round brings the whole handle in step
    elif how == "accept":
        needs_reason(words)
        row.state, row.closed_by, row.closed_at = "accepted", actor.subject, now()
    elif how == "quarantine":
        if row.grant_id is None:
            raise ImpossibleMove("No agreement stands behind this; there is nothing to suspend.")
        _suspend(row, Grant.objects.get(pk=row.grant_id), by=actor.subject)
    elif how == "adopt":
        if row.kind not in ("foreign", "excess"):
            raise ImpossibleMove("Only access that nobody agreed to can be adopted.")
        if row.principal and not consumer_key:
            consumer_kind, _, consumer_key = row.principal.partition(":")
        _ask_to_adopt(row, handle, consumer_kind, consumer_key)
    else:
        raise Invalid(FieldProblem("/how", "unknown", "heal, accept, quarantine or adopt."))
    row.note = words.strip()
    row.save()
    record(DriftAnswered(**_of(handle), finding_id=str(row.pk), how=how, note=row.note))
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
    port = _port(port_id)
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


def _suspend(row: DriftFinding, grant: Grant, *, by: str) -> None:
    agreement = (
        AccessAgreement.objects.select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team")
        .get(pk=grant.agreement_id)
    )
    if agreement.state != AgreementState.ACTIVE:
        raise ImpossibleMove("Only access that is active can be suspended.")
    agreement.state = AGREEMENT.after("suspend", agreement.state)
    agreement.suspended_by = by
    agreement.suspend_reason = f"The platform was changed by others: {row.what}"
    agreement.version += 1
    agreement.save()
    take_away(agreement)
    row.state = "quarantined"
    row.save(update_fields=["state"])
    consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
    record(AgreementSuspended(**of(agreement, consumer), reason=agreement.suspend_reason))


def _ask_to_adopt(row: DriftFinding, handle: Handle, kind: str, key: str) -> None:
    """Make the request that should have come before: the owner decides, whatever policies say."""
    port = _port(handle.port_id)
    known = consumers.known(kind, key)
    waits = AccessRequest.objects.filter(
        port=port, consumer_kind=kind, consumer_key=key, state__in=["submitted", "in_review"]
    ).first()
    row.request = waits or ask_in(
        Ask(
            product=port.product.key,
            port=port.name,
            version=port.version_name,
            consumer_kind=known.kind,
            consumer_key=known.key,
            purpose="operations",
            purpose_text=f"Found on the platform, asked after the fact. {row.what}",
            retro=True,
        )
    )
    row.state = "adopting"
    row.save(update_fields=["request", "state"])


def _port(port_id: int) -> Any:
    from catalog.models import OutputPort

    port = (
        OutputPort.objects.select_related("product__domain__owner_team", "product__owner_team")
        .filter(pk=port_id)
        .first()
    )
    if port is None:
        raise NotFound
    return port


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


def _of(handle: Handle) -> dict[str, Any]:
    product = handle.port.product
    return {
        "subject": f"handle/{handle.name}",
        "product": product.key,
        "teams": (product.owner_team.slug,),
    }
