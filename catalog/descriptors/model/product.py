"""A product and its ports."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.descriptors.model.shared import (
    JSON,
    CustomProperty,
    Definition,
    Member,
    SupportChannel,
)
from catalog.descriptors.safe_yaml import Document


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
