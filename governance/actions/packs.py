"""Install and activate packs of rules."""

from typing import Any

from django.db.models import Max

from governance.events import PolicyActivated, PolicyInstalled
from governance.models import Policy
from governance.permissions import may_author_policy
from governance.policies.pack import BadPack, builtin_packs, load_pack
from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound
from marketplace.kernel.events.log import record


@action
def install_packs(actor: Actor) -> list[Policy]:
    """Keep the packs that come with the product, and put in force those that are new."""
    require(actor, may_author_policy)
    installed = []
    for pack in builtin_packs():
        row, is_new = Policy.objects.get_or_create(
            key=pack.key,
            number=pack.version,
            defaults={"title": pack.title, "pack": dict(pack.data)},
        )
        if is_new:
            record(PolicyInstalled(subject=f"policy/{row.key}", key=row.key, number=row.number))
            _activate(actor, row)
        installed.append(row)
    record(PolicyInstalled(subject="policy/builtin", key="builtin", number=len(installed)))
    return installed


@action
def put_policy(actor: Actor, *, pack: dict[str, Any]) -> Policy:
    """Keep a new version of a pack; it decides nothing until it is activated."""
    require(actor, may_author_policy)
    latest = Policy.objects.filter(key=pack.get("key", "")).aggregate(n=Max("number"))["n"] or 0
    wanted = {**pack, "version": latest + 1}
    try:
        checked = load_pack(wanted)
    except BadPack as bad:
        raise Invalid(*(FieldProblem(p.pointer, p.code, p.detail) for p in bad.problems)) from None
    row = Policy.objects.create(
        key=checked.key, number=checked.version, title=checked.title, pack=wanted
    )
    record(PolicyInstalled(subject=f"policy/{row.key}", key=row.key, number=row.number))
    return row


@action
def activate_policy(actor: Actor, *, key: str, number: int) -> Policy:
    """Put one version of a pack in force; the next verdict uses it."""
    require(actor, may_author_policy)
    row = Policy.objects.select_for_update().filter(key=key, number=number).first()
    if row is None:
        raise NotFound
    _activate(actor, row)
    return row


def _activate(actor: Actor, row: Policy) -> None:
    before = Policy.objects.filter(key=row.key, active=True).first()
    Policy.objects.filter(key=row.key, active=True).update(active=False)
    row.active, row.activated_by, row.activated_at = True, actor.subject, now()
    row.save()
    record(
        PolicyActivated(
            subject=f"policy/{row.key}",
            key=row.key,
            number=row.number,
            before=before.number if before else 0,
        )
    )
