"""What a census finds, and what follows it."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import DomainEvent, known


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
