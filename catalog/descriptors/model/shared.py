"""What products, contracts and teams have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
