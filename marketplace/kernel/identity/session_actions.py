"""End one's own sessions: a browser that was left somewhere is signed out at once."""

from typing import Any

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.events import SessionsEnded
from marketplace.kernel.identity.models import Session, User
from marketplace.kernel.identity.permissions import may_end_sessions


@action
def end_session(actor: Actor, *, ref: Any) -> None:
    """End one session of one's own; its browser is signed out with its next step."""
    account = _account(actor)
    require(actor, may_end_sessions, account)
    number, _ = Session.objects.filter(account=account, ref=ref).delete()
    if not number:
        raise NotFound
    _record(account, number)


@action
def end_sessions(actor: Actor, *, but: str = "") -> int:
    """End every session of one's own but the one with the key ``but``; give how many."""
    account = _account(actor)
    require(actor, may_end_sessions, account)
    number, _ = Session.objects.filter(account=account).exclude(session_key=but).delete()
    _record(account, number)
    return number


def _account(actor: Actor) -> User:
    account = User.objects.filter(pk=actor.user_id).first()
    if account is None:
        raise NotFound
    return account


def _record(account: User, number: int) -> None:
    name = account.username
    record(SessionsEnded(subject=f"user/{name}", teams=(f"user:{name}",), number=number))
