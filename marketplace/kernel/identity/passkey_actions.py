"""Add, rename, remove and use passkeys. What was signed is checked inside, with the row locked."""

from typing import Any, Final

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import Duplicate, FieldProblem, Invalid, NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.events import (
    PasskeyAdded,
    PasskeyRemoved,
    PasskeyRenamed,
    PasskeyUsed,
)
from marketplace.kernel.identity.models import Passkey, User
from marketplace.kernel.identity.passkeys import checked_new, checked_proof
from marketplace.kernel.identity.permissions import (
    may_drop_passkey,
    may_keep_passkeys,
    may_use_passkey,
)

_MOST: Final = 20
_NAME_LIMIT: Final = 80


@action
def add_passkey(
    actor: Actor, *, answer: dict[str, Any], challenge: bytes, name: str = ""
) -> Passkey:
    """Keep a passkey of the actor's own account: ``answer`` is the device's, to ``challenge``."""
    account = _account(actor)
    require(actor, may_keep_passkeys, account)
    called = _checked(name.strip() or "Passkey")
    if account.passkeys.count() >= _MOST:
        raise Invalid(FieldProblem("", "too-many", f"At most {_MOST} passkeys per account."))
    found = checked_new(answer, challenge)
    if Passkey.objects.filter(credential_id=found.credential_id).exists():
        raise Duplicate("This device has a passkey here already.")
    row = Passkey.objects.create(
        user=account,
        name=called,
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        synced=found.credential_backed_up,
        created_at=now(),
    )
    record(PasskeyAdded(**_facts(row), called=called))
    return row


@action
def rename_passkey(actor: Actor, *, passkey_id: Any, name: str) -> Passkey:
    """Call a passkey of one's own otherwise."""
    row = _own(actor, passkey_id)
    require(actor, may_drop_passkey, row.user)
    row.name = _checked(name.strip())
    row.save(update_fields=["name"])
    record(PasskeyRenamed(**_facts(row), called=row.name))
    return row


@action
def remove_passkey(actor: Actor, *, passkey_id: Any) -> None:
    """Forget a passkey of one's own: it opens nothing any more, at once."""
    row = _own(actor, passkey_id)
    require(actor, may_drop_passkey, row.user)
    facts = _facts(row)
    row.delete()
    record(PasskeyRemoved(**facts, called=row.name))


@action
def use_passkey(
    actor: Actor, *, passkey_id: Any, answer: dict[str, Any], challenge: bytes, purpose: str
) -> Passkey:
    """Take a proof by the actor's passkey: its count and its last use are kept.

    ``purpose`` is sign-in or confirm. The row is locked, so that a proof is weighed against the
    newest count.
    """
    row = _own(actor, passkey_id)
    require(actor, may_use_passkey, row.user)
    found = checked_proof(answer, challenge, row)
    row.sign_count, row.synced = found.new_sign_count, found.credential_backed_up
    row.last_used_at = now()
    row.save(update_fields=["sign_count", "synced", "last_used_at"])
    record(PasskeyUsed(**_facts(row), purpose=purpose))
    return row


def _account(actor: Actor) -> User:
    rows = User.objects.select_for_update(of=["self"], no_key=True)
    account = rows.filter(pk=actor.user_id).first()
    if account is None:
        raise NotFound
    return account


def _own(actor: Actor, passkey_id: Any) -> Passkey:
    rows = Passkey.objects.select_for_update(of=["self"], no_key=True).select_related("user")
    row = rows.filter(pk=passkey_id, user_id=actor.user_id).first()
    if row is None:
        raise NotFound
    return row


def _checked(name: str) -> str:
    if not name:
        raise Invalid(FieldProblem("/name", "required", "Give it a name."))
    if len(name) > _NAME_LIMIT:
        raise Invalid(FieldProblem("/name", "too-long", f"At most {_NAME_LIMIT} characters."))
    return name


def _facts(row: Passkey) -> dict[str, Any]:
    holder = row.user.username
    return {
        "subject": f"user/{holder}",
        "teams": (f"user:{holder}",),
        "holder": holder,
        "passkey_id": str(row.pk),
    }
