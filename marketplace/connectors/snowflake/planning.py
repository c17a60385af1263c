"""From what stands to what is wanted: pure, least, and shrinking before it grows."""

from collections.abc import Iterator
from typing import Final

from marketplace.connectors.base import (
    Member,
    Observed,
    ObservedMember,
    Plan,
    PortDesired,
    PortVariant,
    Step,
)
from marketplace.connectors.snowflake import statements
from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.observing import anchor_of

_UNTOUCHABLE: Final = {
    "handle-not-ours": "the handle's database role exists and is not ours",
}
_BLOCKING: Final = {
    "view-not-ours": "a relation of the view's name exists and is not ours",
    "base-missing": "the base relation does not exist, or our role may not see it",
    "column-missing": "the base relation lacks a column",
    "filter-unfit": "a row filter's value is of another type than its column",
    "policy-unfit": "no published column has a type that a row access policy can be put on",
}


def plan(config: SnowflakeConfig, desired: PortDesired, observed: Observed) -> Plan:
    """Work out the least change. Whoever is to lose access comes first.

    An object that is not ours is never touched: what depends on it is withheld for a person,
    while access that stands can still be taken away.
    """
    variant = desired.variant
    handle = variant.handle(config.env)
    untouchable = _reasons(observed, _UNTOUCHABLE)
    if untouchable:
        return Plan.of(handle, (), untouchable)
    withheld = _reasons(observed, _BLOCKING)
    remade = {one.principal for one in observed.members if "identity" in one.missing}
    wanted = sorted(desired.members, key=lambda member: member.principal)
    steps = list(_removals(config, desired, observed))
    if not withheld:
        steps += _publication(config, variant, observed)
        for member in wanted:
            if member.principal not in remade:
                steps += _admission(config, variant, member, observed)
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


def _removals(config: SnowflakeConfig, desired: PortDesired, observed: Observed) -> Iterator[Step]:
    stays = {member.principal for member in desired.members}
    gone = sorted(
        (one for one in observed.members if one.principal not in stays),
        key=lambda one: one.principal,
    )
    for one in gone:
        yield from _removal(config, desired.variant, one)


def _removal(config: SnowflakeConfig, variant: PortVariant, one: ObservedMember) -> Iterator[Step]:
    """Take one member's access away, in an order that survives a crash after every step.

    Once the entitlement is gone a new statement reads no row, and stopping the running ones ends
    those that had begun. The membership goes last: it is what tells the next run, after a crash,
    that statements may still be running.
    """
    disentitle = Step(
        id=f"disentitle:{one.principal}",
        do=statements.disentitle(config, variant, one.principal),
        undo=statements.entitle(config, variant, one.as_member()),
        reversible=True,
        risk="narrows",
    )
    sessions = Step(
        id=f"sessions:{one.principal}",
        do=statements.end_sessions(config, one.principal),
        undo="",
        reversible=False,
        risk="interrupts",
    )
    leave = Step(
        id=f"leave:{one.principal}",
        do=statements.leave(config, variant, one.principal),
        undo=statements.join(config, variant, one.principal),
        reversible=True,
        risk="narrows",
    )
    if "login" in one.missing:
        yield from (disentitle, leave)  # the role may stand when only its user is gone
    elif "membership" in one.missing:
        yield from (sessions, disentitle, leave)
    elif "entitlement" in one.missing:
        yield from (sessions, leave)
    else:
        yield from (disentitle, sessions, leave)


def _publication(
    config: SnowflakeConfig, variant: PortVariant, observed: Observed
) -> Iterator[Step]:
    moved = observed.drifted("view-moved")
    if not observed.exists:
        yield Step(
            id="handle",
            do=statements.create_handle(config, variant),
            undo=f"DROP DATABASE ROLE IF EXISTS {statements.handle(config, variant)}",
            reversible=True,
            risk="none",
        )
    if not observed.exists or observed.view_digest != variant.digest or moved:
        replaces = bool(observed.view_digest or moved or observed.drifted("view-altered"))
        yield Step(
            id="publish",
            do=statements.publish(config, variant, anchor_of(observed), moved),
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
    config: SnowflakeConfig, variant: PortVariant, member: Member, observed: Observed
) -> Iterator[Step]:
    stands = next((one for one in observed.members if one.principal == member.principal), None)
    missing = (
        frozenset({"login", "membership", "entitlement"}) if stands is None else stands.missing
    )
    if missing & {"login", "membership"}:
        yield Step(
            id=f"login:{member.principal}",
            do=statements.create_login(config, member.principal),
            undo="",
            reversible=False,
            risk="none",
        )
        yield Step(
            id=f"join:{member.principal}",
            do=statements.join(config, variant, member.principal),
            undo=statements.leave(config, variant, member.principal),
            reversible=True,
            risk="widens",
        )
    if missing or stands is None or stands.as_member() != member:
        yield Step(
            id=f"entitle:{member.principal}",
            do=statements.entitle(config, variant, member),
            undo=statements.disentitle(config, variant, member.principal),
            reversible=True,
            risk="widens",
        )
