"""From what stands to what is wanted, on any SQL platform: pure, least, removals first."""

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from marketplace.connectors.base import (
    Member,
    Observed,
    ObservedMember,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    Step,
)

UNTOUCHABLE: Final[Mapping[str, str]] = {
    "handle-not-ours": "the handle's role exists and is not ours",
}
"""Drift that forbids every step, by its code: what to tell a person."""
BLOCKING: Final[Mapping[str, str]] = {
    "schema-not-ours": "the published schema belongs to somebody else",
    "view-not-ours": "a relation of the view's name exists and is not ours",
    "base-missing": "the base relation does not exist",
    "base-unreadable": "the publisher may not read the base relation",
    "column-missing": "the base relation lacks a column",
    "filter-unfit": "a row filter's value is of another type than its column",
}
"""Drift that forbids to publish or admit, by its code; access can still be taken away."""


class Words(Protocol):
    """A platform's statements, one per verb; each is idempotent and shown to the approver.

    Those that give two texts give what is done and how to undo it; an empty one cannot be undone.
    """

    @property
    def untouchable(self) -> Mapping[str, str]:
        """Usually `UNTOUCHABLE`, in the platform's own words."""

    @property
    def blocking(self) -> Mapping[str, str]:
        """Usually `BLOCKING`, in the platform's own words and order."""

    @property
    def roles_outlive_logins(self) -> bool:
        """Whether a role may still have to be left when the login or its membership is gone."""

    @property
    def logins_have_parts(self) -> bool:
        """Whether a lost membership may come from a part of the login that is lost."""

    def handle(self, variant: PortVariant) -> tuple[str, str]:
        """Make the role of the handle, which may do nothing yet."""

    def publish(self, variant: PortVariant, observed: Observed) -> tuple[str, str]:
        """Make or replace the view and let the handle's role read it."""

    def grant_reading(self, variant: PortVariant) -> tuple[str, str]:
        """Let the handle's role read the view that stands."""

    def end_readers(self, variant: PortVariant) -> str:
        """End what reads the view before it is replaced; empty where nothing has to end."""

    def login(self, principal: Principal) -> tuple[str, str]:
        """Make the consumer's login, which may do nothing yet."""

    def join(self, variant: PortVariant, principal: Principal, observed: Observed) -> str:
        """Make the login a member of the handle's role."""

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Take the membership away."""

    def entitle(self, variant: PortVariant, member: Member) -> str:
        """Give the last part of the access, with its end and its agreement."""

    def disentitle(self, variant: PortVariant, principal: Principal) -> str:
        """Take the part of `entitle` away."""

    def end_sessions(self, principal: Principal) -> str:
        """End the consumer's open sessions."""


def plan(handle: str, words: Words, desired: PortDesired, observed: Observed) -> Plan:
    """Work out the least change. Whoever is to lose access comes first.

    An object that is not ours is never touched: what depends on it is withheld for a person,
    while access that stands can still be taken away.
    """
    untouchable = _reasons(observed, words.untouchable)
    if untouchable:
        return Plan.of(handle, (), untouchable)
    withheld = _reasons(observed, words.blocking)
    held = {one.principal: one for one in observed.members}
    remade = {who for who, one in held.items() if "identity" in one.missing}
    wanted = sorted(desired.members, key=lambda member: member.principal)
    steps = list(_removals(words, desired, observed))
    if not withheld:
        steps += _publication(words, desired.variant, observed)
        for member in wanted:
            if member.principal not in remade:
                stands = held.get(member.principal)
                steps += _admission(words, desired.variant, member, stands, observed)
    withheld += tuple(
        f"the login of {member.principal} was deleted and made again by somebody else"
        for member in wanted
        if member.principal in remade
    )
    return Plan.of(handle, tuple(steps), withheld)


def _reasons(observed: Observed, words: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{text}: {detail}" if detail else text
        for code, text in words.items()
        for detail in observed.drifted(code)
    )


def _removals(words: Words, desired: PortDesired, observed: Observed) -> Iterator[Step]:
    stays = {member.principal for member in desired.members}
    for one in sorted(observed.members, key=lambda one: one.principal):
        if one.principal not in stays:
            yield from _removal(words, desired.variant, one, observed)


def _removal(
    words: Words, variant: PortVariant, one: ObservedMember, observed: Observed
) -> Iterator[Step]:
    """Take one member's access away, in an order that survives a crash after every step.

    Once the entitlement is gone a new statement reads no row, and ending the sessions ends the
    running ones and open cursors. The membership goes last: it is what tells the next run, after a
    crash, that the sessions may still be open.
    """
    who = one.principal
    disentitle = _step(
        f"disentitle:{who}",
        (words.disentitle(variant, who), words.entitle(variant, one.as_member())),
        "narrows",
    )
    sessions = _step(f"sessions:{who}", (words.end_sessions(who), ""), "interrupts")
    leave = _step(
        f"leave:{who}", (words.leave(variant, who), words.join(variant, who, observed)), "narrows"
    )
    leaves = (leave,) if words.roles_outlive_logins else ()
    if "login" in one.missing:
        yield from (disentitle, *leaves)
    elif "membership" in one.missing:
        yield from (sessions, disentitle, *leaves)
    elif "entitlement" in one.missing:
        yield from (sessions, leave)
    else:
        yield from (disentitle, sessions, leave)


def _publication(words: Words, variant: PortVariant, observed: Observed) -> Iterator[Step]:
    moved = observed.drifted("view-moved")
    if not observed.exists:
        yield _step("handle", words.handle(variant), "none")
    if not observed.exists or observed.view_digest != variant.digest or moved:
        replaces = bool(observed.view_digest or moved or observed.drifted("view-altered"))
        readers = words.end_readers(variant) if replaces else ""
        if readers:
            yield _step("sessions:view", (readers, ""), "interrupts")
        do, undo = words.publish(variant, observed)
        risk = "replaces" if replaces else "none"
        yield Step("publish", do, undo, reversible=not replaces, risk=risk)
    elif observed.drifted("right-missing"):
        do, undo = words.grant_reading(variant)
        yield Step("reading", do, undo, reversible=False, risk="widens")


def _admission(
    words: Words,
    variant: PortVariant,
    member: Member,
    stands: ObservedMember | None,
    observed: Observed,
) -> Iterator[Step]:
    who = member.principal
    missing = stands.missing if stands else frozenset({"login", "membership", "entitlement"})
    apart = missing & {"login", "membership"}
    if "login" in missing or (apart and words.logins_have_parts):
        yield _step(f"login:{who}", words.login(who), "none")
    if apart:
        texts = words.join(variant, who, observed), words.leave(variant, who)
        yield _step(f"join:{who}", texts, "widens")
    if missing or stands is None or stands.as_member() != member:
        texts = words.entitle(variant, member), words.disentitle(variant, who)
        yield _step(f"entitle:{who}", texts, "widens")


def _step(name: str, texts: tuple[str, str], risk: str) -> Step:
    do, undo = texts
    return Step(name, do, undo, reversible=bool(undo), risk=risk)
