"""From what stands to what is wanted: pure, least, and shrinking before it grows."""

from collections.abc import Iterator
from typing import Final

from marketplace.connectors.base import (
    Member,
    Observed,
    ObservedMember,
    Plan,
    PortDesired,
    Step,
)
from marketplace.connectors.postgres import statements
from marketplace.connectors.postgres.config import PostgresConfig

_UNTOUCHABLE: Final = {
    "handle-not-ours": "the handle's role exists and is not ours",
}
_BLOCKING: Final = {
    "schema-not-ours": "the published schema belongs to somebody else",
    "view-not-ours": "a relation of the view's name exists and is not ours",
    "base-missing": "the base relation does not exist",
    "base-unreadable": "the publisher may not read the base relation",
    "column-missing": "the base relation lacks a column",
}


def plan(config: PostgresConfig, desired: PortDesired, observed: Observed) -> Plan:
    """Work out the least change. Whoever is to lose access comes first.

    An object that is not ours is never touched: what depends on it is withheld for a person,
    while access that stands can still be taken away.
    """
    handle = desired.variant.handle(config.env)
    untouchable = _reasons(observed, _UNTOUCHABLE)
    if untouchable:
        return Plan.of(handle, (), untouchable)
    withheld = _reasons(observed, _BLOCKING)
    remade = {one.principal for one in observed.members if "identity" in one.missing}
    wanted = sorted(desired.members, key=lambda member: member.principal)
    steps = list(_removals(config, handle, desired, observed))
    if not withheld:
        steps += _publication(config, desired, observed)
        standing = {one.principal: one for one in observed.members}
        for member in wanted:
            if member.principal not in remade:
                steps += _admission(
                    config, handle, member, standing.get(member.principal), observed.server
                )
    withheld += tuple(
        f"the login of {member.principal} was deleted and made again by somebody else"
        for member in wanted
        if member.principal in remade
    )
    return Plan.of(handle, tuple(steps), withheld)


def _reasons(observed: Observed, words: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{text}: {detail}" if detail else text
        for code, text in words.items()
        for detail in observed.drifted(code)
    )


def _removals(
    config: PostgresConfig, handle: str, desired: PortDesired, observed: Observed
) -> Iterator[Step]:
    stays = {member.principal for member in desired.members}
    gone = sorted(
        (one for one in observed.members if one.principal not in stays),
        key=lambda one: one.principal,
    )
    for one in gone:
        yield from _removal(config, handle, one, observed.server)


def _removal(
    config: PostgresConfig, handle: str, one: ObservedMember, server: str
) -> Iterator[Step]:
    """Take one member's access away, in an order that survives a crash after every step.

    Once the entitlement is gone a new statement reads no row, and ending the sessions ends the
    running ones and open cursors. The membership goes last: it is what tells the next run, after a
    crash, that the sessions may still be open.
    """
    login = config.login_of(one.principal)
    disentitle = Step(
        id=f"disentitle:{one.principal}",
        do=statements.disentitle(handle, login),
        undo=statements.entitle(handle, login, one.as_member()),
        reversible=True,
        risk="narrows",
    )
    sessions = Step(
        id=f"sessions:{one.principal}",
        do=statements.end_sessions(config, login),
        undo="",
        reversible=False,
        risk="interrupts",
    )
    leave = Step(
        id=f"leave:{one.principal}",
        do=statements.leave(handle, login),
        undo=statements.join(handle, login, server),
        reversible=True,
        risk="narrows",
    )
    if "login" in one.missing:
        yield disentitle
    elif "membership" in one.missing:
        yield from (sessions, disentitle)
    elif "entitlement" in one.missing:
        yield from (sessions, leave)
    else:
        yield from (disentitle, sessions, leave)


def _publication(
    config: PostgresConfig, desired: PortDesired, observed: Observed
) -> Iterator[Step]:
    variant = desired.variant
    moved = observed.drifted("view-moved")
    if not observed.exists:
        yield Step(
            id="handle",
            do=statements.create_handle(config, variant),
            undo=f"DROP ROLE IF EXISTS {statements.name(variant.handle(config.env))}",
            reversible=True,
            risk="none",
        )
    if not observed.exists or observed.view_digest != variant.digest or moved:
        replaces = bool(observed.view_digest or moved or observed.drifted("view-altered"))
        if replaces:
            yield Step(
                id="sessions:view",
                do=statements.end_readers(variant),
                undo="",
                reversible=False,
                risk="interrupts",
            )
        yield Step(
            id="publish",
            do=statements.publish(config, variant, moved),
            undo=statements.unpublish(config, variant),
            reversible=not replaces,
            risk="replaces" if replaces else "none",
        )
    elif observed.drifted("right-missing"):
        yield Step(
            id="reading",
            do=statements.grant_reading(config, variant),
            undo=statements.unpublish(config, variant),
            reversible=False,
            risk="widens",
        )


def _admission(
    config: PostgresConfig,
    handle: str,
    member: Member,
    stands: ObservedMember | None,
    server: str,
) -> Iterator[Step]:
    login = config.login_of(member.principal)
    missing = (
        frozenset({"login", "membership", "entitlement"}) if stands is None else stands.missing
    )
    if "login" in missing:
        yield Step(
            id=f"login:{member.principal}",
            do=statements.create_login(config, member.principal),
            undo=statements.drop_login(config, member.principal),
            reversible=True,
            risk="none",
        )
    if missing & {"login", "membership"}:
        yield Step(
            id=f"join:{member.principal}",
            do=statements.join(handle, login, server),
            undo=statements.leave(handle, login),
            reversible=True,
            risk="widens",
        )
    if missing or stands is None or stands.as_member() != member:
        yield Step(
            id=f"entitle:{member.principal}",
            do=statements.entitle(handle, login, member),
            undo=statements.disentitle(handle, login),
            reversible=True,
            risk="widens",
        )
