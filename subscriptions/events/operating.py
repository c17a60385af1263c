"""What owners of webhooks and operators do."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChanged(DomainEvent):
    """A webhook was made, changed, tested, paused or removed; its secret is never part of this."""

    name: ClassVar[str] = "webhook.changed"
    webhook_id: str
    how: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class KeysRotated(DomainEvent):
    """Every kept secret was sealed anew with the first key."""

    name: ClassVar[str] = "secrets.resealed"
    secrets: int


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class MailRetried(DomainEvent):
    """An operator had a mail tried again that had been given up."""

    name: ClassVar[str] = "mail.retried"
    mail_id: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRetried(DomainEvent):
    """An operator had a webhook delivery tried again that had been given up."""

    name: ClassVar[str] = "webhook.retried"
    delivery_id: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrdered(DomainEvent):
    """An operator of an empty instance had the demo mesh loaded."""

    name: ClassVar[str] = "demo.ordered"
