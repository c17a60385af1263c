"""What can happen to requests, agreements, grants, notices and lab runs."""

from dataclasses import dataclass, field
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRequest(DomainEvent):
    request_id: str
    port: str
    consumer: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAgreement(DomainEvent):
    agreement_id: str
    port: str
    consumer: str


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
class DriftFound(DomainEvent):
    """A platform shows something else than was agreed; kind: missing, excess, altered, ..."""

    name: ClassVar[str] = "drift.found"
    finding_id: str
    kind: str
    what: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAnswered(DomainEvent):
    """A person said what follows a finding: heal, accept, quarantine or adopt."""

    name: ClassVar[str] = "drift.answered"
    finding_id: str
    how: str
    note: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReactionSet(DomainEvent):
    """What follows drift on a port was changed; empty: as its connection says."""

    name: ClassVar[str] = "drift.reaction_set"
    reaction: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class CensusAsked(DomainEvent):
    """A platform's handles were compared with what was agreed, or somebody asked for that."""

    name: ClassVar[str] = "drift.census"
    by: str


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
class NoticeRead(DomainEvent):
    """Somebody dealt with a notice."""

    name: ClassVar[str] = "notice.read"
    notice_id: str


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


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChanged(DomainEvent):
    """A webhook was made, changed, tested, paused or removed; its secret is never part of this."""

    name: ClassVar[str] = "webhook.changed"
    webhook_id: str
    how: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReported(DomainEvent):
    """Counts of use came in from outside."""

    name: ClassVar[str] = "usage.reported"
    days: int


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
