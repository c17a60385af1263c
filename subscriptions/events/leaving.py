"""What happens when people leave, or a team loses its last."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known
from subscriptions.events.base import _OfRequest


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDeactivated(DomainEvent):
    """A person or program may do nothing any more; what they held was ended or given on.

    ``routed`` are triples: what it is, its name, and who answers for it now.
    """

    name: ClassVar[str] = "identity.account.deactivated"
    username: str
    reason: str
    agreements: int
    requests: int
    logins: int
    routed: list[list[str]]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReactivated(DomainEvent):
    """An account may sign in again. It has no team, role, token or access from before."""

    name: ClassVar[str] = "identity.account.reactivated"
    username: str
    reason: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSettled(DomainEvent):
    """A team lost members: their logins end, and what nobody answers for any more was given on."""

    name: ClassVar[str] = "identity.team.settled"
    team: str
    agreements: int
    logins: int
    routed: list[list[str]]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRerouted(_OfRequest):
    """Answers that nobody could give were given to governance."""

    name: ClassVar[str] = "access.request.rerouted"
    routed: list[list[str]]
