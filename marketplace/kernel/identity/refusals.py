"""Sign-ins that were refused, as facts of the audit trail.

Whoever guesses at passwords must not be able to fill the trail: of one account at most `MOST`
refusals are kept in a `SPAN`, and the last of them says that more may follow unseen. A name that
belongs to nobody is not kept at all; the limits of the sign-in form hold against both.
"""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.events.models import Event
from marketplace.kernel.identity.events import SignInRefused
from marketplace.kernel.identity.models import User
from marketplace.kernel.identity.permissions import may_note_refusal

MOST: Final = 5
SPAN: Final = timedelta(hours=1)


def sign_in_refused(account: User | None, *, method: str, why: str) -> None:
    """Keep that somebody was not let in as this account; ``method`` is password or passkey.

    ``why`` is a code, never what was typed. Called outside of any transaction.
    """
    if account is None:
        return
    name, subject = SignInRefused.name, f"user/{account.username}"
    since = timezone.now() - SPAN
    told = Event.objects.filter(name=name, subject=subject, at__gte=since).count()
    if told < MOST:
        last = told + 1 == MOST
        note_refusal(SYSTEM, username=account.username, method=method, why=why, last=last)


@action
def note_refusal(actor: Actor, *, username: str, method: str, why: str, last: bool = False) -> User:
    """Record one refused sign-in; the account itself is not touched."""
    require(actor, may_note_refusal)
    account = User.objects.filter(username=username).first()
    if account is None:
        raise NotFound
    record(
        SignInRefused(
            subject=f"user/{username}",
            teams=(f"user:{username}",),
            holder=username,
            method=method,
            why=why,
            last_told=last,
        )
    )
    return account
