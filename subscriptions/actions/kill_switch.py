"""Suspend everything in a scope at once, and give back exactly what was."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Least, Now

from catalog.descriptors.classification import CLASSIFICATIONS
from catalog.models import DataProduct, Domain, PlatformConnection
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import (
    DomainError,
    Duplicate,
    FieldProblem,
    ImpossibleMove,
    Invalid,
    NotAllowed,
    NotFound,
)
from marketplace.kernel.events.log import record
from marketplace.kernel.wake import GRANTS, wake
from subscriptions import consumers
from subscriptions.actions.agreements import needs_reason, of
from subscriptions.actions.openings import GRANT, REVOKE
from subscriptions.consumers import Consumer
from subscriptions.events import AgreementResumed, AgreementSuspended, SwitchMoved
from subscriptions.models import AccessAgreement, Grant, Handle, KillSwitch
from subscriptions.models.kill_switch import SCOPES
from subscriptions.permissions import may_provision, may_pull_switch
from subscriptions.queries import in_scope
from subscriptions.states import AgreementState, GrantState

_HOLDS = (AgreementState.ACTIVE, AgreementState.PENDING)


def affected(actor: Actor, *, scope: str, key: str) -> QuerySet[AccessAgreement]:
    """What a switch on this scope would suspend now. Refuses whoever may not pull it."""
    found = in_scope(scope, key)
    if not may_pull_switch(actor, scope, _owner_of(scope, key)):
        raise NotAllowed(permission="may_pull_switch")
    return found.filter(state__in=_HOLDS).order_by("port__product__key", "consumer_key")


@action
def pull(
    actor: Actor,
    *,
    scope: str,
    key: str,
    reason: str,
    second_person: bool = False,
    restore_at: datetime | None = None,
) -> KillSwitch:
    """Suspend everything in a scope; with ``second_person`` once another one has confirmed."""
    if scope not in dict(SCOPES):
        words = ", ".join(dict(SCOPES))
        raise Invalid(FieldProblem("/scope", "unknown", f"Choose one of: {words}."))
    require(actor, may_pull_switch, scope, _owner_of(scope, key))
    needs_reason(reason)
    if restore_at is not None and restore_at <= now():
        raise Invalid(FieldProblem("/restore_at", "past", "It has to be in the future."))
    if KillSwitch.objects.filter(scope=scope, key=key, state__in=["proposed", "active"]).exists():
        raise Duplicate("This is suspended already, or about to be.")
    switch = KillSwitch.objects.create(
        scope=scope,
        key=key,
        reason=reason.strip(),
        second_person=second_person,
        state="proposed",
        pulled_by=actor.subject,
        restore_at=restore_at,
        created_at=now(),
    )
    if second_person:
        _moved(switch, "proposed", 0)
    else:
        _take_effect(switch)
    return switch


@action
def confirm(actor: Actor, *, switch_id: Any) -> KillSwitch:
    """Let a proposed switch take effect: another person than the one who proposed it."""
    switch = _locked(actor, switch_id)
    require(actor, may_pull_switch, switch.scope, _owner_of(switch.scope, switch.key))
    if switch.state != "proposed":
        raise ImpossibleMove("Only what was proposed can be confirmed.")
    if actor.subject == switch.pulled_by:
        raise NotAllowed("Somebody else has to confirm what you proposed.")
    switch.confirmed_by = actor.subject
    _take_effect(switch)
    return switch


@action
def restore(actor: Actor, *, switch_id: Any) -> KillSwitch:
    """Give back what this switch took, and nothing else; or drop what was only proposed."""
    switch = _locked(actor, switch_id)
    require(actor, may_pull_switch, switch.scope, _owner_of(switch.scope, switch.key))
    if switch.state == "proposed":
        switch.state, switch.restored_by = "dropped", actor.subject
        switch.save(update_fields=["state", "restored_by"])
        _moved(switch, "dropped", 0)
        return switch
    if switch.state != "active":
        raise ImpossibleMove("It was restored already.")
    switch.state, switch.restored_by = "restored", actor.subject
    switch.restored_at = now()
    switch.save(update_fields=["state", "restored_by", "restored_at"])
    still = KillSwitch.held.through.objects.filter(killswitch__state="active")
    rows = switch.held.filter(state=AgreementState.SUSPENDED).exclude(
        pk__in=still.values("accessagreement_id")
    )
    number = _give_back(rows)
    _moved(switch, "restored", number)
    return switch


@action
def catch_new(actor: Actor, *, switch_id: Any) -> int:
    """Hold back what came into the scope of an active switch after it was pulled."""
    require(actor, may_provision)
    switch = KillSwitch.objects.select_for_update(no_key=True).get(pk=switch_id)
    number = _suspend(switch) if switch.state == "active" else 0
    _moved(switch, "caught", number)
    return number


def sweep_switches() -> int:
    """Restore what is due, and catch what is new in scopes that are suspended; give how much."""
    done = 0
    for switch in KillSwitch.objects.filter(state="active"):
        try:
            if switch.restore_at is not None and switch.restore_at <= now():
                restore(SYSTEM, switch_id=switch.pk)
                done += 1
            elif in_scope(switch.scope, switch.key).filter(state__in=_HOLDS).exists():
                done += catch_new(SYSTEM, switch_id=switch.pk)
        except DomainError:
            continue  # moved by somebody else meanwhile
    return done


def _take_effect(switch: KillSwitch) -> None:
    switch.state, switch.active_at = "active", now()
    switch.save(update_fields=["state", "active_at", "confirmed_by"])
    _moved(switch, "pulled", _suspend(switch))


def _suspend(switch: KillSwitch) -> int:
    """Suspend what is in scope: a fixed number of statements, and one event for each agreement."""
    rows = _locked_rows(in_scope(switch.scope, switch.key).filter(state__in=_HOLDS))
    ids = [row.pk for row in rows]
    AccessAgreement.objects.filter(pk__in=ids).update(
        state=AgreementState.SUSPENDED,
        suspended_by=switch.confirmed_by or switch.pulled_by,
        suspend_reason=switch.reason,
        version=F("version") + 1,
    )
    switch.held.add(*rows)
    _want(ids, "absent", GrantState.DEPROVISIONING, REVOKE)
    for row, consumer in _with_consumers(rows):
        record(AgreementSuspended(**of(row, consumer), reason=switch.reason))
    return len(ids)


def _give_back(found: QuerySet[AccessAgreement]) -> int:
    rows = _locked_rows(found)
    ids = [row.pk for row in rows]
    AccessAgreement.objects.filter(pk__in=ids).update(
        state=AgreementState.PENDING,
        suspended_by="",
        suspend_reason="",
        version=F("version") + 1,
    )
    _want(ids, "present", GrantState.PENDING, GRANT)
    for row, consumer in _with_consumers(rows):
        record(AgreementResumed(**of(row, consumer)))
    return len(ids)


def _locked_rows(found: QuerySet[AccessAgreement]) -> list[AccessAgreement]:
    return list(
        found.select_for_update(of=["self"], no_key=True)
        .select_related("port__product__owner_team")
        .order_by("pk")
    )


def _want(ids: Collection[Any], desired: str, state: str, priority: int) -> None:
    """Want the grants so, and their handles done first or soon."""
    grants = Grant.objects.filter(agreement__in=ids)
    handles = list(grants.values_list("handle_id", flat=True).distinct())
    grants.update(desired=desired, state=state, generation=F("generation") + 1, needs_human=False)
    Handle.objects.filter(pk__in=handles).update(
        generation=F("generation") + 1,
        priority=Least(F("priority"), priority),
        next_at=Now(),
        waits_for="",
    )
    wake(GRANTS)


def _with_consumers(rows: list[AccessAgreement]) -> list[tuple[AccessAgreement, Consumer]]:
    known: dict[tuple[str, str], Consumer] = {}
    for row in rows:
        who = (row.consumer_kind, row.consumer_key)
        if who not in known:
            known[who] = consumers.remembered(*who)
    return [(row, known[row.consumer_kind, row.consumer_key]) for row in rows]


def _locked(actor: Actor, switch_id: Any) -> KillSwitch:
    switch = KillSwitch.objects.select_for_update(no_key=True).filter(pk=switch_id).first()
    if switch is None:
        raise NotFound
    if not may_pull_switch(actor, switch.scope, _owner_of(switch.scope, switch.key)):
        raise NotAllowed(permission="may_pull_switch")
    return switch


def _owner_of(scope: str, key: str) -> DataProduct | Domain | None:
    """Find what a scope names; refuse what is not there."""
    if scope == "agreement":
        row = in_scope(scope, key).select_related("port__product__domain__owner_team").first()
        if row is None:
            raise NotFound
        return row.port.product
    if scope == "product":
        product = (
            DataProduct.objects.select_related("domain__owner_team", "owner_team")
            .filter(key=key)
            .first()
        )
        if product is None:
            raise NotFound
        return product
    if scope == "domain":
        domain = Domain.objects.select_related("owner_team").filter(slug=key).first()
        if domain is None:
            raise NotFound
        return domain
    kind, _, name = key.partition(":")
    there = {
        "platform": lambda: PlatformConnection.objects.filter(key=key).exists(),
        "classification": lambda: key in CLASSIFICATIONS,
        "consumer": lambda: bool(name) and kind in consumers.KINDS,
    }
    if scope not in there or not there[scope]():
        raise NotFound
    return None


def _moved(switch: KillSwitch, how: str, number: int) -> None:
    record(
        SwitchMoved(
            subject=f"switch/{switch.pk}",
            scope=switch.scope,
            key=switch.key,
            how=how,
            agreements=number,
            reason=switch.reason,
        )
    )
