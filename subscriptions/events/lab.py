"""What happens in the lab, and what use is reported from outside."""

from dataclasses import dataclass, field
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known
from subscriptions.events.base import _OfAgreement


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryStarted(_OfAgreement):
    """Somebody runs a query in the lab."""

    name: ClassVar[str] = "lab.query.started"
    run_id: str
    sql: str
    values: dict[str, str | None] = field(default_factory=dict)


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryEnded(_OfAgreement):
    """A query gave rows, or was refused."""

    name: ClassVar[str] = "lab.query.ended"
    run_id: str
    state: str
    code: str
    rows: int | None
    first: bool
    query_id: int | None = None


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryStopped(_OfAgreement):
    """Who ran a query asked to end it."""

    name: ClassVar[str] = "lab.query.stopped"
    run_id: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxQueried(DomainEvent):
    """Somebody ran a query on invented rows of a port."""

    name: ClassVar[str] = "lab.sandbox.queried"
    port: str
    sql: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReported(DomainEvent):
    """Counts of use came in from outside."""

    name: ClassVar[str] = "usage.reported"
    days: int
