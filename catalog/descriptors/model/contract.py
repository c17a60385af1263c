"""A contract: objects, columns, promises, roles and servers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.descriptors.classification import marks_personal_data, strictest
from catalog.descriptors.model.shared import JSON, CustomProperty, Definition, SupportChannel
from catalog.descriptors.safe_yaml import Document


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
