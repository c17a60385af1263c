"""What can happen to a grant on a platform, and to the way in."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known
from subscriptions.events.base import _OfAgreement


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantProvisioning(_OfAgreement):
    """A worker is changing the platform."""

    name: ClassVar[str] = "access.grant.provisioning"
    handle: str
    steps: int


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantVerified(_OfAgreement):
    """A probe as the consumer could read what was agreed and nothing else."""

    name: ClassVar[str] = "access.grant.verified"
    level: str
    connector: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantFailed(_OfAgreement):
    """The platform does not do what was decided."""

    name: ClassVar[str] = "access.grant.failed"
    what: str
    needs_human: bool


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantAbandoned(_OfAgreement):
    """A person stopped what could not be proven: a grant, or (``removal``) taking one away."""

    name: ClassVar[str] = "access.grant.abandoned"
    grant_id: str
    removal: bool
    reason: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantDrifted(_OfAgreement):
    """Somebody changed the platform behind our back."""

    name: ClassVar[str] = "access.grant.drifted"
    what: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRemoved(_OfAgreement):
    """A probe as the consumer was refused."""

    name: ClassVar[str] = "access.grant.verified_removed"
    level: str
    connector: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class GrantChecked(DomainEvent):
    """Somebody asked to prove a grant again."""

    name: ClassVar[str] = "access.grant.check_asked"
    grant_id: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class HandleReshaped(DomainEvent):
    """What a port publishes follows a new version of its contract."""

    name: ClassVar[str] = "access.handle.reshaped"
    handle: str
    columns: list[str]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsIssued(_OfAgreement):
    """Short-lived credentials were handed out, once."""

    name: ClassVar[str] = "access.credentials.issued"
    user: str
    until: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTried(_OfAgreement):
    """A consumer tries the connection of their agreement."""

    name: ClassVar[str] = "access.connection.tried"
    user: str
