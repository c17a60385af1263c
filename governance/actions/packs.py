"""Keep packs of rules, and say which version decides."""

from typing import Any

from governance.events import PolicyActivated, PolicyInstalled
from governance.models import Policy
from governance.permissions import may_author_policy
from governance.policies.pack import BadPack, PolicyPack, builtin_packs, load_pack
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound
from marketplace.kernel.events.log import record


def missing_packs() -> list[PolicyPack]:
    """Give the shipped packs whose version is not kept yet."""
    kept = set(Policy.objects.values_list("key", "number"))
    return [pack for pack in builtin_packs() if (pack.key, pack.version) not in kept]


def install_packs(actor: Actor) -> int:
    """Keep the shipped packs that are new; give how many were. Safe to repeat.

    The first version of a pack decides at once. A later one waits until governance activates it:
    an upgrade of the program never changes what is allowed.
    """
    return _install(actor) if missing_packs() else 0


@action
def _install(actor: Actor) -> int:
    require(actor, may_author_policy)
    new = missing_packs()
    for pack in new:
        row = _keep(pack)
        if not Policy.objects.filter(key=pack.key, active=True).exists():
            _activate(actor, row)
    return len(new)


@action
def put_policy(actor: Actor, *, pack: dict[str, Any]) -> Policy:
    """Keep a pack as its next version; it decides nothing until it is activated.

    The version is counted here: what the pack says of it is replaced.
    """
    require(actor, may_author_policy)
    kept = Policy.objects.select_for_update(no_key=True).filter(key=str(pack.get("key", "")))
    number = max((row.number for row in kept), default=0) + 1
    try:
        return _keep(load_pack({**pack, "version": number}))
    except BadPack as bad:
        raise Invalid(*(FieldProblem(p.pointer, p.code, p.detail) for p in bad.problems)) from None


@action
def activate_policy(actor: Actor, *, key: str, number: int) -> Policy:
    """Let a kept version decide from now on, instead of the one that does; also to go back."""
    require(actor, may_author_policy)
    row = Policy.objects.select_for_update(no_key=True).filter(key=key, number=number).first()
    if row is None:
        raise NotFound
    _activate(actor, row)
    return row


def _keep(pack: PolicyPack) -> Policy:
    row = Policy.objects.create(
        key=pack.key, number=pack.version, title=pack.title, pack=dict(pack.data)
    )
    record(PolicyInstalled(subject=f"policy/{row.key}", key=row.key, number=row.number))
    return row


def _activate(actor: Actor, row: Policy) -> None:
    before = Policy.objects.select_for_update(no_key=True).filter(key=row.key, active=True).first()
    if before is not None and before.pk != row.pk:
        Policy.objects.filter(pk=before.pk).update(active=False)
    row.active, row.activated_by, row.activated_at = True, actor.subject, now()
    row.save(update_fields=["active", "activated_by", "activated_at"])
    record(
        PolicyActivated(
            subject=f"policy/{row.key}",
            key=row.key,
            number=row.number,
            before=before.number if before else 0,
        )
    )
