"""What events of one request or one agreement have in common."""

from dataclasses import dataclass

from marketplace.kernel.events.log import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRequest(DomainEvent):
    request_id: str
    port: str
    consumer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAgreement(DomainEvent):
    agreement_id: str
    port: str
    consumer: str
