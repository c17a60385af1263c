"""What people are told, follow, read and answer."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known
from subscriptions.events.base import _OfAgreement


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(DomainEvent):
    """Somebody follows a product, or no longer."""

    name: ClassVar[str] = "product.followed"
    how: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent(DomainEvent):
    """People were told."""

    name: ClassVar[str] = "notice.sent"
    notice_id: str
    type: str
    people: list[str]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAddressed(DomainEvent):
    """One person was told, who wants this kind at their webhooks, too; nobody else reads it."""

    name: ClassVar[str] = "notice.addressed"
    notice_id: str
    type: str
    severity: str
    title: str
    link: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsChosen(DomainEvent):
    """Somebody chose by which ways they hear of which kinds of notices."""

    name: ClassVar[str] = "notice.choices.changed"
    changed: list[str]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRead(DomainEvent):
    """Somebody dealt with a notice."""

    name: ClassVar[str] = "notice.read"
    notice_id: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSnoozed(DomainEvent):
    """Somebody put a notice off until a moment, or wants it back now (``until`` is empty)."""

    name: ClassVar[str] = "notice.snoozed"
    notice_id: str
    until: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAcknowledged(_OfAgreement):
    """A consumer answered to a breaking change."""

    name: ClassVar[str] = "change.acknowledged"
    change_id: str
    answer: str
    note: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AckRequested(DomainEvent):
    """Consumers were asked whether they are ready for a change."""

    name: ClassVar[str] = "change.ack.requested"
    change_id: str
    agreements: list[str]
