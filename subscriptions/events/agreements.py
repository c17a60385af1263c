"""What can happen to an agreement, and what its owner does to all of them."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known
from subscriptions.events.base import _OfAgreement


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementActivated(_OfAgreement):
    """Access was proven: a probe as the consumer read the port."""

    name: ClassVar[str] = "access.agreement.activated"
    until: str
    evidence: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementEnding(_OfAgreement):
    """Access is being taken away."""

    name: ClassVar[str] = "access.agreement.ending"
    how: str
    reason: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRevoked(_OfAgreement):
    """Access was taken away, and the refusal was proven."""

    name: ClassVar[str] = "access.agreement.revoked"
    reason: str
    evidence: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementExpired(_OfAgreement):
    """The agreed time is over, and the refusal was proven."""

    name: ClassVar[str] = "access.agreement.expired"
    reason: str
    evidence: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerminated(_OfAgreement):
    """The consumer gave access back, and the refusal was proven."""

    name: ClassVar[str] = "access.agreement.terminated"
    reason: str
    evidence: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSuspended(_OfAgreement):
    """Access is held back for now."""

    name: ClassVar[str] = "access.agreement.suspended"
    reason: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchMoved(DomainEvent):
    """A kill switch was proposed, pulled, restored or dropped, or caught what was new."""

    name: ClassVar[str] = "access.switch.moved"
    scope: str
    key: str
    how: str
    agreements: int
    reason: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementResumed(_OfAgreement):
    """Access is being given again."""

    name: ClassVar[str] = "access.agreement.resumed"


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementShortened(_OfAgreement):
    """The owner brought the end forward, with notice."""

    name: ClassVar[str] = "access.agreement.shortened"
    until: str
    reason: str
    by: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumersMessaged(DomainEvent):
    """The owner wrote to those who read a product."""

    name: ClassVar[str] = "product.consumers.messaged"
    message_id: str
    title: str
    text: str
    agreements: list[str]
    by: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRenewed(_OfAgreement):
    """The end was moved."""

    name: ClassVar[str] = "access.agreement.renewed"
    until: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementExpiring(_OfAgreement):
    """The end is near."""

    name: ClassVar[str] = "access.agreement.expiring"
    until: str
    days: int
