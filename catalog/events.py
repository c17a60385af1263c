"""What can happen in the catalog."""

from dataclasses import dataclass
from typing import Any, ClassVar

from marketplace.kernel.events.log import DomainEvent, known


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductProposed(DomainEvent):
    """A product was described, but is not offered yet."""

    name: ClassVar[str] = "product.proposed"
    version: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPublished(DomainEvent):
    """A product is offered from now on."""

    name: ClassVar[str] = "product.published"
    version: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductUpdated(DomainEvent):
    """A product's description or ports changed."""

    name: ClassVar[str] = "product.updated"
    version: str
    changed: list[str]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDeprecated(DomainEvent):
    """A product should no longer be taken up."""

    name: ClassVar[str] = "product.deprecated"
    reason: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRetired(DomainEvent):
    """A product has ended."""

    name: ClassVar[str] = "product.retired"
    reason: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PortAdded(DomainEvent):
    """A product can be read in one more way."""

    name: ClassVar[str] = "port.added"
    port: str
    version: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ContractReleased(DomainEvent):
    """A version of a contract is in force."""

    name: ClassVar[str] = "contract.released"
    contract: str
    version: str
    before: str
    impact: str
    change_id: str = ""


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProposed(DomainEvent):
    """The owner says what the next version of a contract will be."""

    name: ClassVar[str] = "change.proposed"
    change_id: str
    contract: str
    to_version: str
    impact: str
    differences: list[dict[str, Any]]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDrafted(DomainEvent):
    """The owner prepares a change; consumers do not know yet."""

    name: ClassVar[str] = "change.drafted"
    change_id: str
    contract: str
    to_version: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCleared(DomainEvent):
    """A change went on its way: consumers are answering, or none has to be waited for."""

    name: ClassVar[str] = "change.cleared"
    change_id: str
    contract: str
    to_version: str
    state: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReleased(DomainEvent):
    """A proposed change is in force."""

    name: ClassVar[str] = "change.released"
    change_id: str
    contract: str
    to_version: str
    impact: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWithdrawn(DomainEvent):
    """A change will not come; ``known`` says whether consumers had been told of it."""

    name: ClassVar[str] = "change.withdrawn"
    change_id: str
    contract: str
    to_version: str
    known: bool = True


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class BundleApplied(DomainEvent):
    """Descriptors were applied; ``outcomes`` counts created, updated and unchanged documents."""

    name: ClassVar[str] = "bundle.applied"
    outcomes: dict[str, int]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class DomainChanged(DomainEvent):
    """A domain was made, changed or removed."""

    name: ClassVar[str] = "domain.changed"
    how: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChanged(DomainEvent):
    """A team was made or changed, or its members were."""

    name: ClassVar[str] = "team.changed"
    how: str
    members: list[str]


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRegistered(DomainEvent):
    """A connection to a data platform was made or changed; its secret is never part of this."""

    name: ClassVar[str] = "platform.registered"
    kind: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformReported(DomainEvent):
    """Somebody reported on an order that a platform of others was given."""

    name: ClassVar[str] = "platform.reported"
    handle: str
    generation: int
    outcome: str
    by: str
    words: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformHarvested(DomainEvent):
    """A schema or a table of a platform was described, to draft descriptors from it."""

    name: ClassVar[str] = "platform.harvested"
    what: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformReportTried(DomainEvent):
    """A person says what became of an order; whether it is taken stands in what follows."""

    name: ClassVar[str] = "platform.report_tried"
    handle: str
    generation: int
    outcome: str
    by: str
    words: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReported(DomainEvent):
    """Quality results or service level windows came in."""

    name: ClassVar[str] = "quality.reported"
    results: int
    failed: int
    source: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseBroken(DomainEvent):
    """A check fails or a service level is missed; once, until it is mended."""

    name: ClassVar[str] = "slo.breached"
    breach_id: int
    kind: str
    what: str
    port: str
    words: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseKept(DomainEvent):
    """What was broken is kept again."""

    name: ClassVar[str] = "slo.recovered"
    breach_id: int
    kind: str
    what: str
    words: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class LineageReported(DomainEvent):
    """OpenLineage events came in."""

    name: ClassVar[str] = "lineage.reported"
    accepted: int


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeDrawn(DomainEvent):
    """An edge of lineage was drawn or taken away."""

    name: ClassVar[str] = "lineage.edge"
    source: str
    target: str
    kind: str
    how: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class ProductScored(DomainEvent):
    """A product's standing (score, instant access, number of consumers) was worked out anew."""

    name: ClassVar[str] = "product.scored"
    total: int


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySaved(DomainEvent):
    """A query was kept for others."""

    name: ClassVar[str] = "query.saved"
    port: str
    query: str
    forked_from: str = ""


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRemoved(DomainEvent):
    """A kept query was taken out of the library."""

    name: ClassVar[str] = "query.removed"
    port: str
    query: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRan(DomainEvent):
    """A kept query was run; it counts towards the popular ones."""

    name: ClassVar[str] = "query.ran"
    port: str
    query: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class PortProfiled(DomainEvent):
    """A port's profile and sample were taken."""

    name: ClassVar[str] = "port.profiled"
    port: str
    rows: int | None


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class MeshMade(DomainEvent):
    """A synthetic mesh was written, for measuring."""

    name: ClassVar[str] = "mesh.made"
    products: int
    columns: int
    edges: int


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened(DomainEvent):
    """Something is wrong with a product; ``ports`` is empty when all of it is hit."""

    name: ClassVar[str] = "incident.opened"
    incident_id: str
    title: str
    severity: str
    ports: list[str]
    text: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentUpdated(DomainEvent):
    """A word about an incident that is not over."""

    name: ClassVar[str] = "incident.updated"
    incident_id: str
    title: str
    state: str
    update: int
    text: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentResolved(DomainEvent):
    """An incident is over; ``cause`` is what the owner found."""

    name: ClassVar[str] = "incident.resolved"
    incident_id: str
    title: str
    cause: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAsk(DomainEvent):
    ask_id: str
    title: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AskOpened(_OfAsk):
    """Somebody asks for data that nobody offers, or asks again."""

    name: ClassVar[str] = "ask.opened"
    domain: str = ""


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AskVoted(_OfAsk):
    """Somebody needs it too, or no more: ``votes`` is how many do now."""

    name: ClassVar[str] = "ask.voted"
    votes: int


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AskClaimed(_OfAsk):
    """A team says that it will answer."""

    name: ClassVar[str] = "ask.claimed"
    team: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AskReleased(_OfAsk):
    """The team that had claimed it will not answer after all."""

    name: ClassVar[str] = "ask.released"
    team: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AskAnswered(_OfAsk):
    """A product answers what was asked for."""

    name: ClassVar[str] = "ask.answered"
    note: str = ""


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class AskClosed(_OfAsk):
    """It will not be answered, and why."""

    name: ClassVar[str] = "ask.closed"
    note: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSaved(DomainEvent):
    """Somebody keeps a search, changes one they keep, or lets it go: ``how``."""

    name: ClassVar[str] = "search.saved"
    search_id: str
    how: str
    alert: bool = False
