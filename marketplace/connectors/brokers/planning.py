"""From what stands to what is wanted, on any broker: pure, least, removals first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Whole:
    """What a platform that shows its ports whole says: to a narrowed one, and to blocking drift."""

    narrowed: str
    blocking: Mapping[str, str]


_BROKER: Final = Whole(
    "a broker hides neither fields nor messages: publish a projected stream",
    {
        "stream-missing": "the stream does not exist",
        "stream-unfit": "the stream cannot be shared",
    },
)


class Words(Protocol):
    """A broker's statements, one per verb; each is idempotent and shown to the approver."""

    @property
    def rekeys(self) -> bool:
        """Whether credentials carry their own end, so that an earlier end needs new ones."""

    def publish(self, variant: PortVariant) -> str:
        """Leave the mark of the handle and its digest."""

    def login(self, variant: PortVariant, principal: Principal, *, renew: bool) -> str:
        """Make the consumer's login, which may do nothing yet; `renew` ends older credentials."""

    def join(self, variant: PortVariant, member: Member) -> str:
        """Let the login read the stream, or do all that reading it takes beside that."""

    def entitle(self, variant: PortVariant, member: Member) -> str:
        """Give the last part of the access, with its end and its agreement."""

    def disentitle(self, variant: PortVariant, principal: Principal) -> str:
        """Take the part of `entitle` away."""

    def sessions(self, variant: PortVariant, principal: Principal) -> str:
        """End the open sessions."""

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Take the right and the login away."""


def plan(
    handle: str, words: Words, desired: PortDesired, observed: Observed, whole: Whole = _BROKER
) -> Plan:
    """Work out the least change. What cannot be granted exactly is withheld."""
    withheld = (*_narrowed(desired.variant, whole), *_blocked(observed, whole))
    steps = list(_removals(words, desired, observed))
    if withheld:
        return Plan.of(handle, tuple(steps), withheld)
    variant = desired.variant
    if not observed.exists or observed.view_digest != variant.digest:
        steps.append(Step("publish", words.publish(variant), "", reversible=False, risk="replaces"))
    held = {one.principal: one for one in observed.members}
    remade = []
    for member in sorted(desired.members, key=lambda one: one.principal):
        stands = held.get(member.principal)
        if stands is not None and "identity" in stands.missing:
            remade.append(
                f"the login of {member.principal} was deleted and made again by somebody else"
            )
        else:
            steps += _admission(words, variant, member, stands)
    return Plan.of(handle, tuple(steps), tuple(remade))


def _narrowed(variant: PortVariant, whole: Whole) -> tuple[str, ...]:
    if whole.narrowed and (variant.row_filters or variant.masks or variant.variant):
        return (whole.narrowed,)
    return ()


def _blocked(observed: Observed, whole: Whole) -> tuple[str, ...]:
    return tuple(
        f"{text}: {detail}" if detail else text
        for code, text in whole.blocking.items()
        for detail in observed.drifted(code)
    )


def _removals(words: Words, desired: PortDesired, observed: Observed) -> Iterator[Step]:
    """Take access away; the login goes last, so that a crash leaves a member to find."""
    stays = {member.principal for member in desired.members}
    for one in sorted(observed.members, key=lambda one: one.principal):
        if one.principal in stays:
            continue
        what = desired.variant, one.principal
        for verb, statement, risk in (
            ("disentitle", words.disentitle(*what), "narrows"),
            ("sessions", words.sessions(*what), "interrupts"),
            ("leave", words.leave(*what), "narrows"),
        ):
            yield Step(f"{verb}:{one.principal}", statement, "", reversible=False, risk=risk)


def _admission(
    words: Words, variant: PortVariant, member: Member, stands: ObservedMember | None
) -> Iterator[Step]:
    missing = stands.missing if stands else {"login", "membership", "entitlement"}
    sooner = stands is not None and words.rekeys and _sooner(member, stands)
    who = member.principal
    if sooner or "login" in missing:
        statement = words.login(variant, who, renew=sooner)
        undo = words.leave(variant, who)
        yield Step(f"login:{who}", statement, undo, reversible=True, risk="none")
    if sooner or missing & {"login", "membership"}:
        undo = words.leave(variant, who)
        yield Step(f"join:{who}", words.join(variant, member), undo, reversible=True, risk="widens")
    if stands is None or missing or stands.as_member() != member:
        statement, undo = words.entitle(variant, member), words.disentitle(variant, who)
        yield Step(f"entitle:{who}", statement, undo, reversible=True, risk="widens")


def _sooner(member: Member, stands: ObservedMember) -> bool:
    """Whether the end that is wanted lies before the one that stands."""
    if "entitlement" in stands.missing:
        return True  # its end is unknown, and older credentials could outlive the wanted one
    return _end(member.valid_until) < _end(stands.valid_until)


def _end(moment: datetime | None) -> float:
    return float("inf") if moment is None else moment.timestamp()
