"""What a census found, kept as findings, and what follows by itself: suspended, or asked for."""

from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, ImpossibleMove, NotFound
from marketplace.kernel.events.log import record
from subscriptions import consumers
from subscriptions.actions.agreements import of, take_away
from subscriptions.actions.requests import Ask, ask_in
from subscriptions.drift import Found
from subscriptions.events import AgreementSuspended, CensusAsked, DriftFound, GrantDrifted
from subscriptions.fenced import held
from subscriptions.models import AccessAgreement, AccessRequest, DriftFinding, Grant, Handle
from subscriptions.models.drift import STANDING
from subscriptions.permissions import may_provision
from subscriptions.states import AGREEMENT, OPEN_REQUEST, AgreementState, GrantState
from subscriptions.states import GRANT as GRANT_LIFE


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
    handle = held(handle_id, fence)
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
            kept.refresh_from_db()
        kept_for_owner = reaction == "adopt" and one.kind == "excess"
        closed = healed and one.kind != "foreign" and not kept_for_owner
        row = kept or _found(handle, one, grants.get(str(one.principal)), healed=closed)
        if row.state == "open" and not closed:
            _follow(row, handle, reaction)
    for gone in standing.values():
        if how := _how_gone(gone):
            DriftFinding.objects.filter(pk=gone.pk).update(state=how, closed_at=Now())
    left = DriftFinding.objects.filter(handle=handle, state__in=STANDING).count()
    Handle.objects.filter(pk=handle.pk).update(findings_standing=left)
    record(CensusAsked(**about(handle), by="census"))


def seen_again(handle: Handle, fence: int, found: tuple[Found, ...], reaction: str) -> bool:
    """Note the moment when a census found the very findings that stand; False when it did not.

    No news is no event: else a finding that stands would fill the audit with one line a minute.
    """
    rows = DriftFinding.objects.filter(handle=handle, handle__fence=fence, state__in=STANDING)
    standing = list(rows.select_related("request"))
    seen = {(one.kind, one.what) for one in found}
    # What waits for its owner need not stand on the platform meanwhile.
    asked = {(row.kind, row.what) for row in standing if _asked(row)}
    stands = {(row.kind, row.what) for row in standing}
    same = seen <= stands and stands - seen <= asked
    news = any(
        (row.state == "adopting" and not _asked(row)) or _follows(row, reaction) for row in standing
    )
    if not same or not standing or news:
        return False
    keys = [row.pk for row in standing if (row.kind, row.what) in seen]
    # The join on the fence is asked anew: whoever lost the handle meanwhile changes nothing.
    mine = Handle.objects.filter(pk=handle.pk, fence=fence).values("pk")
    DriftFinding.objects.filter(pk__in=keys, handle__in=mine).update(seen_at=Now())
    return True


def _asked(row: DriftFinding) -> bool:
    """Whether the owner has still to answer if it is adopted."""
    waits = row.request is not None and row.request.state in OPEN_REQUEST
    return row.state == "adopting" and waits


def _how_gone(row: DriftFinding) -> str:
    """What became of a difference that is no more; empty while its owner has still to answer."""
    if _asked(row):
        return ""
    if row.state == "adopting" and row.request and row.request.state == "approved":
        return "adopted"
    return "healed" if row.state in ("open", "refused") and row.kind != "foreign" else "gone"


def _adopted(row: DriftFinding) -> dict[str, Any]:
    """What others gave stands beside ours once the owner has approved it after the fact."""
    agreed = row.state == "adopting" and row.request and row.request.state == "approved"
    if not agreed or row.request is None:
        return {}
    words = f"Adopted by request {row.request.number}; what others gave was left as it is."
    return {"state": "accepted", "closed_at": now(), "note": words}


def _found(handle: Handle, one: Found, grant: Grant | None, *, healed: bool) -> DriftFinding:
    row = DriftFinding.objects.create(
        handle=handle,
        grant=grant,
        kind=one.kind,
        principal=str(one.principal or ""),
        what=one.what,
        state="healed" if healed else "open",
        closed_at=now() if healed else None,
    )
    record(DriftFound(**about(handle), finding_id=str(row.pk), kind=one.kind, what=one.what))
    return row


def _follows(row: DriftFinding, reaction: str) -> bool:
    """Whether a finding that stands open still waits for what its port does by itself.

    The words of a refusal are kept in ``note``: what could not be done is not tried at every look.
    """
    if row.state != "open" or row.note:
        return False
    if reaction == "quarantine":
        return row.grant_id is not None and row.kind not in ("excess", "foreign")
    return reaction == "adopt" and row.kind == "excess" and bool(row.principal)


def _follow(row: DriftFinding, handle: Handle, reaction: str) -> None:
    """Suspend, ask the owner, or say at the access that it does not stand as it was agreed."""
    if reaction == "report" and row.kind in ("missing", "altered", "orphan"):
        _mark(row, handle)
    if not _follows(row, reaction):
        return
    try:
        if reaction == "quarantine" and row.grant is not None:
            suspend_found(row, row.grant, by="system")
        else:
            kind, _, key = row.principal.partition(":")
            ask_to_adopt(row, handle, kind, key)
    except DomainError as refused:  # asked before anything was written: the finding stays open
        row.note = str(refused)
        row.save(update_fields=["note"])


def _mark(row: DriftFinding, handle: Handle) -> None:
    """Grants that a finding concerns stand as proven no more: evidence of yesterday is no proof."""
    whose = Q(pk=row.grant_id) if row.principal else Q(handle=handle, desired="present")
    grants = (
        Grant.objects.select_for_update(of=["self"], no_key=True)
        .select_related("agreement__port__product__owner_team")
        .filter(whose, state=GrantState.VERIFIED)
        .order_by("pk")
    )
    for grant in grants:
        grant.state = GRANT_LIFE.after("drift", grant.state)
        grant.version += 1
        grant.save(update_fields=["state", "version"])
        agreement = grant.agreement
        consumer = consumers.remembered(agreement.consumer_kind, agreement.consumer_key)
        record(GrantDrifted(**of(agreement, consumer), what=row.what))


def suspend_found(row: DriftFinding, grant: Grant, *, by: str) -> None:
    """Suspend the access that was changed by others. Raises ImpossibleMove when none is active."""
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


def ask_to_adopt(row: DriftFinding, handle: Handle, kind: str, key: str) -> None:
    """Make the request that should have come before: the owner decides, whatever policies say."""
    port = port_of(handle.port_id)
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


def port_of(port_id: int) -> Any:
    """Give a port with whom it belongs to. Raises NotFound."""
    from catalog.models import OutputPort

    port = (
        OutputPort.objects.select_related("product__domain__owner_team", "product__owner_team")
        .filter(pk=port_id)
        .first()
    )
    if port is None:
        raise NotFound
    return port


def about(handle: Handle) -> dict[str, Any]:
    """Give what every event about a handle says."""
    product = handle.port.product
    return {
        "subject": f"handle/{handle.name}",
        "product": product.key,
        "teams": (product.owner_team.slug,),
    }
