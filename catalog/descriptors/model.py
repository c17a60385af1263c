"""What a descriptor says, as frozen dataclasses: the view that the catalogue is built from.

The text stays the truth (`Document` keeps it verbatim); these classes are a view of it. What has
no field of its own is kept in `extra` (keys of the standard that we do not use yet) and in
`custom` (custom properties that are not ours), so that writing a descriptor out loses nothing.
Empty means unstated: `""`, `()`, `None`; never a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.descriptors.classification import marks_personal_data, strictest
from catalog.descriptors.safe_yaml import Document, Problem

JSON = Any  # a JSON value: what safe YAML yields


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomProperty:
    """A key and value that the standard does not know; `extra` holds id, description, vendor."""

    property: str
    value: JSON
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A link to an authority: documentation, glossary, implementation."""

    type: str
    url: str
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportChannel:
    """Where people ask for help."""

    channel: str
    url: str = ""
    tool: str = ""
    scope: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a team.

    `role` is one of member, lead, product_owner, data_steward, domain_owner in our Team documents
    and free text in ODPS and ODCS.
    """

    username: str
    role: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """A reference to other columns, `object.column` or a fully qualified path; not resolved."""

    to: tuple[str, ...]
    source: tuple[str, ...] = ()
    type: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRule:
    """One check the producer promises to run; `type` text, library, sql or custom.

    Severity and dimension are the words of the standard; `extra` holds the operators
    (mustBe, mustBeLessThan ...) and arguments as written.
    """

    name: str = ""
    type: str = "library"
    metric: str = ""
    description: str = ""
    dimension: str = ""
    severity: str = ""
    query: str = ""
    unit: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumValue:
    """One allowed value of a column."""

    value: JSON
    label: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One property of a schema object. `position` starts at 1, in the order written.

    `classification` is the word as written (`classification.normal` ranks it); `personal_data`
    comes from the tags pii, phi, pci or the class; nested properties are `children`.
    """

    name: str
    position: int
    logical_type: str = ""
    physical_type: str = ""
    description: str = ""
    business_name: str = ""
    classification: str = ""
    required: bool = False
    unique: bool = False
    primary_key: bool = False
    primary_key_position: int = -1
    deprecated: bool = False
    tags: tuple[str, ...] = ()
    examples: tuple[JSON, ...] = ()
    enum: tuple[EnumValue, ...] = ()
    options: Mapping[str, JSON] = field(default_factory=dict)
    relationships: tuple[Relationship, ...] = ()
    quality: tuple[QualityRule, ...] = ()
    children: tuple["Column", ...] = ()
    custom: tuple[CustomProperty, ...] = ()
    extra: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def nullable(self) -> bool:
        """Whether a reader must expect nulls: not required and no part of the key."""
        return not (self.required or self.primary_key)

    @property
    def personal_data(self) -> bool:
        """Whether the column, or one nested in it, is about a person."""
        return marks_personal_data(self.tags, self.classification) or any(
            child.personal_data for child in self.children
        )

    @property
    def type(self) -> str:
        """The type to show: physical when stated, else logical."""
        return self.physical_type or self.logical_type


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaObject:
    """One table, view, topic or file of a contract."""

    name: str
    physical_name: str = ""
    physical_type: str = ""
    description: str = ""
    business_name: str = ""
    granularity: str = ""
    tags: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    quality: tuple[QualityRule, ...] = ()
    custom: tuple[CustomProperty, ...] = ()
    extra: Mapping[str, JSON] = field(default_factory=dict)

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelObjective:
    """One promise: property (latency, availability, retention ...), value and unit as written."""

    property: str
    value: str | int | float | bool | None
    unit: str = ""
    element: str = ""
    driver: str = ""
    description: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An access role of the contract and who approves it."""

    role: str
    access: str = ""
    description: str = ""
    first_level_approvers: str = ""
    second_level_approvers: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the data stands; everything but the common keys stays in `extra`."""

    server: str
    type: str
    description: str = ""
    environment: str = ""
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDescriptor:
    """An ODCS document. `purposes` and `max_duration_days` come from our custom properties."""

    id: str
    version: str
    name: str = ""
    status: str = ""
    domain: str = ""
    data_product: str = ""
    tenant: str = ""
    purpose: str = ""
    usage: str = ""
    limitations: str = ""
    tags: tuple[str, ...] = ()
    team: str = ""
    objects: tuple[SchemaObject, ...] = ()
    service_levels: tuple[ServiceLevelObjective, ...] = ()
    roles: tuple[Role, ...] = ()
    servers: tuple[Server, ...] = ()
    support: tuple[SupportChannel, ...] = ()
    definitions: tuple[Definition, ...] = ()
    purposes: tuple[str, ...] = ()
    max_duration_days: int | None = None
    custom: tuple[CustomProperty, ...] = ()
    extra: Mapping[str, JSON] = field(default_factory=dict)
    api_version: str = "v3.2.0"
    source: Document | None = field(default=None, compare=False, repr=False)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the first object: what a port that names no other publishes."""
        return self.objects[0].columns if self.objects else ()

    @property
    def classification(self) -> str:
        """The strictest class of all columns."""
        return strictest(column.classification for column in self.columns)

    @property
    def personal_columns(self) -> tuple[str, ...]:
        """The names of the columns about persons, in order."""
        return tuple(column.name for column in self.columns if column.personal_data)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilter:
    """A row condition of a port: `op` one of =, !=, <, <=, >, >=, in, not_in, is_null, not_null."""

    column: str
    op: str
    value: JSON = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedQueryDescriptor:
    """A popular query of a port; `{relation}` in `sql` stands for the published view."""

    name: str
    title: str
    sql: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractReference:
    """A contract that a port's data comes from."""

    id: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPortDescriptor:
    """What the product reads."""

    name: str
    version: str = "1"
    contract_id: str = ""
    tags: tuple[str, ...] = ()
    custom: tuple[CustomProperty, ...] = ()
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRule:
    """How a port shows a column, or all columns of a classification and above, instead of values.

    `how` is hash, null or partial (with the last `keep` characters). A column's own rule wins.
    """

    how: str
    column: str = ""
    classification: str = ""
    keep: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPortDescriptor:
    """What the product offers: key (name, version).

    `platform` is a connection's key, `resource` the base relation on it, `columns` a subset of
    the contract's columns (empty: all), `row_filter` conditions that are all applied,
    `masks` what is shown instead of values.
    """

    name: str
    version: str = "1"
    description: str = ""
    type: str = ""
    contract_id: str = ""
    input_contracts: tuple[ContractReference, ...] = ()
    deprecated: bool = False
    tags: tuple[str, ...] = ()
    platform: str = ""
    interface: str = ""
    resource: str = ""
    columns: tuple[str, ...] = ()
    row_filter: tuple[RowFilter, ...] = ()
    masks: tuple[MaskRule, ...] = ()
    queries: tuple[SavedQueryDescriptor, ...] = ()
    custom: tuple[CustomProperty, ...] = ()
    extra: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the port inside its product."""
        return (self.name, self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementPortDescriptor:
    """Where the product is observed or controlled.

    `content` is discoverability, observability, control or dictionary.
    """

    name: str
    content: str = ""
    type: str = "rest"
    url: str = ""
    channel: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    custom: tuple[CustomProperty, ...] = ()
    extra: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDescriptor:
    """An ODPS document; `key` is its id, `<domain>.<product>`."""

    key: str
    domain: str
    name: str = ""
    version: str = ""
    status: str = ""
    type: str = ""
    purpose: str = ""
    usage: str = ""
    limitations: str = ""
    deprecated: bool = False
    tenant: str = ""
    tags: tuple[str, ...] = ()
    owner_team: str = ""
    members: tuple[Member, ...] = ()
    support: tuple[SupportChannel, ...] = ()
    definitions: tuple[Definition, ...] = ()
    input_ports: tuple[InputPortDescriptor, ...] = ()
    output_ports: tuple[OutputPortDescriptor, ...] = ()
    management_ports: tuple[ManagementPortDescriptor, ...] = ()
    publication_scope: str = ""
    certification: str = ""
    row_meaning: str = ""
    good_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    custom: tuple[CustomProperty, ...] = ()
    extra: Mapping[str, JSON] = field(default_factory=dict)
    api_version: str = "v1.1.0"
    source: Document | None = field(default=None, compare=False, repr=False)

    @property
    def slug(self) -> str:
        """The part of the key after the domain."""
        return self.key.partition(".")[2]

    @property
    def title(self) -> str:
        """The name to show: the stated one, or the slug in words."""
        return self.name or self.slug.replace("-", " ").capitalize()

    @property
    def documentation_url(self) -> str:
        """The first link of type documentation, or nothing."""
        return next((d.url for d in self.definitions if d.type == "documentation"), "")

    def output_port(self, name: str, version: str = "1") -> OutputPortDescriptor | None:
        """The output port of that key."""
        return next((port for port in self.output_ports if port.key == (name, version)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainDescriptor:
    """Our kind Domain: a node of the tree of domains. `hue` 0 to 360 colours it."""

    id: str
    name: str
    description: str = ""
    parent: str = ""
    owner_team: str = ""
    hue: int | None = None
    source: Document | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDescriptor:
    """Our kind Team: people with roles, who own and consume."""

    id: str
    name: str
    description: str = ""
    domain: str = ""
    email: str = ""
    members: tuple[Member, ...] = ()
    source: Document | None = field(default=None, compare=False, repr=False)


Descriptor = ProductDescriptor | ContractDescriptor | DomainDescriptor | TeamDescriptor


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Several descriptors that belong together, with warnings that refuse nothing."""

    domains: tuple[DomainDescriptor, ...] = ()
    teams: tuple[TeamDescriptor, ...] = ()
    products: tuple[ProductDescriptor, ...] = ()
    contracts: tuple[ContractDescriptor, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def product(self, key: str) -> ProductDescriptor | None:
        """The product of that key."""
        return next((product for product in self.products if product.key == key), None)

    def contract(self, identifier: str, version: str = "") -> ContractDescriptor | None:
        """The contract of that id (and version, when one is given)."""
        return next(
            (
                contract
                for contract in self.contracts
                if contract.id == identifier and version in ("", contract.version)
            ),
            None,
        )
