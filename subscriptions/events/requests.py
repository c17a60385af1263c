"""What can happen to a request."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import known
from subscriptions.events.base import _OfRequest


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSubmitted(_OfRequest):
    """A consumer asked for access."""

    name: ClassVar[str] = "access.request.submitted"
    purpose: str
    outcome: str
    rules: list[str]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApproved(_OfRequest):
    """The owners, or a policy, said yes."""

    name: ClassVar[str] = "access.request.approved"
    agreement_id: str
    decided_by_kind: str
    rules: list[str]
    plan_digest: str = ""


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class StageApproved(_OfRequest):
    """One of several answers was yes."""

    name: ClassVar[str] = "access.request.stage_approved"
    role: str
    note: str = ""


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRejected(_OfRequest):
    """The owners said no."""

    name: ClassVar[str] = "access.request.rejected"
    note: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReturned(_OfRequest):
    """The owners ask for changes to the request."""

    name: ClassVar[str] = "access.request.returned"
    note: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCountered(_OfRequest):
    """The owners offer less than was asked."""

    name: ClassVar[str] = "access.request.countered"
    note: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestResubmitted(_OfRequest):
    """A returned request came back changed, or a counter-offer was taken."""

    name: ClassVar[str] = "access.request.resubmitted"


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReopened(_OfRequest):
    """An approved request came back to its approvers, because what would run is another plan."""

    name: ClassVar[str] = "access.request.reopened"
    agreement_id: str
    reason: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSentBack(_OfRequest):
    """What was approved could not be granted; the asking side may change it and ask again."""

    name: ClassVar[str] = "access.request.sent_back"
    agreement_id: str
    note: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWithdrawn(_OfRequest):
    """The consumer took the request back."""

    name: ClassVar[str] = "access.request.withdrawn"


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCommented(_OfRequest):
    """Somebody said a word about a request."""

    name: ClassVar[str] = "access.request.commented"
