"""Choose by which ways, beside the inbox, one hears of what."""

from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.kernel.actions import action, require
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import FieldProblem, Invalid, NotFound
from marketplace.kernel.events.log import record
from marketplace.kernel.identity.models import User
from subscriptions.events import NotificationsChosen
from subscriptions.kinds import CHANNELS, EMAIL, INBOX_STAYS, KINDS_BY_NAME, by_default
from subscriptions.models import NotificationChoice
from subscriptions.permissions import may_choose_notices

INBOX = "inbox"


@action
def choose(actor: Actor, *, wanted: Mapping[str, Mapping[str, bool]]) -> User:
    """Keep choices of kind and way (``{"INCIDENT": {"email": False}}``); give the account.

    What is not named stays. A choice that is the default is not kept, so that it follows the
    default. The inbox and the mail of locked kinds cannot be switched off: that is refused with
    the reason.
    """
    require(actor, may_choose_notices)
    account = User.objects.select_for_update(no_key=True).filter(pk=actor.user_id).first()
    if account is None:
        raise NotFound
    problems = [*_problems(wanted)]
    if problems:
        raise Invalid(*problems)
    before = choices_of(account)
    changed = []
    for kind, ways in wanted.items():
        for channel, on in ways.items():
            if channel == INBOX or (channel == EMAIL and KINDS_BY_NAME[kind].locked):
                continue
            if before.get((kind, channel), _usual(account, kind, channel)) == on:
                continue
            _keep(account, kind, channel, on=on)
            changed.append(f"{kind} {channel} {'on' if on else 'off'}")
    record(
        NotificationsChosen(
            subject=f"user/{account.username}",
            teams=(f"user:{account.username}",),
            changed=sorted(changed),
        )
    )
    return account


def choices_of(account: User) -> dict[tuple[str, str], bool]:
    """Give what was chosen, by kind and way: one statement."""
    rows = account.notification_choices.values_list("kind", "channel", "wanted")
    return {(kind, channel): wanted for kind, channel, wanted in rows}


def _usual(account: User, kind: str, channel: str) -> bool:
    return by_default(kind, channel, mails=account.mails)


def _keep(account: User, kind: str, channel: str, *, on: bool) -> None:
    place: dict[str, Any] = {"user": account, "kind": kind, "channel": channel}
    if on == _usual(account, kind, channel):
        NotificationChoice.objects.filter(**place).delete()
    else:
        NotificationChoice.objects.update_or_create(**place, defaults={"wanted": on})


def _problems(wanted: Mapping[str, Mapping[str, bool]]) -> Iterable[FieldProblem]:
    for kind, ways in wanted.items():
        found = KINDS_BY_NAME.get(kind)
        if found is None:
            yield FieldProblem(f"/{kind}", "unknown-kind", f"There is no kind of notice {kind}.")
            continue
        for channel, on in ways.items():
            if channel not in (*CHANNELS, INBOX):
                words = f"One of inbox, {', '.join(CHANNELS)}."
                yield FieldProblem(f"/{kind}/{channel}", "unknown-channel", words)
            elif not on and channel == INBOX:
                yield FieldProblem(f"/{kind}/{channel}", "always-on", INBOX_STAYS)
            elif not on and channel == EMAIL and found.locked:
                yield FieldProblem(f"/{kind}/{channel}", "always-on", found.locked)
