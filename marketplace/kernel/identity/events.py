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


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded(DomainEvent):
    """Somebody can sign in with one more passkey."""

    name: ClassVar[str] = "passkey.added"
    holder: str
    passkey_id: str
    called: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRenamed(DomainEvent):
    """A passkey is called otherwise."""

    name: ClassVar[str] = "passkey.renamed"
    holder: str
    passkey_id: str
    called: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved(DomainEvent):
    """A passkey opens nothing any more."""

    name: ClassVar[str] = "passkey.removed"
    holder: str
    passkey_id: str
    called: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyUsed(DomainEvent):
    """Somebody proved with a passkey who they are: to sign in, or to confirm a change."""

    name: ClassVar[str] = "passkey.used"
    holder: str
    passkey_id: str
    purpose: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(DomainEvent):
    """Somebody signed browsers of theirs out; ``number`` says how many."""

    name: ClassVar[str] = "sessions.ended"
    number: int


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused(DomainEvent):
    """Somebody was not let in; ``last_told``: more within the hour are not recorded."""

    name: ClassVar[str] = "sign_in.refused"
    holder: str
    method: str
    why: str
    last_told: bool
