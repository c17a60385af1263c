"""What follows when people leave: their logins and queries end, and heirs are told."""

import hashlib
from collections import defaultdict

from catalog.events import TeamChanged
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.events.log import on
from marketplace.kernel.identity.models import User
from subscriptions.actions.leavers import reroute, settle
from subscriptions.actions.leaving import stranded
from subscriptions.actions.logins import drop_due
from subscriptions.actions.notices import tell
from subscriptions.events import AccountDeactivated, RequestSubmitted, TeamSettled
from subscriptions.lab import halt
from subscriptions.models import LabRun
from subscriptions.notices import Draft


@on(TeamChanged)
def settle_after(event: TeamChanged) -> None:
    """A team whose members changed has only what its members of now give it."""
    if event.how != "updated":
        return
    try:
        settle(SYSTEM, team=event.subject.removeprefix("team/"))
    except NotFound:
        return  # deleted meanwhile


@on(RequestSubmitted)
def nobody_can_answer(event: RequestSubmitted) -> None:
    """A request that asks an answer of a role without anybody waits for governance instead."""
    if event.outcome == "review" and stranded(event.request_id):
        reroute(SYSTEM, request_id=event.request_id)


@on(AccountDeactivated)
def stop_queries(event: AccountDeactivated) -> None:
    """Queries of theirs that run are ended on their platforms."""
    rows = LabRun.objects.filter(actor=event.username, state="running")
    for row in rows.select_related("agreement__port__platform"):
        try:
            halt(row.agreement, str(row.pk))
        except DomainError:
            continue  # no lab there, or away: it ends by its own limit


@on(AccountDeactivated)
@on(TeamSettled)
def drop_logins(event: AccountDeactivated | TeamSettled) -> None:
    """Logins are dropped now, not with the next sweep."""
    if event.logins:
        drop_due()


@on(AccountDeactivated)
@on(TeamSettled)
def tell_heirs(event: AccountDeactivated | TeamSettled) -> None:
    """Whoever answers for more now hears of all of it in one notice."""
    left = event.username if isinstance(event, AccountDeactivated) else f"team {event.team}"
    by_heir: dict[str, list[str]] = defaultdict(list)
    for what, name, heir in event.routed:
        by_heir[heir].append(f"{what}: {name}")
    for heir, things in by_heir.items():
        user = User.objects.filter(username=heir).first()
        if user is None:
            continue
        number = "one thing" if len(things) == 1 else f"{len(things)} things"
        tell(
            SYSTEM,
            draft=Draft(
                "ROUTED_TO_YOU",
                f"You answer for {number} that {left} answered for",
                "\n".join(things),
                "/owner",
                f"routed-{event.subject}-{heir}-{_digest(things)}",
                severity="warning",
            ),
            people={user.pk},
        )


def _digest(things: list[str]) -> str:
    return hashlib.sha256("\n".join(things).encode()).hexdigest()[:12]
