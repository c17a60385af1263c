"""Domains, teams, and all of a bundle together."""

from dataclasses import dataclass, field

from catalog.descriptors.model.contract import ContractDescriptor
from catalog.descriptors.model.product import ProductDescriptor
from catalog.descriptors.model.shared import Member
from catalog.descriptors.safe_yaml import Document, Problem


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
