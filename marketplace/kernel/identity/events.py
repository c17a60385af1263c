"""What can happen to accounts and their tokens."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssued(DomainEvent):
    """A token was made. Its text is shown once and is never part of an event."""

    name: ClassVar[str] = "token.issued"
    holder: str
    public_id: str
    scopes: list[str]
    until: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(DomainEvent):
    """A token opens nothing any more."""

    name: ClassVar[str] = "token.revoked"
    holder: str
    public_id: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(DomainEvent):
    """Somebody changed how they are called, or how they want mail, keys and words."""

    name: ClassVar[str] = "profile.changed"
    changed: list[str]
