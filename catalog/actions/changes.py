"""Change a contract the announced way: say what will come, wait for consumers, put it in force."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog.actions.apply import read
from catalog.actions.cards import write_derived
from catalog.actions.contracts import latest, parsed, release
from catalog.actions.products import is_hidden
from catalog.actions.texts import fingerprint, kept_text
from catalog.compatibility.contracts import MAJOR, diff, impact, suggested_version
from catalog.descriptors.model import ContractDescriptor
from catalog.events import (
    ChangeCleared,
    ChangeDrafted,
    ChangeProposed,
    ChangeReleased,
    ChangeWithdrawn,
    ContractReleased,
)
from catalog.models import ChangeProposal, ContractVersion, DataContract
from catalog.permissions import may_edit_product, may_keep_books
from catalog.states import CHANGE, ChangeState
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import (
    DomainError,
    Duplicate,
    FieldProblem,
    Invalid,
    NotFound,
    Stale,
)
from marketplace.kernel.events.log import record


class ConsumersNotReady(DomainError):
    """Consumers of a breaking change have not answered and are inside their notice period."""

    code = "consumers-not-ready"
    title = "Some consumers have not answered yet, and still have time to."


class BaseMoved(DomainError):
    """Another version came into force since the change was proposed."""

    code = "base-moved"
    title = "Another version is in force by now. Withdraw this change and propose it again."


@action
def propose_change(
    actor: Actor,
    *,
    text: str | bytes,
    note: str = "",
    effective_at: datetime | None = None,
    draft: bool = False,
) -> ChangeProposal:
    """Say what the next version of a contract will be; ``text`` is its whole document.

    The document names contract and product. It is compared with the version in force; the
    proposal keeps every difference and the highest impact. A ``draft`` tells nobody yet.
    """
    wanted = _document(text)
    contract = _contract(actor, wanted)
    require(actor, may_edit_product, contract.product)
    base = latest(contract)
    if base is None:
        raise Invalid(FieldProblem("/id", "no-version", "Nothing is in force that could change."))
    _refuse_taken(contract, wanted.version)
    if effective_at is not None and effective_at <= now():
        raise Invalid(FieldProblem("/effective_at", "past", "This is in the past."))
    found = diff(parsed(base.text), wanted)
    level = impact(found)
    change = ChangeProposal.objects.create(
        contract=contract,
        base=base,
        to_version=wanted.version,
        text=kept_text(wanted.source),
        sha256=fingerprint(kept_text(wanted.source)),
        note=note,
        differences=[one.as_json() for one in found],
        impact=level,
        suggested_version=suggested_version(base.version_name, level),
        state=ChangeState.DRAFT if draft else CHANGE.after("propose", ChangeState.DRAFT),
        proposed_by=actor.subject,
        effective_at=effective_at,
    )
    if draft:
        record(ChangeDrafted(**_of(change)))
    else:
        _announce(change)
    return change


@action
def announce_change(actor: Actor, *, change_id: Any) -> ChangeProposal:
    """Propose a draft: from now on consumers know."""
    change = _locked(actor, change_id)
    require(actor, may_edit_product, change.contract.product)
    _move(change, "propose")
    _announce(change)
    return change


@action
def ask_consumers(actor: Actor, *, change_id: Any) -> ChangeProposal:
    """Note that affected consumers were asked for an answer."""
    change = _locked(actor, change_id)
    require(actor, may_keep_books)
    _move(change, "ask_consumers")
    record(ChangeCleared(**_of(change), state=change.state))
    return change


@action
def clear_change(actor: Actor, *, change_id: Any) -> ChangeProposal:
    """Note that no consumer has to be waited for any more."""
    change = _locked(actor, change_id)
    require(actor, may_keep_books)
    _move(change, "clear")
    record(ChangeCleared(**_of(change), state=change.state))
    return change


@action
def release_change(
    actor: Actor, *, change_id: Any, blocked_by: Sequence[str] = (), version: int | None = None
) -> ChangeProposal:
    """Put a change in force: its version becomes the contract's, and ports follow it.

    ``blocked_by`` names the consumers that the caller knows must still be waited for; a breaking
    change is refused while there are any.
    """
    change = _locked(actor, change_id, version)
    product = change.contract.product
    require(actor, may_edit_product, product)
    if blocked_by and change.impact == MAJOR:
        raise ConsumersNotReady(waiting_for=sorted(set(blocked_by)))
    base = latest(change.contract)
    if base is None or base.pk != change.base_id:
        raise BaseMoved(in_force=base.version_name if base else None)
    _move(change, "release")
    change.released_at = now()
    change.save(update_fields=["released_at"])
    wanted = _document(change.text)
    put = release(change.contract, wanted, before=base, sha=change.sha256, text=change.text)
    write_derived(product)
    _record_release(change, put, base)
    return change


@action
def withdraw_change(actor: Actor, *, change_id: Any, version: int | None = None) -> ChangeProposal:
    """Say that a proposed change will not come."""
    change = _locked(actor, change_id, version)
    require(actor, may_edit_product, change.contract.product)
    was_known = change.state != ChangeState.DRAFT
    _move(change, "withdraw")
    record(ChangeWithdrawn(**_of(change), known=was_known))
    return change


def _document(text: str | bytes) -> ContractDescriptor:
    contracts = read(text).contracts
    if len(contracts) != 1:
        raise Invalid(
            FieldProblem("", "not-one-contract", "A change is one document of kind DataContract.")
        )
    return contracts[0]


def _contract(actor: Actor, wanted: ContractDescriptor) -> DataContract:
    """Find the contract, locked; what the actor may not know of is not there."""
    contract = (
        DataContract.objects.select_for_update(of=["self"], no_key=True)
        .select_related("product__domain__owner_team", "product__owner_team")
        .filter(key=wanted.id)
        .first()
    )
    if contract is None or is_hidden(actor, contract.product):
        raise Invalid(FieldProblem("/id", "unknown-contract", f"No contract {wanted.id}."))
    if wanted.data_product and wanted.data_product != contract.product.key:
        raise Invalid(
            FieldProblem("/dataProduct", "other-product", "The contract is of another product.")
        )
    return contract


def _refuse_taken(contract: DataContract, version: str) -> None:
    if contract.versions.filter(version_name=version).exists():
        raise Invalid(FieldProblem("/version", "taken", f"Version {version} was in force already."))
    open_ones = contract.changes.exclude(state=ChangeState.WITHDRAWN)
    if open_ones.filter(to_version=version).exists():
        raise Duplicate(f"A change to {version} is proposed already.")


def _locked(actor: Actor, change_id: Any, version: int | None = None) -> ChangeProposal:
    try:
        key = UUID(str(change_id))
    except ValueError:
        raise NotFound from None
    change = (
        ChangeProposal.objects.select_for_update(of=["self"], no_key=True)
        .select_related("contract__product__domain__owner_team", "contract__product__owner_team")
        .filter(pk=key)
        .first()
    )
    if change is None or is_hidden(actor, change.contract.product):
        raise NotFound
    if version is not None and version != change.version:
        raise Stale(version=change.version)
    return change


def _move(change: ChangeProposal, move: str) -> None:
    change.state = CHANGE.after(move, change.state)
    change.version += 1
    change.save(update_fields=["state", "version"])


def _announce(change: ChangeProposal) -> None:
    record(ChangeProposed(**_of(change), impact=change.impact, differences=change.differences))


def _record_release(change: ChangeProposal, put: ContractVersion, base: ContractVersion) -> None:
    product = change.contract.product
    record(
        ContractReleased(
            subject=f"contract/{change.contract.key}",
            product=product.key,
            teams=(product.owner_team.slug,),
            contract=change.contract.key,
            version=put.version_name,
            before=base.version_name,
            impact=change.impact,
            change_id=str(change.pk),
        )
    )
    record(ChangeReleased(**_of(change), impact=change.impact))


def _of(change: ChangeProposal) -> dict[str, Any]:
    product = change.contract.product
    return {
        "subject": f"change/{change.pk}",
        "product": product.key,
        "teams": (product.owner_team.slug,),
        "change_id": str(change.pk),
        "contract": change.contract.key,
        "to_version": change.to_version,
    }
